"""`missing`: the issues that the library does not have, between those that it has."""

from __future__ import annotations

import dataclasses

import click

from comicmaintainer.cli import output
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.database.paging import all_entries
from comicmaintainer.library.missing_issues import MissingIssues

_PAGE = 100


@click.command()
@click.argument("series", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def missing(session: Session, series: str | None, as_json: bool) -> None:
    """List issues that are missing between those in the library, of SERIES or of all."""
    incomplete = session.services.incomplete
    found = (
        list(all_entries(lambda key: incomplete.page(after_key=key, limit=_PAGE)))
        if series is None
        else [incomplete.of_series(series)]
    )
    if as_json:
        output.as_json([dataclasses.asdict(each) for each in found])
        return
    output.as_table(
        ["series", "volume", "here", "missing"],
        [
            (each.name, volume.volume or "", _here(volume), ", ".join(volume.numbers))
            for each in found
            for volume in each.volumes
        ],
        empty="Nothing is missing.",
        shortened="series",
    )


def _here(volume: MissingIssues) -> str:
    """Say which numbers its files have."""
    unit = "volumes " if volume.is_of_volumes else ""
    return f"{volume.files:,} from {unit}{volume.first} to {volume.last}"

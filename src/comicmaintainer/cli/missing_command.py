"""`missing`: the issues that the library does not have, between those that it has."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import click

from comicmaintainer.cli import match_lines, output
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.database.paging import all_entries
from comicmaintainer.errors import InvalidInput
from comicmaintainer.library.missing_issues import MissingIssues
from comicmaintainer.services.plain_sources import listed_series_of
from comicmaintainer.services.series_issues import ListedSeries

_PAGE = 100


@click.command()
@click.argument("series", required=False)
@click.option(
    "--listed",
    is_flag=True,
    help="The issues that a source lists of SERIES and no file is; SERIES must be identified.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def missing(session: Session, series: str | None, listed: bool, as_json: bool) -> None:
    """List issues that are missing between those in the library, of SERIES or of all."""
    if listed:
        if series is None:
            raise InvalidInput("--listed needs the name of a SERIES.")
        _say_listed(session.services.series_issues.of_series(series), as_json)
        return
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


def _say_listed(found: Sequence[ListedSeries], as_json: bool) -> None:
    if as_json:
        output.as_json([listed_series_of(each) for each in found])
        return
    if not found:
        output.note("No file of this series was identified; identify them first.")
    for each in found:
        count = f"{len(each.missing):,} of {each.issues:,} missing"
        output.say(f"{match_lines.series_line(each.series)}: {count}", bold=True)
        for issue in each.missing:
            year = f" ({issue.year})" if issue.year else ""
            output.say(f"  #{issue.number}{year} {issue.title or ''}".rstrip())


def _here(volume: MissingIssues) -> str:
    """Say which numbers its files have."""
    unit = "volumes " if volume.is_of_volumes else ""
    return f"{volume.files:,} from {unit}{volume.first} to {volume.last}"

"""Commands that list the catalogue: files and series."""

from __future__ import annotations

from collections.abc import Sequence

import click

from comicmaintainer.cli import output
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.database.paging import first_entries
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.model import (
    CatalogueFile,
    FileOrder,
    FileState,
    SeriesOrder,
)
from comicmaintainer.library.plain_values import file_of

_WITH_REASON = (FileState.FAILED, FileState.CONFLICT)
"""The states for which the catalogue stores a reason."""
_SHOWN = (
    "path", "state", "format", "series", "issue", "title", "year", "page_count", "size_bytes",
    "reason", "duplicate_of", "conflict_with",
)  # fmt: skip


@click.command()
@click.argument("text", required=False, default="")
@click.option("--state", type=click.Choice([str(state) for state in FileState]), multiple=True)
@click.option("--series", help="Only this series.")
@click.option("--format", "formats", multiple=True, help="Only this format, e.g. cbr.")
@click.option("--missing", multiple=True, metavar="FIELD", help="Only files without this tag.")
@click.option("--publisher", help="Only this publisher.")
@click.option("--gaps", is_flag=True, help="Only of series that miss numbers between others.")
@click.option("--not-read", is_flag=True, help="Only what no Komga or Kavita says was read.")
@click.option("--reverse", is_flag=True, help="The other way round.")
@click.option(
    "--order", type=click.Choice([str(order) for order in FileOrder]), default=str(FileOrder.SERIES)
)
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def files(
    session: Session,
    /,
    text: str,
    state: tuple[str, ...],
    series: str | None,
    formats: tuple[str, ...],
    missing: tuple[str, ...],
    publisher: str | None,
    gaps: bool,
    not_read: bool,
    reverse: bool,
    order: str,
    limit: int,
    as_json: bool,
) -> None:
    """List files in the catalogue that match TEXT, or all."""
    wanted = FileFilter(
        text=text,
        states=tuple(FileState(name) for name in state),
        series=series,
        formats=formats,
        missing=missing,
        publisher=publisher,
        gaps=gaps,
        not_read=not_read,
    )
    has_reasons = any(FileState(name) in _WITH_REASON for name in state)

    def page_after(key: str | None, count: int) -> tuple[Sequence[CatalogueFile], str | None]:
        page = session.services.listing.page(
            wanted,
            after_key=key,
            limit=min(1000, count),
            order=FileOrder(order),
            is_reversed=reverse,
        )
        return page.files, page.next_key

    files, has_more = first_entries(page_after, limit)
    found = [{name: file[name] for name in _SHOWN} for file in map(file_of, files)]
    if as_json:
        output.as_json(found)
        return
    columns = {"state": "state", "format": "format", "series": "series", "issue": "number"}
    columns |= {"page_count": "pages", "path": "path"}
    if has_reasons:
        columns = {"state": "state", "path": "path", "reason": "reason"}
    output.as_table(
        list(columns.values()),
        [[file[name] for name in columns] for file in found],
        empty="No file in the catalogue matches.",
        shortened=None if has_reasons else "series",
    )
    if has_more:
        output.note(f"These are the first {limit:,}; see more with --limit.")


@click.command()
@click.argument("text", required=False, default="")
@click.option("--gaps", is_flag=True, help="Only series that miss numbers between others.")
@click.option(
    "--order",
    type=click.Choice([str(order) for order in SeriesOrder]),
    default=str(SeriesOrder.NAME),
)
@click.option("--reverse", is_flag=True, help="The other way round.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def series(
    session: Session, /, text: str, gaps: bool, order: str, reverse: bool, limit: int, as_json: bool
) -> None:
    """List the series whose name contains TEXT, with their number of files."""
    listing = session.services.series_listing
    wanted = FileFilter(text=text, gaps=gaps)
    entries, has_more = first_entries(
        lambda key, count: listing.page(
            wanted, after_key=key, limit=count, order=SeriesOrder(order), is_reversed=reverse
        ),
        limit,
    )
    if as_json:
        output.as_json([{"name": entry.name, "files": entry.files} for entry in entries])
        return
    output.as_table(
        ["files", "series"],
        [(f"{entry.files:,}", entry.name) for entry in entries],
        empty=f"No series contains {text!r}." if text else "The catalogue has no series yet.",
    )
    if has_more:
        output.note(f"There are more than {limit:,}; see more with --limit.")

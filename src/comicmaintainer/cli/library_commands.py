"""Commands over the library: scan, list, show, and put comics in order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from comicmaintainer.cli import conflict_commands, output, targets
from comicmaintainer.cli.change_lines import count_of
from comicmaintainer.cli.kind_commands import kind_options, option_of, params_of
from comicmaintainer.cli.kind_jobs import job_options, run_kind
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.comics.metadata import parse_assignments, to_dict
from comicmaintainer.comics.metadata.members import SOURCE_TITLES, WRITABLE_FORMATS
from comicmaintainer.database.paging import first_entries
from comicmaintainer.errors import FileMissing, InvalidInput
from comicmaintainer.library.catalogue.model import CatalogueFile, FileFilter, FileOrder, FileState
from comicmaintainer.library.plain_values import file_of
from comicmaintainer.operations.comic import read_comic
from comicmaintainer.operations.declared.process import KIND as PROCESS
from comicmaintainer.operations.declared.rename import KIND as RENAME
from comicmaintainer.operations.declared.rules_parameters import ON_MALFORMED

_WITH_REASON = (FileState.FAILED, FileState.CONFLICT)
"""The states for which the catalogue stores a reason."""
_SHOWN = (
    "path", "state", "format", "series", "issue", "title", "year", "page_count", "size_bytes",
    "reason", "duplicate_of", "conflict_with",
)  # fmt: skip


@click.command()
@click.option(
    "--forget-missing",
    is_flag=True,
    help="Forget missing files even if a share seems to have dropped.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def scan(session: Session, forget_missing: bool, as_json: bool) -> None:
    """Bring the catalogue up to date with the watched folders."""
    folders = [str(root) for root in session.services.roots.paths]
    if not folders:
        raise InvalidInput("WATCHED_DIR is not set, so there is nothing to scan.")
    params = {"forget_missing": forget_missing}
    run_kind(session, "scan", folders, params, wait=True, as_json=as_json)


@click.command()
@click.argument("text", required=False, default="")
@click.option("--state", type=click.Choice([str(state) for state in FileState]), multiple=True)
@click.option("--series", help="Only this series.")
@click.option("--format", "formats", multiple=True, help="Only this format, e.g. cbr.")
@click.option("--missing", multiple=True, metavar="FIELD", help="Only files without this tag.")
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
    )
    has_reasons = any(FileState(name) in _WITH_REASON for name in state)

    def page_after(key: str | None, count: int) -> tuple[Sequence[CatalogueFile], str | None]:
        page = session.services.listing.page(
            wanted, after_key=key, limit=min(1000, count), order=FileOrder(order)
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
    )
    if has_more:
        output.note(f"These are the first {limit:,}; see more with --limit.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def show(session: Session, file: Path, as_json: bool) -> None:
    """Show what a comic contains: format, pages, tags and where they come from."""
    comic = read_comic(session.comics, file)
    tags = to_dict(comic.metadata)
    conflict = conflict_commands.conflict_of(session, file)
    facts = {
        "path": str(file),
        "format": str(comic.format),
        "pages": [name for name, *_ in comic.page_facts],
        "tags": tags,
        "formats": [str(name) for name in comic.sources.by_format],
        "problems": [str(problem) for problem in comic.sources.problems],
        "conflict": None if conflict is None else conflict_commands.shown(conflict),
    }
    if as_json:
        output.as_json(facts)
        return
    output.say(str(file), bold=True)
    output.say(f"  {comic.format}, {count_of(len(comic.page_facts), 'page')}")
    if comic.sources.by_format:
        output.say(
            f"  tags from {', '.join(SOURCE_TITLES[name] for name in comic.sources.by_format)}"
        )
    rows = [(name, value) for name, value in tags.items() if name != "pages"]
    if rows:
        output.as_table(["tag", "value"], rows)
    else:
        output.say("  no tags")
    if conflict is not None:
        conflict_commands.say(conflict)
    for problem in comic.sources.problems:
        output.say(f"  {problem}", fg="yellow", err=True)


@click.command()
@targets.PATHS
@targets.EVERYTHING
@click.option("--unprocessed", is_flag=True, help="Files in the catalogue not yet processed.")
@kind_options(PROCESS)
@job_options()
@pass_session
def process(
    session: Session,
    /,
    paths: tuple[Path, ...],
    everything: bool,
    unprocessed: bool,
    **options: Any,
) -> None:
    """Fill in tags and rename files by the rules."""
    chosen = targets.choose(session.services, paths, everything=everything, unprocessed=unprocessed)
    run_kind(session, PROCESS.name, chosen, params_of(PROCESS, options), **options)


@click.command()
@targets.PATHS
@targets.EVERYTHING
@kind_options(RENAME)
@job_options()
@pass_session
def rename(session: Session, /, paths: tuple[Path, ...], everything: bool, **options: Any) -> None:
    """Rename files by the naming template."""
    chosen = targets.choose(session.services, paths, everything=everything)
    params = params_of(RENAME, options)
    if "to" in params and len(chosen) != 1:
        raise InvalidInput(f"--to renames one file, but {len(chosen):,} are selected.")
    run_kind(session, RENAME.name, chosen, params, **options)


@click.command()
@targets.PATHS
@targets.EVERYTHING
@click.option(
    "--set", "assignments", multiple=True, metavar="FIELD=VALUE", help="Set a field (repeat)."
)
@click.option("--clear", multiple=True, metavar="FIELD", help="Clear this field (repeat).")
@click.option("--copy-from", type=click.Path(path_type=Path), help="Take tags from this comic.")
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(list(WRITABLE_FORMATS)),
    help="Write this format (repeat). Default: comicinfo, and the formats already in the comic.",
)
@option_of(ON_MALFORMED)
@job_options()
@pass_session
def tag(
    session: Session,
    /,
    paths: tuple[Path, ...],
    everything: bool,
    assignments: tuple[str, ...],
    clear: tuple[str, ...],
    copy_from: Path | None,
    formats: tuple[str, ...],
    on_malformed: str | None,
    **options: Any,
) -> None:
    """Set, clear or copy tags."""
    if copy_from is not None and not copy_from.is_file():
        raise FileMissing(f"{copy_from} does not exist, so no tags can be copied from it.")
    both = {field.partition("=")[0] for field in assignments}.intersection(clear)
    if both:
        raise InvalidInput(f"{', '.join(sorted(both))}: either --set or --clear, not both.")
    if not (assignments or clear or copy_from):
        raise InvalidInput("Say what to change: --set, --clear or --copy-from.")
    params = {
        "set": dict(parse_assignments(assignments)) or None,
        "clear": list(clear) or None,
        "copy_from": None if copy_from is None else str(copy_from.resolve()),
        "formats": list(formats) or None,
        "on_malformed": on_malformed,
    }
    chosen = targets.choose(session.services, paths, everything=everything)
    run_kind(session, "tag", chosen, params, **options)


COMMANDS = (scan, files, show, process, rename, tag)

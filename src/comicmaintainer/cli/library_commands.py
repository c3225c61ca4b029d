"""Commands over the library: scan, list, show, and put comics in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from comicmaintainer.cli import conflict_commands, output, targets, work
from comicmaintainer.cli.change_lines import count_of
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.comics.metadata import parse_assignments, to_dict
from comicmaintainer.comics.metadata.members import SOURCE_TITLES, WRITABLE_FORMATS
from comicmaintainer.comics.rules.rules import MalformedPolicy
from comicmaintainer.errors import FileMissing, InvalidInput
from comicmaintainer.jobs.model import JobRequest, Trigger
from comicmaintainer.jobs.plain_values import parse_priority
from comicmaintainer.library.catalogue.model import FileFilter, FileOrder, FileState
from comicmaintainer.operations.comic import read_comic
from comicmaintainer.operations.declared.kind import ItemOf
from comicmaintainer.operations.declared.kinds import kind_named, validated_params

_WITH_REASON = (FileState.FAILED, FileState.CONFLICT)
"""The states whose files say why they are in them."""
_COMMON = (
    click.option("--preview", is_flag=True, help="Only show what would be changed."),
    click.option("--wait", is_flag=True, help="Follow the job until it ends."),
    click.option("--priority", default="normal", help="background, low, normal, high or urgent."),
    click.option("--json", "as_json", is_flag=True, help="Print JSON."),
)


def job_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that every command which makes a job has."""
    for option in reversed(_COMMON):
        command = option(command)
    return command


def run_kind(
    session: Session,
    kind: str,
    items: list[str],
    params: Mapping[str, Any],
    *,
    preview: bool = False,
    wait: bool = False,
    priority: str = "normal",
    as_json: bool = False,
) -> None:
    """Make a job of that kind over `items`, see to it, and end with its exit code.

    Parameters that are None are left out.

    Raises:
        FileMissing: an item is to be in the trash and is not there.
        UnknownKind, InvalidInput: see validated_params.
    """
    if kind_named(kind).items is ItemOf.TRASHED:
        for trash_id in items:
            session.services.trash.get(trash_id)
    given = {name: value for name, value in params.items() if value is not None}
    request = JobRequest(
        kind=kind,
        items=items,
        params=validated_params(kind, given),
        trigger=Trigger.CLI,
        preview=preview,
        priority=parse_priority(priority),
    )
    raise SystemExit(work.carry_out(session.services, request, wait=wait, json=as_json))


ON_MALFORMED = click.option(
    "--on-malformed",
    type=click.Choice([str(policy) for policy in MalformedPolicy]),
    help="Tags that can't be read: leave the file alone (fail), or write new ones (replace).",
)


def rules_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that choose rules."""
    for option in (
        ON_MALFORMED,
        click.option(
            "--overwrite", multiple=True, metavar="FIELD", help="Derive this field anew (repeat)."
        ),
        click.option("--padding", type=int, help="Digits of the number in a name."),
        click.option("--template", help="How files are named, e.g. '{series} #{issue} ({year})'."),
        click.option("--preset", type=click.Choice(["comics", "manga"]), help="Rules to use."),
    ):
        command = option(command)
    return command


@click.command()
@click.option("--forget-missing", is_flag=True, help="What is missing is really gone.")
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
    """List files of the catalogue, searched by TEXT."""
    wanted = FileFilter(
        text=text,
        states=tuple(FileState(name) for name in state),
        series=series,
        formats=formats,
        missing=missing,
    )
    found: list[dict[str, Any]] = []
    has_reasons = any(FileState(name) in _WITH_REASON for name in state)
    after: str | None = None
    while len(found) < limit:
        page = session.services.listing.page(
            wanted, after_key=after, limit=min(1000, limit - len(found)), order=FileOrder(order)
        )
        found += [
            {
                "path": file.path,
                "state": str(file.state),
                "format": file.format,
                "series": file.series,
                "issue": file.issue,
                "title": file.title,
                "year": file.year,
                "page_count": file.page_count,
                "size_bytes": file.size_bytes,
                "reason": file.reason,
                "duplicate_of": file.duplicate_of,
                "conflict_with": file.conflict_with,
            }
            for file in page.files
        ]
        after = page.next_key
        if after is None:
            break
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
        empty="No file of the catalogue matches.",
    )
    if after is not None:
        output.note(f"These are the first {limit:,}; see more with --limit.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def show(session: Session, file: Path, as_json: bool) -> None:
    """Show what a comic holds: format, pages, tags and where they come from."""
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
@click.option("--all", "everything", is_flag=True, help="Every comic in the watched folders.")
@click.option("--unprocessed", is_flag=True, help="Catalogued files not processed yet.")
@rules_options
@click.option("--no-tags", is_flag=True, help="Leave the tags as they are.")
@click.option("--no-rename", is_flag=True, help="Leave the names as they are.")
@job_options
@pass_session
def process(
    session: Session,
    /,
    paths: tuple[Path, ...],
    everything: bool,
    unprocessed: bool,
    preset: str | None,
    template: str | None,
    padding: int | None,
    overwrite: tuple[str, ...],
    on_malformed: str | None,
    no_tags: bool,
    no_rename: bool,
    **options: Any,
) -> None:
    """Fill the tags and make the names by the rules."""
    chosen = targets.choose(session.services, paths, everything=everything, unprocessed=unprocessed)
    params = {
        "preset": preset,
        "template": template,
        "padding": padding,
        "overwrite": list(overwrite) or None,
        "on_malformed": on_malformed,
        "tags": not no_tags,
        "rename": not no_rename,
    }
    run_kind(session, "process", chosen, params, **options)


@click.command()
@targets.PATHS
@click.option("--all", "everything", is_flag=True, help="Every comic in the watched folders.")
@rules_options
@click.option("--to", help="This very name, for a single file.")
@job_options
@pass_session
def rename(
    session: Session,
    /,
    paths: tuple[Path, ...],
    everything: bool,
    preset: str | None,
    template: str | None,
    padding: int | None,
    overwrite: tuple[str, ...],
    on_malformed: str | None,
    to: str | None,
    **options: Any,
) -> None:
    """Make names by the template."""
    chosen = targets.choose(session.services, paths, everything=everything)
    if to is not None and len(chosen) != 1:
        raise InvalidInput(f"--to names a single file, and these are {len(chosen):,}.")
    params = {
        "preset": preset,
        "template": template,
        "padding": padding,
        "overwrite": list(overwrite) or None,
        "on_malformed": on_malformed,
        "to": to,
    }
    run_kind(session, "rename", chosen, params, **options)


@click.command()
@targets.PATHS
@click.option("--all", "everything", is_flag=True, help="Every comic in the watched folders.")
@click.option("--set", "assignments", multiple=True, metavar="FIELD=VALUE", help="Set (repeat).")
@click.option("--clear", multiple=True, metavar="FIELD", help="Empty this field (repeat).")
@click.option("--copy-from", type=click.Path(path_type=Path), help="Take tags from this comic.")
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(list(WRITABLE_FORMATS)),
    help="Write this format (repeat); comicinfo, and what is there already, by default.",
)
@ON_MALFORMED
@job_options
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
        raise FileMissing(f"{copy_from} is not there to copy tags from.")
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

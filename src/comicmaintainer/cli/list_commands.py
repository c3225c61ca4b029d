"""`comicmaintainer lists …`: reading lists, and which of their comics the library has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from comicmaintainer.cli import output, selection_options
from comicmaintainer.cli.command_group import CommandGroup
from comicmaintainer.cli.exit_codes import ExitCode
from comicmaintainer.cli.json_option import JsonObject
from comicmaintainer.cli.new_file import require_new, write_new
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.database.paging import all_entries
from comicmaintainer.errors import ComicMaintainerError, FileMissing, InvalidInput
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.library.reading_lists.cbl import MAX_DOCUMENT_BYTES
from comicmaintainer.library.reading_lists.model import PlacedEntry, ReadingList
from comicmaintainer.library.reading_lists.plain_values import entry_of, list_of, whole_list_of

_PAGE = 50
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_REPLACE = click.option("--replace", is_flag=True, help="Replace the list of the same name.")


@click.group(cls=CommandGroup)
def lists() -> None:
    """Import, show and export reading lists."""


@lists.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--name", help="The name of the list, instead of its own; for one FILE.")
@_REPLACE
@pass_session
def import_lists(
    session: Session, files: tuple[Path, ...], name: str | None, replace: bool
) -> None:
    """Import reading lists from CBL files. One that can't be read does not stop the others."""
    if name is not None and len(files) > 1:
        raise InvalidInput("--name is for one FILE; the lists of several have their own names.")
    has_failed = False
    for file in files:
        try:
            _say_added(session, _imported(session, file, name, replace))
        except ComicMaintainerError as error:
            if len(files) == 1:
                raise
            has_failed = True
            output.failure(str(file), str(error), err=True)
    if has_failed:
        raise SystemExit(ExitCode.SOME_FAILED)


@lists.command("create")
@click.argument("name")
@click.option("--arc", help="The files whose tags have this story arc, in its order.")
@click.option("--filter", "wanted", type=JsonObject(), help=selection_options.FILTER_HELP)
@click.option("--folder", "folders", multiple=True, help="All comics below it (repeat).")
@click.option("--file", "files", multiple=True, help="This comic (repeat).")
@_REPLACE
@pass_session
def create_list(
    session: Session,
    name: str,
    arc: str | None,
    wanted: dict[str, Any] | None,
    folders: tuple[str, ...],
    files: tuple[str, ...],
    replace: bool,
) -> None:
    """Make the list NAME of files in the catalogue, or of a story arc."""
    selection = selection_options.selection_of(False, wanted, folders, files)
    if (arc is None) == (selection is None):
        raise InvalidInput("Say which files: one of --arc, --filter, --folder and --file.")
    reading_lists = session.services.reading_lists
    if selection is None:
        added = reading_lists.add_arc(arc or "", name=name, replace=replace)
    else:
        paths = session.services.selections.files(selection)
        added = reading_lists.add_files(name, paths, replace=replace)
    _say_added(session, added)


@lists.command("list")
@_JSON
@pass_session
def list_lists(session: Session, as_json: bool) -> None:
    """List the reading lists, with how many of their comics the library has."""
    reading_lists = session.services.reading_lists
    shown = list(all_entries(lambda key: reading_lists.page(after_key=key, limit=_PAGE)))
    if as_json:
        output.as_json([list_of(*each) for each in shown])
        return
    output.as_table(
        ["here", "of", "name"],
        [(here, each.entries, each.name) for each, here in shown],
        empty="There are no reading lists yet; import one with: comicmaintainer lists import FILE",
    )


@lists.command("show")
@click.argument("name")
@click.option("--missing", is_flag=True, help="Only what the library does not have.")
@_JSON
@pass_session
def show_list(session: Session, name: str, missing: bool, as_json: bool) -> None:
    """Show the entries of a list in order, each with its file, or that it is missing."""
    reading_list, entries = _named(session, name)
    here = sum(each.file is not None for each in entries)
    shown = [each for each in entries if each.file is None] if missing else entries
    if as_json:
        items = [entry_of(each) for each in shown]
        output.as_json(list_of(reading_list, here) | {"items": items})
        return
    output.say(f"{reading_list.name}: {_count(here, reading_list.entries)}", bold=True)
    output.as_table(
        ["", "entry", "file"],
        [
            (each.position, each.entry.title, "missing" if each.file is None else each.file.path)
            for each in shown
        ],
        empty="Nothing is missing.",
    )


@lists.command("export")
@click.argument("name")
@click.argument("target", type=click.Path(path_type=Path, allow_dash=True))
@pass_session
def export_list(session: Session, name: str, target: Path) -> None:
    """Write a list to TARGET, a new file: JSON if its name ends in .json, else CBL.

    TARGET may be -, standard output.
    """
    is_stream = str(target) == "-"
    if not is_stream:
        require_new(target)
    if target.suffix.lower() == ".json":
        values: Mapping[str, Any] = whole_list_of(*_named(session, name))
        data = (json.dumps(values, ensure_ascii=False, indent=2) + "\n").encode()
    else:
        reading_lists = session.services.reading_lists
        data = reading_lists.as_cbl(reading_lists.named(name).list_id)
    if is_stream:
        output.as_bytes([data])
        return
    write_new(target, [data])
    output.note(f"Written to {target}.")


@lists.command("remove")
@click.argument("name")
@pass_session
def remove_list(session: Session, name: str) -> None:
    """Remove a list. The files of its entries stay."""
    reading_lists = session.services.reading_lists
    removed = reading_lists.remove(reading_lists.named(name).list_id)
    output.say(f"{removed.name} is removed; no file was touched.")


def _imported(session: Session, file: Path, name: str | None, replace: bool) -> ReadingList:
    if not file.exists():
        raise FileMissing(f"{file} does not exist.")
    with storage_errors(file), file.open("rb") as stream:
        data = stream.read(MAX_DOCUMENT_BYTES + 1)
    return session.services.reading_lists.add_cbl(
        data, name=name, other_name=file.stem, replace=replace
    )


def _named(session: Session, name: str) -> tuple[ReadingList, list[PlacedEntry]]:
    reading_lists = session.services.reading_lists
    found = reading_lists.named(name)
    return found, reading_lists.entries(found.list_id)


def _say_added(session: Session, added: ReadingList) -> None:
    here = session.services.reading_lists.count_here(added.list_id)
    output.say(f"{added.name}: {_count(here, added.entries)}")


def _count(here: int, entries: int) -> str:
    return f"{here:,} of {entries:,} here"

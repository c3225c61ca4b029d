"""`comicmaintainer rules …`: rules with names, and the folders that use them."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

import click

from comicmaintainer.cli import output
from comicmaintainer.cli.command_group import CommandGroup
from comicmaintainer.cli.json_option import JsonObject
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.comics.rules.folder_rules import FolderRules
from comicmaintainer.comics.rules.rules import PRESETS, Rules
from comicmaintainer.library.ignored import is_comic_name
from comicmaintainer.library.rule_book import LIBRARY, FolderChoice
from comicmaintainer.services import Services
from comicmaintainer.settings import NewFiles

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_ABOVE = "above"
"""What a folder says that follows the folder above it."""
_NEW_FILES = "NEW_FILES"


@click.group(cls=CommandGroup)
def rules() -> None:
    """Show and make rules, and say which folder uses which."""


@rules.command("list")
@_JSON
@pass_session
def list_rules(session: Session, as_json: bool) -> None:
    """List the rules: those that come with the product, and your own."""
    found = {**PRESETS, **session.services.rule_book.own()}
    if as_json:
        output.as_json({name: each.to_dict() for name, each in found.items()})
        return
    output.as_table(
        ["name", "digits", "formats", "template"],
        [[n, str(r.padding), ", ".join(r.formats), r.template] for n, r in found.items()],
    )


@rules.command()
@click.argument("name")
@pass_session
def show(session: Session, name: str) -> None:
    """Print the rules NAME as JSON, which `rules save` reads."""
    output.as_json(session.services.rule_book.get(name).rules.to_dict())


@rules.command()
@click.argument("name")
@click.option("--like", default="comics", show_default=True, help="The rules to start from.")
@click.option("--rules", "values", type=JsonObject(), help="What differs from them, as JSON.")
@click.option("--template", help="The naming template, e.g. '{series} #{issue} ({year})'.")
@click.option("--padding", type=int, help="Digits of the number in a name.")
@click.option("--rename", "new_name", help="A new name for the rules NAME, which folders follow.")
@pass_session
def save(
    session: Session,
    name: str,
    like: str,
    values: dict[str, Any] | None,
    template: str | None,
    padding: int | None,
    new_name: str | None,
) -> None:
    """Store rules under NAME, in place of those that have it."""
    book = session.services.rule_book
    base = book.get(name if new_name is not None else like).rules
    own = {"template": template, "padding": padding}
    changed = {**(values or {}), **{key: one for key, one in own.items() if one is not None}}
    made = Rules.from_dict(changed, base)
    before = None if new_name is None else name
    book.save(new_name or name, made.to_dict(), before=before)
    output.say(f"{new_name or name} is stored: {made.template}, {made.padding} digits.")


@rules.command()
@click.argument("name")
@pass_session
def remove(session: Session, name: str) -> None:
    """Remove the own rules NAME. No folder may use them."""
    session.services.rule_book.remove(name)
    output.say(f"{name} is removed. Jobs that were submitted with it keep it.")


@rules.command("folders")
@_JSON
@pass_session
def list_folders(session: Session, as_json: bool) -> None:
    """List the folders that have rules of their own, after the whole library."""
    entries = _with_library(session.services)
    if as_json:
        output.as_json([dataclasses.asdict(entry) for entry in entries])
        return
    output.as_table(
        ["rules", "new files", "filed in", "folder"],
        [
            [
                e.rules or _ABOVE,
                e.new_files or _ABOVE,
                e.target or "",
                e.folder or "(the whole library)",
            ]
            for e in entries
        ],
    )


@rules.command()
@click.argument("folder", required=False)
@click.option("--rules", "name", help="The rules to use, or 'above' for those above it.")
@click.option(
    "--new-files",
    type=click.Choice([*map(str, NewFiles), _ABOVE]),
    help="What happens to new files, or 'above' for what holds above it.",
)
@pass_session
def assign(session: Session, folder: str | None, name: str | None, new_files: str | None) -> None:
    """Let FOLDER use rules, and say what happens to new files in it. No FOLDER: all folders."""
    if name is None and new_files is None:
        raise click.UsageError("Say what to set: --rules or --new-files.")
    services = session.services
    book = services.rule_book
    place = LIBRARY if folder is None else _folder(services, folder)
    before = book.entry(place)
    wanted = before.rules if name is None else (None if name == _ABOVE else name)
    if place == LIBRARY:
        if new_files is not None:
            chosen = "" if new_files == _ABOVE else new_files
            services.chosen_settings.choose(_NEW_FILES, chosen)
        book.assign(FolderChoice(LIBRARY, wanted))
        output.say("The whole library: stored.")
        return
    kept = before.new_files
    if new_files is not None:
        kept = None if new_files == _ABOVE else NewFiles(new_files)
    book.assign(dataclasses.replace(before, rules=wanted, new_files=kept))
    output.say(f"{place}: stored. `comicmaintainer process --preview {place}` shows what it does.")


@rules.command()
@click.argument("folder")
@click.argument("target", required=False)
@click.option(
    "--folders",
    metavar="TEMPLATE",
    help="The folders to make in TARGET, '' for none. Default: '{series}'.",
)
@click.option("--off", is_flag=True, help="FOLDER is no inbox any more.")
@pass_session
def inbox(
    session: Session, folder: str, target: str | None, folders: str | None, off: bool
) -> None:
    """Make FOLDER an inbox: its comics are filed in TARGET, by the rules that hold there."""
    if off == (target is not None):
        raise click.UsageError("Give either TARGET or --off.")
    services = session.services
    place = _folder(services, folder)
    before = services.rule_book.entry(place)
    if target is None:
        services.rule_book.assign(FolderChoice(place, before.rules, before.new_files))
        output.say(f"{place} is no inbox any more.")
        return
    into = str(services.roots.resolve_new_folder(os.path.abspath(target)))  # noqa: PTH100 - as above
    services.rule_book.assign(FolderChoice(place, before.rules, before.new_files, into, folders))
    output.say(f"{place}: stored. `comicmaintainer file --preview {place}` shows what it does.")


@rules.command("of")
@click.argument("path", type=click.Path())
@_JSON
@pass_session
def of_path(session: Session, path: str, as_json: bool) -> None:
    """Show the rules of the file or folder PATH, and which folder says so."""
    services = session.services
    place = Path(os.path.abspath(path))  # noqa: PTH100 - a link is looked at as written
    below = place if is_comic_name(place.name) else place / "_"
    named = services.rule_book.rules_at(below)
    new_files = services.rule_book.new_files(services.chosen_settings.new_files).of(below)
    if as_json:
        values = {"name": named.name, "folder": named.folder, "rules": named.rules.to_dict()}
        output.as_json({**values, "new_files": str(new_files)})
        return
    where = named.folder or "the whole library"
    output.say(f"{named.name}, as set for {where}: {named.rules.template}")
    output.say(f"New files: {new_files}.")


def _folder(services: Services, folder: str) -> str:
    path = os.path.abspath(folder)  # noqa: PTH100 - one that is gone has no real path
    if services.rule_book.entry(path).is_set:
        return path
    return str(services.roots.resolve_folder(path))


def _with_library(services: Services) -> list[FolderChoice]:
    """Return all entries; that of the library says what holds if nothing else does."""
    entries = {entry.folder: entry for entry in services.rule_book.entries()}
    library = entries.pop(LIBRARY, FolderChoice(LIBRARY))
    rules = library.rules or FolderRules().library
    new_files = services.chosen_settings.new_files
    return [FolderChoice(LIBRARY, rules, new_files), *entries.values()]

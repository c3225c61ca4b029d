"""Rules: their parts, those that people made, the folders that use them, and examples of names."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from comicmaintainer.accounts.roles import Role
from comicmaintainer.comics.archives.model import ArchiveFormat
from comicmaintainer.comics.metadata import FIELDS, ComicMetadata, from_dict
from comicmaintainer.comics.metadata.members import WRITABLE_FORMATS
from comicmaintainer.comics.naming.template import TEMPLATE_FIELDS
from comicmaintainer.comics.rules.inboxes import FOLDERS, Inbox
from comicmaintainer.comics.rules.rules import PRESETS, Rules, sources_of
from comicmaintainer.comics.rules.wanted_path import ComicAtPlace
from comicmaintainer.errors import InvalidInput, InvalidTemplate
from comicmaintainer.jobs.model import JobRequest
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.model import CatalogueFile, FileState
from comicmaintainer.library.ignored import is_comic_name
from comicmaintainer.library.roots import place_of
from comicmaintainer.library.rule_book import LIBRARY, FolderChoice
from comicmaintainer.operations.declared.file import KIND as FILE
from comicmaintainer.operations.declared.kinds import validated_params
from comicmaintainer.operations.declared.rename import KIND as RENAME
from comicmaintainer.operations.declared.rules_parameters import rules_of
from comicmaintainer.services import Services
from comicmaintainer.settings import NewFiles
from comicmaintainer.web.api.shapes import Body
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.openapi import refusals
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api/rules", tags=["rules"])
_READABLE = tuple(state for state in FileState if state is not FileState.FAILED)
"""The states of files that a job would name; it refuses the others."""


class Example(Body):
    """A file inside the watched folders, and parameters of a kind that names files."""

    file: str
    kind: Literal["rename", "process", "file"] = "rename"
    params: dict[str, Any] = Field(default_factory=dict)


class Examples(Body):
    """Rules (their JSON form), and the folder from whose files examples are taken."""

    rules: dict[str, Any]
    folder: str | None = None
    count: Annotated[int, Field(ge=1, le=20)] = 5


class FilingExamples(Body):
    """An inbox that is, or could be, and how its comics would be filed."""

    folder: str
    target: str
    folders: str = FOLDERS
    count: Annotated[int, Field(ge=1, le=20)] = 5


class OwnRules(Body):
    """Rules to store; `before` is the name that they had, if it changes."""

    rules: dict[str, Any]
    before: str | None = None


class FolderRulesChange(Body):
    """What holds in a folder and below it; None is what holds above. "" is the whole library.

    With a `target`, a folder of the library, it is an inbox: its comics are filed there, in folders
    by the template `folders` ("" for none), by the rules that hold there.
    """

    folder: str
    rules: str | None = None
    new_files: NewFiles | None = None
    target: str | None = None
    folders: str | None = None


class FolderShape(BaseModel):
    """What was set for a folder; `is_there` says whether it still is a folder of the library."""

    folder: str
    rules: str | None
    new_files: NewFiles | None
    target: str | None
    folders: str | None
    is_there: bool


class RulesOf(BaseModel):
    """The rules of the file or folder `path`: their name, where they were set, and whole.

    `folder` is "" for the library; `new_files` is what happens to new files there.
    """

    path: str
    name: str
    folder: str
    rules: dict[str, Any]
    new_files: NewFiles


@router.get("", openapi_extra=needs(Role.LOOK))
def get_rules(services: ServicesOf) -> dict[str, Any]:
    """Return what rules are made of, those that people made, and the folders that use them.

    Every field may also be set to a text; `formats` are those that tags can be written in.
    """
    sources = {name: [str(source) for source in sources_of(name)] for name in _FIELDS}
    return {
        "presets": {name: preset.to_dict() for name, preset in PRESETS.items()},
        "fields": [{"name": name, "sources": names} for name, names in sources.items()],
        "formats": list(WRITABLE_FORMATS),
        "template_fields": [{"name": one.name, "label": one.label} for one in TEMPLATE_FIELDS],
        "own": {name: own.to_dict() for name, own in services.rule_book.own().items()},
        "folders": [_shown(services, entry) for entry in services.rule_book.entries()],
        "settings": [dataclasses.asdict(each) for each in services.chosen_settings.all()],
        "roots": [str(root) for root in services.roots.paths],
        "suggested": services.root_states.top_folders(),
    }


@router.put("/own/{name}", responses=refusals(409), openapi_extra=needs(Role.WORK))
def save_rules(services: ServicesOf, name: str, body: OwnRules) -> dict[str, Any]:
    """Store rules under a name of their own. Folders that use them follow a new name."""
    services.rule_book.save(name, body.rules, before=body.before)
    saved = services.rule_book.get(" ".join(name.split()))
    return {"name": saved.name, "rules": saved.rules.to_dict()}


@router.delete("/own/{name}", responses=refusals(409), openapi_extra=needs(Role.WORK))
def remove_rules(services: ServicesOf, name: str) -> dict[str, Any]:
    """Remove own rules that no folder uses. Jobs that were submitted with them keep theirs."""
    services.rule_book.remove(name)
    return {"name": name}


@router.put(
    "/folders",
    response_model=FolderShape,
    responses=refusals(404, 409),
    openapi_extra=needs(Role.WORK),
)
def assign_rules(services: ServicesOf, body: FolderRulesChange) -> dict[str, Any]:
    """Set the rules of a folder, what happens to new files in it, and whether it is an inbox.

    With none of them, what holds above it holds again.
    """
    is_removed = not (body.rules or body.new_files or body.target)
    folder = _folder(services, body.folder, is_removed=is_removed)
    target = str(services.roots.resolve_new_folder(body.target)) if body.target else None
    folders = None if target is None else body.folders
    entry = FolderChoice(folder, body.rules or None, body.new_files, target, folders)
    services.rule_book.assign(entry)
    return _shown(services, services.rule_book.entry(folder))


@router.get("/of", response_model=RulesOf, responses=refusals(404), openapi_extra=needs(Role.LOOK))
def rules_of_path(services: ServicesOf, path: str) -> dict[str, Any]:
    """Return the rules of a file or folder in the library, and where they were set."""
    book = services.rule_book
    if is_comic_name(Path(path).name):
        found = place = services.roots.resolve(path)
    else:
        found = services.roots.resolve_folder(path)
        place = found / "_"
    named = book.rules_at(place)
    return {
        "path": str(found),
        "name": named.name,
        "folder": named.folder,
        "rules": named.rules.to_dict(),
        "new_files": book.new_files(services.chosen_settings.new_files).of(place),
    }


@router.post("/examples", responses=refusals(404), openapi_extra=needs(Role.LOOK))
def make_examples(services: ServicesOf, body: Examples) -> dict[str, Any]:
    """Return how the rules would name a few files of the library. No file is opened.

    Rules that are wrong are no refusal: `problem` says what and where, so that a form can show it.
    """
    try:
        rules = Rules.from_dict(body.rules)
    except InvalidInput as error:
        return {"problem": _problem(error), "examples": []}
    folder = str(services.roots.resolve_folder(body.folder)) if body.folder else None
    paths = services.listing.spread(FileFilter(folder=folder, states=_READABLE), body.count)
    return {"problem": None, "examples": [_named(services, Path(path), rules) for path in paths]}


@router.post("/filing-examples", responses=refusals(404), openapi_extra=needs(Role.LOOK))
def make_filing_examples(services: ServicesOf, body: FilingExamples) -> dict[str, Any]:
    """Return where an inbox would file its comics, by the rules of its target. No file is opened.

    If it is empty, comics of the library stand for those that could arrive: `are_invented`. Folders
    that are wrong are no refusal: `problem` says what and where, so that a form can show it.
    """
    folder = services.roots.resolve_folder(body.folder)
    target = services.roots.resolve_new_folder(body.target)
    try:
        inbox = Inbox(str(folder), str(target), body.folders)
    except InvalidInput as error:
        return {"problem": _problem(error), "examples": [], "are_invented": False}
    own = services.listing.spread(FileFilter(folder=str(folder), states=_READABLE), body.count)
    paths = own or services.listing.spread(FileFilter(states=_READABLE), body.count)
    examples = [_filed(services, Path(path), inbox) for path in paths]
    return {"problem": None, "examples": examples, "are_invented": not own and bool(paths)}


@router.post("/example", responses=refusals(404), openapi_extra=needs(Role.LOOK))
def make_example(services: ServicesOf, body: Example) -> dict[str, Any]:
    """Return the file's current path and the path by the rules. The file is not opened.

    Tags and format are those of the catalogue. `missing` lists fields that the name needs. For the
    kind `file`, the path is where its inbox files it.
    """
    path = services.roots.resolve(body.file)
    chosen = {name: value for name, value in body.params.items() if name in _RULE_PARAMS}
    if body.kind != FILE.name:
        return _named(services, path, _rules_for(services, path, chosen))
    inbox = services.rule_book.inboxes().of(path)
    if inbox is None:
        return {"from": str(path), "to": str(path), "missing": []}
    return _filed(services, path, inbox, chosen)


def _rules_for(services: Services, path: Path, params: dict[str, Any]) -> Rules:
    """Return the rules that a job with these parameters would have for the file."""
    request = JobRequest(RENAME.name, [str(path)], validated_params(RENAME.name, params))
    return rules_of(services.manager.kinds.completed(request).params, path)


def _named(services: Services, path: Path, rules: Rules) -> dict[str, Any]:
    comic, tags = _comic(services, path, rules)
    wanted = comic.path_by_tags(tags)
    return {"from": str(path), "to": str(wanted.path or path), "missing": list(wanted.missing)}


def _filed(
    services: Services, path: Path, inbox: Inbox, params: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, Any]:
    """Return where an inbox files a comic; one from elsewhere as if it lay in the inbox."""
    target = Path(inbox.target)
    comic, tags = _comic(services, path, _rules_for(services, target / path.name, dict(params)))
    is_inside = path.is_relative_to(inbox.folder)
    place = path if is_inside else Path(inbox.folder, path.parent.name, path.name)
    comic = dataclasses.replace(comic, place=inbox.place(place))
    wanted = inbox.filed_path_by_tags(comic, services.roots.root_of(target) or target, tags)
    return {"from": str(place), "to": str(wanted.path or place), "missing": list(wanted.missing)}


def _comic(services: Services, path: Path, rules: Rules) -> tuple[ComicAtPlace, ComicMetadata]:
    """Return a comic as the catalogue knows it, and its tags."""
    known = services.catalogue.by_path(path)
    tags = ComicMetadata() if known is None else from_dict(known.tags)
    kind = _kind_of(path, known)
    comic = ComicAtPlace(
        place_of(services.roots, path),
        rules,
        kind,
        is_kept=kind is None or kind.is_taggable,
        spellings=partial(services.catalogue.spellings_beside, path),
        identified=services.identified_issues.of(path) if rules.use_identified else None,
    )
    return comic, tags


def _problem(error: InvalidInput) -> dict[str, Any]:
    span = error.span if isinstance(error, InvalidTemplate) else None
    return {
        "message": error.message,
        "field": error.field or ("template" if isinstance(error, InvalidTemplate) else None),
        "start": None if span is None else span[0],
        "end": None if span is None else span[1],
    }


def _folder(services: Services, folder: str, *, is_removed: bool) -> str:
    """Return the folder of an entry; one that is to be removed may be gone."""
    if folder == LIBRARY or (is_removed and services.rule_book.entry(folder).is_set):
        return folder
    return str(services.roots.resolve_folder(folder))


def _shown(services: Services, entry: FolderChoice) -> dict[str, Any]:
    folder = Path(entry.folder)
    is_there = services.roots.root_of(folder) is not None and folder.is_dir()
    return {**dataclasses.asdict(entry), "is_there": entry.folder == LIBRARY or is_there}


def _kind_of(path: Path, known: CatalogueFile | None) -> ArchiveFormat | None:
    """Return a comic's format from the catalogue, otherwise from its suffix."""
    name = path.suffix.lower().removeprefix(".") if known is None else known.format
    return ArchiveFormat(name) if name in set(ArchiveFormat) else None


_NOT_BY_RULES = frozenset(
    [
        "pages",
        "page_count",
        "credits",
        "identifiers",
        "prices",
        "universes",
        "last_modified",
        "reprints",
        "alternative_names",
        "manga_volume",
    ]
)
_FIELDS = tuple(field.name for field in FIELDS if field.name not in _NOT_BY_RULES)
_RULE_PARAMS = frozenset({"preset", "rules", "template", "padding", "overwrite"})

"""The main job: a comic's tags are filled and its name is made, by the rules.

`tag by rules` and `rename by rules` are its two halves. A name that another file has already makes
the file a duplicate of that one: marked, and moved to the duplicates' folder where there is one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from comicmaintainer.comics.archives.model import ArchiveFormat
from comicmaintainer.comics.filename import parse_filename
from comicmaintainer.comics.metadata import ComicMetadata
from comicmaintainer.comics.naming import Template
from comicmaintainer.comics.rules import MalformedPolicy, Rules, derive
from comicmaintainer.comics.safe_names import safe_name
from comicmaintainer.filesystem.identity import is_one_file
from comicmaintainer.library.model import CatalogueFile, FileState
from comicmaintainer.operations.changes import (
    DuplicateChange,
    FileChange,
    MoveChange,
    Plan,
    WantedName,
)
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.facts import facts_of, folder_names
from comicmaintainer.operations.kinds import rules_of
from comicmaintainer.operations.moves import is_alias
from comicmaintainer.operations.tagging import Comic, plan_tags, read_comic, require_sound

MAX_SAME_NAMES = 10_000


@dataclass(frozen=True, slots=True)
class Naming:
    """What came of looking for the file's name: a change, or why there is none.

    `wanted` is the name that the template gives, where that is another.
    """

    change: MoveChange | DuplicateChange | None = None
    duplicate_of: Path | None = None
    why: str | None = None
    wanted: Path | None = None


def plan_process(context: OperationContext, path: Path, params: Mapping[str, Any]) -> Plan:
    """Plan tags (with `tags`) and name (with `rename`) of one comic; touches nothing.

    Raises:
        ArchiveError: the comic can't be read, or may not be written.
        FileMissing, FileChanged, StorageError.
    """
    rules = rules_of(params)
    comic = read_comic(path)
    is_replaced = rules.on_malformed is MalformedPolicy.REPLACE
    if not is_replaced:
        require_sound(comic)
    known = context.catalogue.by_path(path)
    if _is_set_aside(context, path):
        return Plan(path, comic.identity, why={"path": "it lies among the duplicates"}, known=known)
    parsed = parse_filename(path.name, path.parent.name)
    wanted, sources = derive(
        comic.metadata,
        parsed,
        folder_names(context.roots, path),
        rules,
        beside=context.catalogue.spellings_beside(path, parsed.series) if parsed.series else None,
    )
    why = {name: str(source) for name, source in sources.items()}
    changes: list[FileChange] = []
    after = comic
    if params.get("tags", True):
        if comic.is_writable:
            tags = plan_tags(
                context,
                comic,
                wanted,
                formats=rules.formats,
                with_pages=rules.page_list,
                replace_malformed=is_replaced,
            )
            if tags is not None:
                changes.append(tags)
                after = replace(comic, sources=tags.after)
        else:
            why["tags"] = f"{comic.format.upper()} files are not written; convert it to CBZ first"
    changed = {field.field for change in changes for field in getattr(change, "fields", ())}

    def named(naming: Naming) -> Plan:
        target = path if naming.change is None else naming.change.target or path
        notes = why | ({"name": naming.why} if naming.why else {})
        return Plan(
            path,
            comic.identity,
            tuple(changes) if naming.change is None else (*changes, naming.change),
            why={name: text for name, text in notes.items() if name in changed or name in NOTES},
            facts={"duplicate_of": str(naming.duplicate_of)} if naming.duplicate_of else {},
            known=known,
            state=FileState.PROCESSED if params.get("sets_state", True) else None,
            duplicate_of=naming.duplicate_of,
            contents=facts_of(replace(after, path=target), context.roots),
        )

    if not params.get("rename", True):
        return named(Naming())
    naming = plan_name(context, comic, wanted, rules, known)
    return replace(named(naming), wanted=_wanted(context, path, naming, known, named))


NOTES = frozenset({"tags", "name", "path"})


def _wanted(
    context: OperationContext,
    path: Path,
    naming: Naming,
    known: CatalogueFile | None,
    named: Callable[[Naming], Plan],
) -> WantedName | None:
    target = naming.wanted
    if target is None:
        return None
    return WantedName(
        target,
        is_free=isinstance(naming.change, MoveChange),
        if_free=lambda: named(Naming(MoveChange(path, target))),
        if_taken=lambda of, place: named(_duplicate(context, path, of, known, place)),
    )


def plan_name(
    context: OperationContext,
    comic: Comic,
    metadata: ComicMetadata,
    rules: Rules,
    known: CatalogueFile | None,
) -> Naming:
    """Find the file's name by the template; a template with folders counts from the root."""
    template = _template(rules.template)
    missing = template.missing(metadata)
    if missing:
        return Naming(why=f"there is no {' and no '.join(missing)} to name it by")
    path = comic.path
    name = template.render(metadata, rules.padding, proper_suffix(path, comic.format))
    base = (context.roots.root_of(path) or path.parent) if "/" in name else path.parent
    target = base / name
    if target == path:
        return Naming()
    if not os.path.lexists(target) or is_alias(path, target):
        return Naming(MoveChange(path, target), wanted=target)
    if is_one_file(path, target) and path.lstat().st_nlink == 1:
        return Naming(why=f"{target} is this file, seen through a link or another folder")
    return replace(_duplicate(context, path, target, known), wanted=target)


@lru_cache(maxsize=64)
def _template(text: str) -> Template:
    """Parsed once for all items of a job."""
    return Template.parse(text)


def proper_suffix(path: Path, kind: ArchiveFormat) -> str:
    """The suffix of what the file is, kept as it is written where it is not wrong."""
    return path.suffix if path.suffix.lower() == f".{kind}" else f".{kind}"


def _duplicate(
    context: OperationContext,
    path: Path,
    target: Path,
    known: CatalogueFile | None,
    place: Path | None = None,
) -> Naming:
    """`path` is another copy of what has the name `target`; `place` is where it goes, if known.

    A `place` comes from a stored preview, so it counts only where one could be found here too.
    """
    why = f"{target} has this name already"
    if context.duplicate_dir is None:
        is_marked = (
            known is not None
            and known.state is FileState.DUPLICATE
            and known.duplicate_of == str(target)
        )
        # A file without a row can't be marked; that it is a duplicate still shows in the result.
        change = None if is_marked or known is None else DuplicateChange(path, target, None)
        return Naming(change, target, why)
    folder = context.duplicate_dir / safe_name(path.parent.name)
    if place is None or not _is_place(place, folder, path.name):
        place = free_place(folder, path.name)
    return Naming(DuplicateChange(path, target, place), target, why)


def _is_place(place: Path, folder: Path, name: str) -> bool:
    """True for a path that `free_place` may have given to a file of that name."""
    is_numbered = place.name == safe_name(place.stem, place.suffix)
    return (
        place.parent == folder
        and place.suffix == Path(name).suffix
        and (place.name == name or is_numbered)
    )


def free_place(folder: Path, name: str, taken: Collection[str] = ()) -> Path:
    """A path in `folder` that no file has, numbered where needed: `name (2).cbz`.

    It is none of `taken` either.
    """
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 - the name, not a path
    for number in range(2, MAX_SAME_NAMES):
        if not os.path.lexists(folder / name) and str(folder / name) not in taken:
            break
        name = safe_name(f"{stem} ({number})", suffix)
    return folder / name


def _is_set_aside(context: OperationContext, path: Path) -> bool:
    return context.duplicate_dir is not None and path.is_relative_to(context.duplicate_dir)

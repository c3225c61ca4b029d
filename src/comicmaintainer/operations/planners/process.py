"""The main job: fills in a comic's tags and makes its name, by the rules.

The parameters `tags` and `rename` turn its two halves on and off. `taken_names` handles a file
whose name is taken.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from comicmaintainer.comics.archives.model import ArchiveFormat
from comicmaintainer.comics.metadata import ComicMetadata
from comicmaintainer.comics.rules.rules import MalformedPolicy, Rules
from comicmaintainer.errors import FileMissing
from comicmaintainer.filesystem.identity import is_one_file
from comicmaintainer.library.catalogue.model import CatalogueFile, FileMark, FileState
from comicmaintainer.operations.changes.file_change import ChangeType, rename_change
from comicmaintainer.operations.changes.moves import is_alias
from comicmaintainer.operations.changes.plan import Plan, WantedName
from comicmaintainer.operations.comic import Comic, read_comic, require_sound
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.declared.rules_parameters import rules_named, rules_of
from comicmaintainer.operations.derived import Derived, at_place, derived, path_of
from comicmaintainer.operations.facts import facts_of
from comicmaintainer.operations.names.rivals import Rivals
from comicmaintainer.operations.names.taken_names import Naming, TakenName, resolve_taken_name


def plan_process(context: OperationContext, path: Path, params: Mapping[str, Any]) -> Plan:
    """Plan tags (with `tags`) and name (with `rename`) of one comic; touches nothing.

    Raises:
        ArchiveError: the comic can't be read, or must not be written.
        FileMissing, FileChanged, StorageError.
    """
    rules = rules_of(params, path)
    comic = read_comic(context.comics, path)
    if rules.on_malformed is not MalformedPolicy.REPLACE:
        require_sound(comic)
    known = context.catalogue.by_path(path)
    if _is_set_aside(context, path):
        return Plan(path, comic.identity, why={"path": "it lies among the duplicates"}, known=known)
    writes_tags = params.get("tags", True)
    found = derived(context, comic, rules, writes_tags=writes_tags)
    why = dict(found.reasons)
    if writes_tags and not comic.is_writable:
        why["tags"] = f"{comic.format.upper()} files are not written; convert it to CBZ first"
    used = {} if (name := rules_named(params, path)) is None else {"rules": name}
    tags = found.new_tags
    changes = () if tags is None else (tags.change,)
    changed = set() if tags is None else {field.field for field in tags.fields}

    def named(naming: Naming) -> Plan:
        target = path if naming.change is None else naming.change.target
        notes = why | ({"name": naming.why} if naming.why else {})
        return Plan(
            path,
            comic.identity,
            changes if naming.change is None else (*changes, naming.change),
            why={name: text for name, text in notes.items() if name in changed or name in NOTES},
            facts=_other_file(naming.mark) | used,
            known=known,
            mark=naming.mark or _mark_of_named(known, sets_state=params.get("sets_state", True)),
            contents=facts_of(replace(found.comic, path=target), context.roots, context.rules),
        )

    if not params.get("rename", True):
        is_in_conflict = known is not None and known.state is FileState.CONFLICT
        return named(Naming(mark=known.mark if known is not None and is_in_conflict else None))
    naming = plan_name(context, found, rules, known)
    if naming.wanted is None:
        return named(naming)

    def wanted_by(path: Path, kind: ArchiveFormat, tags: ComicMetadata) -> Path | None:
        is_kept = writes_tags and kind.is_taggable
        rival = at_place(context, path, kind, rules_of(params, path), is_kept=is_kept)
        return rival.path_by_tags(tags).path

    rivals = Rivals(context, path, naming.wanted, wanted_by, known)
    return replace(named(naming), wanted=_wanted(context, comic, naming, rivals, named))


NOTES = frozenset({"tags", "name", "path"})


def _other_file(mark: FileMark | None) -> dict[str, str]:
    """Return a result's entries about the other file of a duplicate or conflict."""
    if mark is None:
        return {}
    others = {"duplicate_of": mark.duplicate_of, "conflict_with": mark.conflict_with}
    return {name: path for name, path in others.items() if path is not None}


def _mark_of_named(known: CatalogueFile | None, *, sets_state: bool) -> FileMark | None:
    """Return the mark of a file that has its name, or can't get one."""
    if sets_state:
        return FileMark(FileState.PROCESSED)
    is_in_conflict = known is not None and known.state is FileState.CONFLICT
    return FileMark(FileState.UNPROCESSED) if is_in_conflict else None


def _wanted(
    context: OperationContext,
    comic: Comic,
    naming: Naming,
    rivals: Rivals,
    named: Callable[[Naming], Plan],
) -> WantedName:
    target = rivals.target

    def if_taken(name: Path, held_by: Path, place: Path | None) -> Plan:
        taken = TakenName(name, held_by)
        return named(resolve_taken_name(context, comic, rivals.known, taken, place))

    return WantedName(
        target,
        is_free=naming.change is not None and naming.change.type is ChangeType.RENAME,
        if_free=lambda: named(Naming(rename_change(comic.path, target))),
        if_taken=if_taken,
        rivals=rivals,
    )


def plan_name(
    context: OperationContext, found: Derived, rules: Rules, known: CatalogueFile | None
) -> Naming:
    """Make the file's name by the template, and handle the case that another file has it."""
    comic, path = found.comic, found.comic.path
    wanted = path_of(context, found, rules)
    target = wanted.path
    if target is None or target == path:
        return Naming(why=wanted.why)
    if not os.path.lexists(target) or is_alias(path, target):
        return Naming(rename_change(path, target), wanted=target)
    if is_one_file(path, target) and path.lstat().st_nlink == 1:
        return Naming(why=f"{target} is this file, seen through a link or another folder")
    try:
        naming = resolve_taken_name(context, comic, known, TakenName(target, target))
    except FileMissing:
        if os.path.lexists(target):
            raise
        naming = Naming(rename_change(path, target))  # it has just disappeared
    return replace(naming, wanted=target)


def _is_set_aside(context: OperationContext, path: Path) -> bool:
    return context.duplicate_dir is not None and path.is_relative_to(context.duplicate_dir)

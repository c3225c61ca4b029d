"""Finds copies of a comic by its pages or look, and marks or trashes all but the best.

Each copy judges its whole group but changes only itself, so that a job over all of them leaves
exactly the best, or the one that `keep` names. Files that only look alike are changed only if
`keep` names one. With the action `tags` only the best is changed: it gets the tags that it lacks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from comicmaintainer.comics.pages.fingerprint import page_fingerprint
from comicmaintainer.errors import ArchiveError, DamagedArchive, FileChanged, FileMissing
from comicmaintainer.filesystem.identity import FileIdentity, is_one_file
from comicmaintainer.library.catalogue.model import CatalogueFile, DuplicateBy, FileState
from comicmaintainer.library.duplicates.best_copy import judge
from comicmaintainer.library.duplicates.duplicates import judged
from comicmaintainer.library.duplicates.near_copies import NearFile
from comicmaintainer.operations.changes.file_change import (
    ChangeType,
    FileChange,
    duplicate_change,
    trash_change,
)
from comicmaintainer.operations.changes.plan import Plan
from comicmaintainer.operations.comic import read_comic, require_sound
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.new_tags import copyable_values, formats_to_write, plan_tags
from comicmaintainer.reading.comic_reader import ComicReader

_NOT_CATALOGUED = "it is not in the catalogue"
_OF_A_SCAN = "scan_information"
"""The tag that is only true of a copy with the same pages."""
_OUT_OF_DATE = "it was written since the last scan; scan first"


def plan_duplicates(context: OperationContext, path: Path, params: Mapping[str, Any]) -> Plan:
    """Find the copies of one comic and plan what to do with it; touches no file.

    With `near` the look of its pages is stored in the catalogue, where other copies find it.

    Raises:
        FileChanged: the copy to keep differs from the catalogue, or is not a copy of this one.
        DamagedArchive: the copy to keep can't be read completely, so this one must stay.
        ArchiveError, FileMissing, StorageError.
    """
    identity = FileIdentity.of(path)
    known = context.catalogue.by_path(path)
    if known is None:
        return Plan(path, identity, why={"duplicates": _NOT_CATALOGUED})
    is_current = _is_as_catalogued(identity, known)
    if params["near"] and is_current and not context.duplicates.near.is_known(known):
        context.duplicates.near.store(known, context.comics.pictures(path))
    copies = [copy for copy in context.duplicates.copies_of(path) if Path(copy.path).exists()]
    near = context.duplicates.near.group_of(path) if params["near"] else []
    if "keep" in params:
        keep, reason = Path(params["keep"]), "it was chosen"
        by_look = keep != path and _by_look(context, path, keep, copies, near)
        if by_look and not is_current:
            raise FileChanged(_OUT_OF_DATE, path=path)
    else:
        verdict = judged([known, *copies])
        keep, reason, by_look = Path(verdict.keep.path), verdict.reason, False
    facts: dict[str, Any] = {
        "copies": [copy.path for copy in copies],
        "keep": str(keep),
        "reason": reason,
    }
    if params["near"]:
        facts |= _near_facts(near)
    changes: tuple[FileChange, ...] = ()
    is_itself = keep != path and is_one_file(path, keep)
    if keep == path and params["action"] == "tags":
        look = [one.file for one in near if not one.has_same_pages] if "keep" in params else []
        changes = _missing_tags(context, known, [*copies, *look])
    elif keep != path and not is_itself and (copies or by_look):
        changes = _changes(context, path, keep, known, params["action"], by_look=by_look)
    if changes and not by_look:
        _require_same_pages(context.comics, path, keep)
    if any(change.type is ChangeType.TRASH for change in changes):
        _require_sound(context.comics, path, keep)
    why = {"near": _OUT_OF_DATE} if params["near"] and not is_current else {}
    if is_itself:
        why["duplicates"] = f"it and {keep} are one file under two paths; nothing would be freed"
    return Plan(path, identity, changes, why=why, facts=facts, known=known)


def _by_look(
    context: OperationContext,
    path: Path,
    keep: Path,
    copies: list[CatalogueFile],
    near: list[NearFile],
) -> bool:
    """Tell whether the chosen copy only looks like the one at `path`; False if pages are equal.

    Raises:
        FileMissing: it is gone.
        FileChanged: it was written since the last scan, or is not a copy of this one any more.
    """
    known = context.catalogue.by_path(keep)
    if known is None:
        raise FileMissing("the copy to keep is not in the catalogue any more", path=keep)
    if not _is_as_catalogued(FileIdentity.of(keep), known):
        raise FileChanged(_OUT_OF_DATE, path=keep)
    if any(copy.path == known.path for copy in copies):
        return False
    if any(one.file.path == known.path for one in near):
        return True
    raise FileChanged(f"it is no longer known as a copy of {path}; compare them again", path=keep)


def _changes(
    context: OperationContext,
    path: Path,
    keep: Path,
    known: CatalogueFile,
    action: str,
    *,
    by_look: bool,
) -> tuple[FileChange, ...]:
    if action == "mark":
        is_marked = known.state is FileState.DUPLICATE and known.duplicate_of == str(keep)
        by = DuplicateBy.LOOK if by_look else DuplicateBy.PAGES
        return () if is_marked else (duplicate_change(path, keep, None, by),)
    if action == "trash":
        likeness = "It looks like" if by_look else "It has the same pages as"
        reason = f"{likeness} {keep}."
        return (trash_change(path, context.trash.place_for(path), reason, kept=keep),)
    return ()


def _missing_tags(
    context: OperationContext, best: CatalogueFile, copies: Sequence[CatalogueFile]
) -> tuple[FileChange, ...]:
    """Fill the empty tags of the best copy from the others, the better ones first.

    Raises:
        MalformedMetadata: tags of one of them can't be parsed.
        UnsupportedArchive: tags can't be written to the best copy.
    """
    comic = read_comic(context.comics, Path(best.path))
    require_sound(comic)
    wanted = comic.metadata
    has_same_pages = {copy.path: copy.fingerprint == best.fingerprint for copy in copies}
    for copy in judged(list(copies)).ranked if copies else ():
        other = read_comic(context.comics, Path(copy.path))
        require_sound(other)
        values = copyable_values(other.metadata)
        if not has_same_pages[copy.path]:
            values.pop(_OF_A_SCAN, None)
        wanted = wanted.with_values(**(values | copyable_values(wanted)))
    if wanted == comic.metadata:
        return ()
    formats = formats_to_write(comic, ("comicinfo",))
    new_tags = plan_tags(context, comic, wanted, formats=formats)
    return () if new_tags is None else (new_tags.change,)


def _is_as_catalogued(identity: FileIdentity, known: CatalogueFile) -> bool:
    return (identity.size_bytes, identity.mtime_ns) == (known.size_bytes, known.mtime_ns)


def _require_same_pages(comics: ComicReader, path: Path, keep: Path) -> None:
    """Read both files before one of them goes, because the catalogue may be out of date.

    Raises:
        FileChanged.
    """
    prints = [page_fingerprint(read_comic(comics, each).page_facts) for each in (path, keep)]
    if prints[0] is None or prints[0] != prints[1]:
        raise FileChanged(f"it no longer has the same pages as {path}; scan first", path=keep)


def _require_sound(comics: ComicReader, path: Path, keep: Path) -> None:
    """Read every byte of the copy to keep, because a ZIP directory does not prove its content.

    Raises:
        DamagedArchive.
    """
    try:
        with comics.open(keep) as archive:
            for _, chunks in archive.walk():
                for _ in chunks:
                    pass
    except ArchiveError as error:
        raise DamagedArchive(
            f"it was not moved, because the copy to keep is damaged: {error}. Keep this one, or "
            "heal the other first",
            path=path,
        ) from error


def _near_facts(near: list[NearFile]) -> dict[str, Any]:
    """Return the files that only look alike, and the best of the whole group."""
    shown = [
        {
            "path": one.file.path,
            "cover_distance": one.likeness.cover_distance,
            "alike": one.likeness.alike,
            "compared": one.likeness.compared,
        }
        for one in near
        if not one.has_same_pages
    ]
    if not shown:
        return {"near": []}
    verdict = judge([one.facts for one in near])
    return {"near": shown, "near_keep": verdict.keep.path, "near_reason": verdict.reason}

"""Copies of a comic: found by its pages (and by eye), and the lesser ones marked or trashed.

Every copy judges its whole group and acts on itself only, so that a job over all of them leaves
exactly the best. What only looks alike is reported and never acted on.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from comicmaintainer.comics.archives.reader import open_archive
from comicmaintainer.comics.fingerprint import page_fingerprint
from comicmaintainer.comics.images import MAX_PAGE_BYTES, difference_hash, probe_image
from comicmaintainer.errors import ArchiveError, FileChanged, FileMissing, StorageError
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.library.copy_score import CopyFacts, judge
from comicmaintainer.library.duplicates import judged
from comicmaintainer.library.model import CatalogueFile, FileState
from comicmaintainer.operations.changes import DuplicateChange, FileChange, Plan, TrashChange
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.tagging import read_comic

PROBED_PAGES = 5


def plan_duplicates(context: OperationContext, path: Path, params: Mapping[str, Any]) -> Plan:
    """Find the copies of one comic and plan what happens to it; touches no file.

    With `near` the hash of its cover is stored in the catalogue, where the other copies find it.

    Raises:
        FileChanged: the copy to keep is not what the catalogue says.
        ArchiveError, FileMissing, StorageError.
    """
    identity = FileIdentity.of(path)
    known = context.catalogue.by_path(path)
    if known is None:
        return Plan(path, identity, why={"duplicates": "it is not in the catalogue"})
    copies = [copy for copy in context.duplicates.copies_of(path) if Path(copy.path).exists()]
    verdict = judged([known, *copies])
    facts: dict[str, Any] = {
        "copies": [copy.path for copy in copies],
        "keep": verdict.keep.path,
        "reason": verdict.reason,
    }
    if params["near"]:
        facts["near"] = _near(context, path, known)
    changes: tuple[FileChange, ...] = ()
    keep = Path(verdict.keep.path)
    if copies and keep != path:
        changes = _changes(context, path, keep, known, params["action"])
    if changes:
        _require_same_pages(path, keep)
    return Plan(path, identity, changes, facts=facts, known=known)


def _changes(
    context: OperationContext, path: Path, keep: Path, known: CatalogueFile, action: str
) -> tuple[FileChange, ...]:
    if action == "mark":
        is_marked = known.state is FileState.DUPLICATE and known.duplicate_of == str(keep)
        return () if is_marked else (DuplicateChange(path, keep, None),)
    if action == "trash":
        reason = f"It has the same pages as {keep}."
        return (TrashChange(path, context.trash.place_for(path), reason),)
    return ()


def _require_same_pages(path: Path, keep: Path) -> None:
    """The catalogue may be out of date: both files are read before one of them goes.

    Raises:
        FileChanged.
    """
    prints = [page_fingerprint(read_comic(each).page_facts) for each in (path, keep)]
    if prints[0] is None or prints[0] != prints[1]:
        raise FileChanged(f"{keep}: its pages are not those of {path} any more; scan first")


def _near(context: OperationContext, path: Path, known: CatalogueFile) -> list[dict[str, Any]]:
    """Files whose covers look like this one's, nearest first, and which of the two is better."""
    if known.cover_hash is None:
        with open_archive(path) as archive:
            if not archive.pages:
                return []
            cover = archive.read(archive.pages[0], MAX_PAGE_BYTES)
        context.duplicates.set_cover_hash(path, difference_hash(cover, name=str(path)))
    found = []
    for near in context.duplicates.near(path):
        other = near.file
        if other.fingerprint is not None and other.fingerprint == known.fingerprint:
            continue
        verdict = judge([_with_pixels(known), _with_pixels(other)])
        found.append(
            {
                "path": other.path,
                "distance": near.distance,
                "keep": verdict.keep.path,
                "reason": verdict.reason,
            }
        )
    return found


def _with_pixels(file: CatalogueFile) -> CopyFacts:
    return CopyFacts.of_file(file, pixels=_pixels(Path(file.path)))


def _pixels(path: Path) -> int:
    """The median size of a few pages in pixels, 0 where they can't be read."""
    try:
        with open_archive(path) as archive:
            pages = archive.pages
            chosen = pages[:: max(1, len(pages) // PROBED_PAGES)][:PROBED_PAGES]
            images = [probe_image(archive.read(name, MAX_PAGE_BYTES)) for name in chosen]
    except (ArchiveError, FileMissing, StorageError):
        return 0
    return int(statistics.median(image.width * image.height for image in images)) if images else 0

"""Pages that shall go: first marked as deleted in the tags, then removed from the archive.

Marking names pages by number; removing takes what is marked, so that running it twice removes
nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from comicmaintainer.comics.metadata import PageInfo
from comicmaintainer.comics.metadata.sources import updated_members
from comicmaintainer.errors import FileChanged, InvalidInput
from comicmaintainer.operations.changes import PageChange, Plan
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.tagging import Comic, read_comic

DELETED = "Deleted"


def plan_remove_pages(context: OperationContext, path: Path, params: Mapping[str, Any]) -> Plan:
    """Plan marked or removed pages of one comic; touches nothing.

    Raises:
        InvalidInput: a number that no page has, or no page would be left.
        ArchiveError, FileMissing, FileChanged, StorageError.
    """
    comic = read_comic(path)
    comic.sources.require_sound()
    pages = _page_list(comic)
    known = context.catalogue.by_path(path)
    if params["mode"] == "mark":
        change = _marked(context, comic, pages, params["pages"])
    else:
        change = _removed(context, comic, pages)
    return Plan(path, comic.identity, () if change is None else (change,), known=known)


def _page_list(comic: Comic) -> tuple[PageInfo, ...]:
    """One entry for each page there is, with what the tags say about it."""
    told = {page.image: page for page in comic.metadata.pages}
    return tuple(told.get(page.image, page) for page in comic.page_list())


def _marked(
    context: OperationContext, comic: Comic, pages: Sequence[PageInfo], numbers: Sequence[int]
) -> PageChange | None:
    for number in numbers:
        if not 0 <= number < len(pages):
            raise InvalidInput(
                f"Parameter 'pages' can't have {number}: {comic.path} has the pages "
                f"0 to {len(pages) - 1}."
            )
    names = [comic.page_facts[n][0] for n in sorted(set(numbers)) if pages[n].type != DELETED]
    if not names:
        return None
    after = [replace(page, type=DELETED) if page.image in numbers else page for page in pages]
    return _change(context, comic, after, marked=tuple(names), left=len(pages))


def _removed(
    context: OperationContext, comic: Comic, pages: Sequence[PageInfo]
) -> PageChange | None:
    gone = [page for page in pages if DELETED in page.type.split()]
    if not gone:
        return None
    if len(gone) == len(pages):
        raise InvalidInput(f"{comic.path}: all its pages are marked; delete the file instead.")
    stay = [page for page in pages if page not in gone]
    after = [replace(page, image=number) for number, page in enumerate(stay)]
    names = tuple(comic.page_facts[page.image][0] for page in gone)
    return _change(context, comic, after, removed=names, left=len(stay))


def _change(
    context: OperationContext,
    comic: Comic,
    pages: Sequence[PageInfo],
    *,
    marked: tuple[str, ...] = (),
    removed: tuple[str, ...] = (),
    left: int,
) -> PageChange:
    members: dict[str, bytes | None] = {
        **updated_members(comic.members, comic.metadata, ("comicinfo",), pages=pages),
        **dict.fromkeys(removed),
    }
    edit = context.plan_edit(comic.path, members)
    if edit.before != comic.identity:
        raise FileChanged(f"{comic.path}: it was changed while it was being looked at")
    return PageChange(marked, removed, left, edit)

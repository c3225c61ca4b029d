"""Marks pages as deleted in the tags, and removes them from the archive.

Pages are marked by number. Removal takes the named pages, or else the marked ones. Numbers change
once pages are removed, so an item that runs again after a crash finds in the journal what it has
already removed. A repeated page is found in each comic by its content, wherever it lies now.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from comicmaintainer.comics.archives.page_names import in_reading_order
from comicmaintainer.comics.metadata import PageInfo
from comicmaintainer.comics.metadata.comicinfo_pages import pages_with_sizes
from comicmaintainer.comics.metadata.members import COMICINFO, METRONINFO
from comicmaintainer.comics.metadata.sources import updated_members
from comicmaintainer.comics.pages.fingerprint import keys_in, page_keys
from comicmaintainer.errors import FileChangedMeanwhile, InvalidInput
from comicmaintainer.library.journal import Change, ChangeState
from comicmaintainer.library.repeated_pages.model import stays
from comicmaintainer.operations.changes.file_change import ChangeType, FileChange, page_change
from comicmaintainer.operations.changes.plan import Plan
from comicmaintainer.operations.comic import Comic, read_comic, require_sound
from comicmaintainer.operations.context import OperationContext

DELETED = "Deleted"


def plan_remove_pages(context: OperationContext, path: Path, params: Mapping[str, Any]) -> Plan:
    """Plan to mark or remove pages of one comic; touches nothing.

    Raises:
        InvalidInput: no page has such a number, or no page would be left.
        NotFound: there is no such repeated page.
        ArchiveError, FileMissing, FileChanged, StorageError.
    """
    comic = read_comic(context.comics, path)
    require_sound(comic)
    pages = _page_list(comic)
    known = context.catalogue.by_path(path)
    named: Sequence[int] = params.get("pages") or ()
    if params.get("repeated") is not None:
        named, kept = _repeated(context, comic, params["repeated"], bool(params.get("anywhere")))
        if not named:
            return Plan(path, comic.identity, why={"pages": kept}, known=known)
    if params["mode"] == "mark":
        gone = _numbers(comic, pages, named)
        change = _marked(context, comic, pages, gone, params.get("type") or DELETED)
        reason = "the pages are marked already"
    elif named and _were_removed(context, comic, named):
        change, reason = None, "these pages were removed before the job was interrupted"
    elif named:
        change = _removed(context, comic, pages, _numbers(comic, pages, named))
        reason = ""
    else:
        gone = {page.image for page in pages if DELETED in page.type.split()}
        change = _removed(context, comic, pages, gone) if gone else None
        reason = "no page is marked as deleted, and none was named"
    if change is None:
        return Plan(path, comic.identity, why={"pages": reason}, known=known)
    return Plan(path, comic.identity, (change,), known=known)


def _repeated(
    context: OperationContext, comic: Comic, repeat_id: int, anywhere: bool
) -> tuple[list[int], str]:
    """Return which pages are the repeated page and may change, and why the others stay.

    Raises:
        NotFound: there is no such repeated page.
    """
    repeated = context.repeated_pages.get(repeat_id)
    packed = page_keys(comic.page_facts)
    if packed is None:
        return [], "its archive has no checksums to find the page by; convert it to CBZ first"
    found = context.repeated_pages.numbers_in(repeat_id, keys_in(packed))
    if anywhere:
        return found, "it does not have this page"
    reasons = {number: stays(number, len(comic.page_facts), repeated.zone) for number in found}
    kept = [reason for reason in reasons.values() if reason is not None]
    changing = [number for number, reason in reasons.items() if reason is None]
    return changing, kept[0] if kept else "it does not have this page"


def _page_list(comic: Comic) -> tuple[PageInfo, ...]:
    """Return one entry for each page, with its tags."""
    return pages_with_sizes([size for _, size, *_ in comic.page_facts], comic.metadata.pages)


def _numbers(comic: Comic, pages: Sequence[PageInfo], named: Sequence[int]) -> set[int]:
    for number in named:
        if not 0 <= number < len(pages):
            raise InvalidInput(
                f"'pages' can't have {number}: the comic has the pages 0 to {len(pages) - 1}.",
                path=comic.path,
                field="params.pages",
            )
    return set(named)


def _marked(
    context: OperationContext,
    comic: Comic,
    pages: Sequence[PageInfo],
    numbers: Collection[int],
    type_: str,
) -> FileChange | None:
    new = [n for n in sorted(numbers) if pages[n].type != type_]
    if not new:
        return None
    after = [replace(page, type=type_) if page.image in numbers else page for page in pages]
    other = None if type_ == DELETED else type_
    return _change(context, comic, after, marked=tuple(new), marked_as=other, left=len(pages))


def _removed(
    context: OperationContext, comic: Comic, pages: Sequence[PageInfo], numbers: Collection[int]
) -> FileChange:
    stay = [page for page in pages if page.image not in numbers]
    if not stay:
        raise InvalidInput("no page would be left; delete the file instead.", path=comic.path)
    after = [replace(page, image=number) for number, page in enumerate(stay)]
    return _change(context, comic, after, removed=tuple(sorted(numbers)), left=len(stay))


def _were_removed(context: OperationContext, comic: Comic, numbers: Sequence[int]) -> bool:
    """Tell whether an item without a result, usually an earlier attempt, removed these pages.

    Another job with the same request at the same moment counts too: it meant the same pages.
    """
    return any(
        change.kind == ChangeType.PAGES
        and change.state is ChangeState.APPLIED
        and _numbers_removed(comic, change) == set(numbers)
        and change.job_id is not None
        and change.seq is not None
        and context.items.is_running(change.job_id, change.seq)
        for change in context.journal.history(comic.path)
    )


def _numbers_removed(comic: Comic, change: Change) -> set[int]:
    """Return the former numbers of the pages that `change` removed, if nothing changed since."""
    if "removed" not in change.summary:
        return set()
    if "numbers" in change.summary:
        return set(change.summary["numbers"])
    names = set(change.summary["removed"])
    before = in_reading_order({*names, *(name for name, *_ in comic.page_facts)})
    return {number for number, name in enumerate(before) if name in names}


def _change(
    context: OperationContext,
    comic: Comic,
    pages: Sequence[PageInfo],
    *,
    marked: tuple[int, ...] = (),
    marked_as: str | None = None,
    removed: tuple[int, ...] = (),
    left: int,
) -> FileChange:
    """Return the change of the pages with these numbers."""
    members: dict[str, bytes | None] = {
        **updated_members(
            comic.members, comic.metadata, (COMICINFO,), pages=pages, misplaced=comic.misplaced
        ),
        **_recounted(comic, len(pages)),
    }
    names = [name for name, *_ in comic.page_facts]
    places = [place for *_, place in comic.page_facts]
    edit = context.plan_edit(comic.path, members, {places[number]: None for number in removed})
    if edit.before != comic.identity:
        raise FileChangedMeanwhile("it was changed while it was being read", path=comic.path)
    return page_change(
        edit,
        left=left,
        marked=[names[number] for number in marked],
        removed=[names[number] for number in removed],
        numbers=() if len(set(names)) == len(names) else marked + removed,
        marked_as=marked_as,
    )


def _recounted(comic: Comic, page_count: int) -> Mapping[str, bytes | None]:
    """Return the MetronInfo with the new page count, if it has another one."""
    tags = comic.sources.by_format.get(METRONINFO)
    if tags is None or tags.page_count in (None, page_count):
        return {}
    counted = replace(tags, page_count=page_count)
    return updated_members(comic.members, counted, (METRONINFO,), misplaced=comic.misplaced)

"""Rebuilds a damaged CBZ from its sound members, and from a copy with the same pages.

Members that can't be recovered are reported as lost. A comic is never called whole if the catalogue
knows of more pages.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from comicmaintainer.comics.archives.edits.planning import plan_rebuild
from comicmaintainer.comics.archives.model import Limits, PageFact
from comicmaintainer.comics.archives.page_names import in_reading_order, is_page
from comicmaintainer.comics.archives.zip.salvage import SalvagedZip, open_salvaged
from comicmaintainer.comics.pages.fingerprint import known_fingerprints
from comicmaintainer.errors import ArchiveError, DamagedArchive, FileMissing, StorageError
from comicmaintainer.library.catalogue.model import CatalogueFile
from comicmaintainer.operations.changes.file_change import FileChange, rebuild_change
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.reading.comic_reader import ComicReader

MAX_ADDED_BYTES = 64 << 20
"""Added pages go through the journal. If more is missing, keep the copy itself instead."""

NewPages = tuple[tuple[str, bytes], ...]
"""Names and contents."""


@dataclass(frozen=True, slots=True)
class _Completion:
    """The saved members to leave out, by place, and the pages to add from a copy."""

    left_out: frozenset[int] = frozenset()
    copy: Path | None = None
    added: NewPages = ()


class _Saved:
    """The pages saved from a damaged archive."""

    def __init__(self, archive: SalvagedZip) -> None:
        self.archive = archive
        self.again = _second_names(archive)

    def pages(self, left_out: Collection[int] = ()) -> list[PageFact]:
        """Return the pages in reading order, without those left out."""
        records = self.archive.records
        facts: list[PageFact] = [
            (record.name, record.size_bytes, record.crc, place)
            for place, record in enumerate(records)
            if is_page(record.name) and place not in left_out
        ]
        facts += [
            (name, len(content), zlib.crc32(content), place)
            for place, (name, content) in enumerate(self.again, len(records))
        ]
        return in_reading_order(facts, itemgetter(0))


def plan_rebuilding(
    context: OperationContext,
    path: Path,
    known: CatalogueFile | None,
    guard: Callable[[], None],
) -> FileChange | None:
    """Return the change that rebuilds `path`, or None if none of its pages is sound.

    `guard` is called while the file is read.

    Raises:
        HostileArchive, FileMissing, StorageError, and whatever `guard` raises.
    """
    try:
        archive = open_salvaged(path, Limits(), guard=guard)
    except DamagedArchive:
        return None
    with archive:
        saved = _Saved(archive)
        if not saved.pages():
            return None
        found = _completed(context, saved, known)
        pages = saved.pages(found.left_out)
        lost = _without(archive.lost, [name for name, _ in found.added])
        is_whole = True if found.added else _is_whole(archive, pages, lost, known)
        if is_whole is False and known is not None and known.last_page_count:
            unnamed = known.last_page_count - len(pages) - sum(map(is_page, lost))
            lost += [_nameless(unnamed)] if unnamed > 0 else []
        left_out = [archive.records[place].name for place in found.left_out]
        lost += _without(sorted(left_out), [name for name, _ in found.added])
        added = (*saved.again, *found.added)
        edit = plan_rebuild(
            path, archive, added, left_out=found.left_out, hard_links=context.hard_links
        )
        members = len(archive.records) - len(found.left_out)
        return rebuild_change(
            edit,
            saved=members,
            added=[name for name, _ in found.added],
            copy=found.copy,
            lost=lost,
            is_whole=is_whole,
            again=[name for name, _ in saved.again],
        )


def _second_names(archive: SalvagedZip) -> NewPages:
    """Return pages that the directory lists again under another name, if they are not too large."""
    records = archive.records
    again = [(name, records[place]) for name, place in archive.again if is_page(name)]
    if sum(record.size_bytes for _, record in again) > MAX_ADDED_BYTES:
        return ()
    return tuple((name, archive.read_record(record)) for name, record in again)


def _completed(
    context: OperationContext, saved: _Saved, known: CatalogueFile | None
) -> _Completion:
    """Decide what to leave out, and what to add from which copy, to get the known pages.

    A sound member is left out only if it does not seem to belong to the comic (it is a member of an
    archive inside it, say), and the other pages are proven to be those that the comic had.
    """
    if known is None or known.last_fingerprint is None:
        return _Completion()
    choices = (frozenset[int](), saved.archive.foreign)
    for left_out in choices:
        if _has_fingerprint(saved.pages(left_out), known):
            return _Completion(left_out)
    for left_out in choices:
        copy, added = _from_copies(context, saved, saved.pages(left_out), known)
        if added:
            return _Completion(left_out, copy, added)
    return _Completion()


def _nameless(count: int) -> str:
    if count == 1:
        return "a page whose name is not known"
    return f"{count} pages whose names are not known"


def _without(names: Sequence[str], others: Sequence[str]) -> list[str]:
    """Return `names` without `others`, each of which removes one occurrence."""
    left = Counter(others)
    rest = []
    for name in names:
        if left[name]:
            left[name] -= 1
        else:
            rest.append(name)
    return rest


def _is_whole(
    archive: SalvagedZip,
    pages: Sequence[PageFact],
    lost: Sequence[str],
    known: CatalogueFile | None,
) -> bool | None:
    """Tell whether all pages were saved; None if it is not known how many there were.

    The catalogue is trusted more than the archive's own directory.
    """
    if any(map(is_page, lost)):
        return known is not None and _has_fingerprint(pages, known)
    if known is not None and known.last_fingerprint is not None:
        # It may have seen what one directory lists twice.
        return _has_fingerprint(pages, known) or _has_fingerprint(_listed_pages(archive), known)
    if known is not None and known.last_page_count and len(pages) < known.last_page_count:
        return False
    return True if archive.is_complete else None


def _listed_pages(archive: SalvagedZip) -> list[PageFact]:
    """Return the pages that the archive's directory lists, if it is complete."""
    if not archive.is_complete:
        return []
    facts: list[PageFact] = [
        (each.name, each.size_bytes, each.crc, place)
        for place, each in enumerate(archive.listing.members)
        if is_page(each.name)
    ]
    return in_reading_order(facts, itemgetter(0))


def _from_copies(
    context: OperationContext, saved: _Saved, pages: Sequence[PageFact], known: CatalogueFile
) -> tuple[Path | None, NewPages]:
    """Return the first copy with all missing pages, and these under names that keep the order."""
    for copy in copies_of(context, known):
        try:
            whole = context.comics.members(copy, ()).page_facts
            missing = _missing(whole, pages)
            if sum(whole[at][1] for at in missing) > MAX_ADDED_BYTES:
                continue
            for names in _namings(saved.archive, pages, whole, missing):
                added = [(name, *whole[at][1:]) for name, at in zip(names, missing, strict=True)]
                if _fit_together(pages, added, known):
                    contents = read_pages(context.comics, copy, {at: whole[at] for at in missing})
                    return copy, tuple(zip(names, contents, strict=True))
        except (ArchiveError, FileMissing, StorageError):
            continue  # no use as a source; another copy may be
    return None, ()


def _missing(whole: Sequence[PageFact], pages: Sequence[PageFact]) -> list[int]:
    """Return the numbers of the copy's pages that were not saved."""
    left = Counter((size, crc) for _, size, crc, _ in pages)
    missing = []
    for number, (_, size, crc, _) in enumerate(whole):
        if left[size, crc]:
            left[size, crc] -= 1
        else:
            missing.append(number)
    return missing


def _namings(
    archive: SalvagedZip,
    pages: Sequence[PageFact],
    whole: Sequence[PageFact],
    missing: Sequence[int],
) -> Iterator[list[str]]:
    """Yield lists of names for the missing pages, the most certain list first.

    First the names that the damaged archive gives them, then the names in the copy, and last names
    made from the page before.
    """
    listed = {
        (member.size_bytes, member.crc): member.name
        for member in archive.listing.members
        if is_page(member.name)
    }
    known_names = [listed.get((whole[number][1], whole[number][2] or 0)) for number in missing]
    if None not in known_names:
        yield [name for name in known_names if name is not None]
    lost = in_reading_order(filter(is_page, archive.lost))
    if len(lost) == len(missing):
        yield lost
    yield [whole[number][0] for number in missing]
    names = {(size, crc): name for name, size, crc, _ in pages}
    made: list[str] = []
    before = ""
    for number, (name, size, crc, _) in enumerate(whole):
        if number in missing:
            stem = before.rpartition(".")[0]
            made.append(f"{stem}~{number + 1:04}.{name.rpartition('.')[2]}")
        else:
            before = names.get((size, crc), before)
    yield made


def _fit_together(
    pages: Sequence[PageFact], added: Sequence[PageFact], known: CatalogueFile
) -> bool:
    """Tell whether the saved and added pages, in reading order, are those that the comic had."""
    return _has_fingerprint(in_reading_order((*pages, *added), itemgetter(0)), known)


def _has_fingerprint(pages: Sequence[PageFact], known: CatalogueFile) -> bool:
    found = known_fingerprints(pages)
    return known.last_fingerprint in [bytes.fromhex(each) for each in found if each is not None]


def copies_of(context: OperationContext, known: CatalogueFile) -> Iterator[Path]:
    """Yield the files that have the same pages, according to the catalogue."""
    if known.last_fingerprint is not None:
        others = context.duplicates.with_pages(known.last_fingerprint)
        yield from (Path(other) for other in others if other != known.path)


def read_pages(comics: ComicReader, copy: Path, facts: Mapping[int, PageFact]) -> list[bytes]:
    """Return the pages of `copy` with these numbers, each checked for its size and CRC.

    Raises:
        DamagedArchive: a page has another size or CRC; also as `open_archive`.
    """
    found = []
    with comics.open(copy) as archive:
        for number, (_, size_bytes, crc, _) in facts.items():
            page = archive.pages[number]
            content = archive.read(page)
            if (zlib.crc32(content), len(content)) != (crc, size_bytes):
                raise DamagedArchive(
                    "it is not the page that is missing", path=copy, member=page.name
                )
            found.append(content)
    return found

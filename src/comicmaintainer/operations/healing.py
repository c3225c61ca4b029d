"""Damage made good: broken pages taken from a sound copy, a broken archive put together anew.

A page is only ever taken from a copy that the catalogue knows to have the same pages, and only if
size and CRC are those of the page that is missing. What can't be had is named as lost.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

from comicmaintainer.comics.archives.identification import identify
from comicmaintainer.comics.archives.model import ArchiveFormat, Limits
from comicmaintainer.comics.archives.page_names import in_reading_order, is_page
from comicmaintainer.comics.archives.planning import plan_rebuild
from comicmaintainer.comics.archives.reader import open_archive, read_metadata_members
from comicmaintainer.comics.archives.salvage import SalvagedZip, open_salvaged
from comicmaintainer.comics.archives.verification import VerifyReport
from comicmaintainer.comics.fingerprint import page_fingerprint
from comicmaintainer.errors import ArchiveError, DamagedArchive, FileMissing, StorageError
from comicmaintainer.library.model import CatalogueFile
from comicmaintainer.operations.changes import HealChange, RebuildChange
from comicmaintainer.operations.context import OperationContext

MAX_ADDED_BYTES = 64 << 20
"""Pages go through the journal. Where more is missing, the copy itself is the comic to keep."""

Fact = tuple[str, int, int | None]
"""A page: its name, size in bytes and CRC-32."""


def plan_healing(
    context: OperationContext,
    report: VerifyReport,
    known: CatalogueFile | None,
    guard: Callable[[], None],
) -> HealChange | RebuildChange | None:
    """The change that makes the reported damage good as far as it can be; None where it can't.

    `guard` is called while a damaged archive is gone through.

    Raises:
        HostileArchive, FileMissing, StorageError, and whatever `guard` raises.
    """
    if report.problem is not None and _has_damaged_directory(report.path):
        return _rebuilding(context, report.path, known, guard)
    if report.broken:
        return _pages_healed(context, report, known)
    return None


def _pages_healed(
    context: OperationContext, report: VerifyReport, known: CatalogueFile | None
) -> HealChange | None:
    if report.format is not ArchiveFormat.CBZ or known is None or known.last_fingerprint is None:
        return None
    names = [member.name for member in report.broken]
    if not all(is_page(name) for name in names):
        return None
    for copy in _copies(context, known):
        pages = _pages_from(copy, report.path, names)
        if pages is not None:
            edit = context.plan_edit(report.path, pages)
            return HealChange(tuple(names), copy, edit)
    return None


def _pages_from(copy: Path, path: Path, names: list[str]) -> dict[str, bytes] | None:
    """The wanted pages out of `copy`, proven by the CRCs that the broken file's directory holds."""
    try:
        wanted = read_metadata_members(path, ()).page_facts
        places = {name: number for number, (name, _, _) in enumerate(wanted)}
        with open_archive(copy) as archive:
            if len(archive.pages) != len(wanted):
                return None
            facts = [(archive.pages[places[name]], *wanted[places[name]][1:]) for name in names]
        return dict(zip(names, _contents(copy, facts), strict=True))
    except (ArchiveError, FileMissing, StorageError):
        return None  # no use as a source; another copy may be


def _has_damaged_directory(path: Path) -> bool:
    try:
        with open_archive(path):
            return False
    except DamagedArchive:
        return identify(path) is ArchiveFormat.CBZ
    except ArchiveError:
        return False


def _rebuilding(
    context: OperationContext,
    path: Path,
    known: CatalogueFile | None,
    guard: Callable[[], None],
) -> RebuildChange | None:
    try:
        archive = open_salvaged(path, Limits(), guard=guard)
    except DamagedArchive:
        return None
    with archive:
        if not _saved_pages(archive, frozenset()):
            return None
        left_out, copy, added = _completed(context, archive, known)
        saved = _saved_pages(archive, left_out)
        lost = [name for name in archive.lost if name not in added]
        page_count = len(saved) + len(added)
        is_whole = _is_whole(archive, saved, lost, known) if not added else True
        named = sum(map(is_page, lost))
        if is_whole is False and known is not None and known.last_page_count:
            unnamed = known.last_page_count - page_count - named
            lost += [_nameless(unnamed)] if unnamed > 0 else []
        lost += sorted(left_out - added.keys())
        changed = {**dict.fromkeys(left_out), **added}
        edit = plan_rebuild(path, archive, changed, hard_links=context.hard_links)
        members = sum(record.name not in left_out for record in archive.records)
        return RebuildChange(members, tuple(added), copy, tuple(lost), is_whole, edit)


def _completed(
    context: OperationContext, archive: SalvagedZip, known: CatalogueFile | None
) -> tuple[frozenset[str], Path | None, Mapping[str, bytes]]:
    """What to leave out, and what to add from which copy, to have the pages that are known.

    What is sound is left out only if it does not seem to be the comic's own (it is a member of an
    archive inside it, say), and the other pages are proven to be those that the comic had.
    """
    if known is None or known.last_fingerprint is None:
        return frozenset(), None, {}
    for left_out in (frozenset[str](), archive.foreign):
        saved = _saved_pages(archive, left_out)
        if _has_fingerprint(saved, known):
            return left_out, None, {}
    for left_out in (frozenset[str](), archive.foreign):
        copy, added = _from_copies(context, archive, _saved_pages(archive, left_out), known)
        if added:
            return left_out, copy, added
    return frozenset(), None, {}


def _nameless(count: int) -> str:
    if count == 1:
        return "a page whose name is not known"
    return f"{count} pages whose names are not known"


def _saved_pages(archive: SalvagedZip, left_out: Collection[str]) -> list[Fact]:
    facts: dict[str, Fact] = {
        record.name: (record.name, record.size_bytes, record.crc)
        for record in archive.records
        if is_page(record.name) and record.name not in left_out
    }
    return [facts[name] for name in in_reading_order(facts)]


def _is_whole(
    archive: SalvagedZip, saved: Sequence[Fact], lost: Sequence[str], known: CatalogueFile | None
) -> bool | None:
    """Whether all pages were saved; None where nothing tells how many there were.

    What the catalogue knows counts for more than what the file says of itself.
    """
    if known is not None and known.last_fingerprint is not None and _has_fingerprint(saved, known):
        return True
    if any(map(is_page, lost)):
        return False
    if known is not None and known.last_fingerprint is not None:
        return False
    if known is not None and known.last_page_count and len(saved) < known.last_page_count:
        return False
    return True if archive.is_complete else None


def _from_copies(
    context: OperationContext,
    archive: SalvagedZip,
    saved: Sequence[Fact],
    known: CatalogueFile,
) -> tuple[Path | None, Mapping[str, bytes]]:
    """The first copy that has all missing pages, and these under names that keep their order."""
    for copy in _copies(context, known):
        try:
            pages = read_metadata_members(copy, ()).page_facts
            missing = _missing(pages, saved)
            if sum(pages[at][1] for at in missing) > MAX_ADDED_BYTES:
                continue
            for names in _namings(archive, saved, pages, missing):
                added = [(name, *pages[at][1:]) for name, at in zip(names, missing, strict=True)]
                if _fit_together(saved, added, known):
                    contents = _contents(copy, [pages[at] for at in missing])
                    return copy, dict(zip(names, contents, strict=True))
        except (ArchiveError, FileMissing, StorageError):
            continue  # no use as a source; another copy may be
    return None, {}


def _missing(pages: Sequence[Fact], saved: Sequence[Fact]) -> list[int]:
    """Which of a copy's pages, by place, were not saved."""
    left = Counter((size, crc) for _, size, crc in saved)
    missing = []
    for place, (_, size, crc) in enumerate(pages):
        if left[size, crc]:
            left[size, crc] -= 1
        else:
            missing.append(place)
    return missing


def _namings(
    archive: SalvagedZip, saved: Sequence[Fact], pages: Sequence[Fact], missing: Sequence[int]
) -> Iterator[list[str]]:
    """Names for the missing pages, the most certain first: what is told of them, the copy's own,
    and at last names made of the page before.
    """
    listed = {
        (told.size_bytes, told.crc): name for name, told in archive.listed.items() if is_page(name)
    }
    told = [listed.get((pages[place][1], pages[place][2] or 0)) for place in missing]
    if None not in told:
        yield [name for name in told if name is not None]
    lost = in_reading_order(filter(is_page, archive.lost))
    if len(lost) == len(missing):
        yield lost
    yield [pages[place][0] for place in missing]
    names = {(size, crc): name for name, size, crc in saved}
    made: list[str] = []
    before = ""
    for place, (name, size, crc) in enumerate(pages):
        if place in missing:
            stem = before.rpartition(".")[0]
            made.append(f"{stem}~{place + 1:04}.{name.rpartition('.')[2]}")
        else:
            before = names.get((size, crc), before)
    yield made


def _fit_together(saved: Sequence[Fact], added: Sequence[Fact], known: CatalogueFile) -> bool:
    """Whether saved and added pages together, in reading order, are what the comic had."""
    facts = {fact[0]: fact for fact in (*saved, *added)}
    if len(facts) < len(saved) + len(added):
        return False
    return _has_fingerprint([facts[name] for name in in_reading_order(facts)], known)


def _has_fingerprint(pages: Sequence[Fact], known: CatalogueFile) -> bool:
    found = page_fingerprint(pages)
    return found is not None and bytes.fromhex(found) == known.last_fingerprint


def _copies(context: OperationContext, known: CatalogueFile) -> Iterator[Path]:
    if known.last_fingerprint is not None:
        others = context.duplicates.with_pages(known.last_fingerprint)
        yield from (Path(other) for other in others if other != known.path)


def _contents(copy: Path, facts: Sequence[Fact]) -> list[bytes]:
    """The pages out of `copy`, each with the size and CRC that it must have.

    Raises:
        DamagedArchive: one has not; and as `open_archive`.
    """
    found = []
    with open_archive(copy) as archive:
        for name, size_bytes, crc in facts:
            content = archive.read(name)
            if (zlib.crc32(content), len(content)) != (crc, size_bytes):
                raise DamagedArchive(f"{copy}: {name}: it is not the page that is missing")
            found.append(content)
    return found

"""Opens comics for reading: `open_archive` for everything in them, `read_metadata_members` for
tags and pages in the fastest way.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from operator import itemgetter
from pathlib import Path

from comicmaintainer.comics.archives.identification import identify, identify_open
from comicmaintainer.comics.archives.inner_comics import inner_comics, is_inner_comic
from comicmaintainer.comics.archives.joining import joined
from comicmaintainer.comics.archives.model import (
    ArchiveFormat,
    ComicArchive,
    Entry,
    Limits,
    PageFact,
)
from comicmaintainer.comics.archives.own_members import OwnMember, OwnMembers
from comicmaintainer.comics.archives.page_names import in_reading_order, is_page
from comicmaintainer.comics.archives.zip.zip_directory import ZipRecord
from comicmaintainer.comics.archives.zip.zip_members import (
    OWN_METHODS,
    PLAIN_METHODS,
    checked,
    stream_member,
)
from comicmaintainer.comics.archives.zip.zip_reader import (
    MAX_QUICK_MEMBER_BYTES,
    NotPlain,
    QuickRead,
    ZipReader,
    read_cbz_quickly,
)
from comicmaintainer.errors import EmptyArchive
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.os_errors import translated
from comicmaintainer.filesystem.regular_files import open_regular

DEFAULT_LIMITS = Limits()
LISTED_FORMATS = frozenset({ArchiveFormat.CBR, ArchiveFormat.PDF})

Members = dict[str, bytes]
Found = tuple[Members, list[PageFact], int]
"""The requested members, the pages, and how many members are comics."""


def open_archive(path: Path, limits: Limits = DEFAULT_LIMITS) -> ComicArchive:
    """Open the comic at `path` for reading, whatever its suffix says; use it in a `with` block.

    Raises:
        EmptyArchive, NotAnArchive, DamagedArchive, EncryptedArchive, HostileArchive,
        UnsupportedArchive, FileMissing, ReadOnlyStorage, StorageFailed.
    """
    return require_entries(_opened(path, identify(path), limits), path)


def require_entries(archive: ComicArchive, path: Path) -> ComicArchive:
    """Return the open archive, or close it if it is empty.

    Raises:
        EmptyArchive, and whatever listing its entries raises.
    """
    try:
        if not archive.entries:
            raise EmptyArchive("the archive is empty", path=path)
    except BaseException:
        archive.close()
        raise
    return archive


# The libraries are imported when a file needs them: a web worker, which reads few comics, stays
# small without PDFium and Pillow, and CBZ files can be read without libarchive.


def _opened(path: Path, kind: ArchiveFormat, limits: Limits) -> ComicArchive:
    if kind is ArchiveFormat.CBZ:
        return ZipReader(path, limits, fallback=_stream_by_libarchive)
    if kind is ArchiveFormat.PDF:
        from comicmaintainer.comics.archives.pdf.pdf_reader import PdfReader

        return PdfReader(path, limits)
    if kind is ArchiveFormat.CBR:
        from comicmaintainer.comics.archives.rar.rar_reader import RarReader

        return RarReader(path, limits)
    from comicmaintainer.comics.archives.libarchive_reader import LibarchiveReader

    return LibarchiveReader(path, kind, limits)


def stream_zip_member(path: Path, record: ZipRecord) -> Iterator[bytes]:
    """The content of one member of the CBZ at `path`, without reading its directory.

    Raises:
        DamagedArchive, EncryptedArchive, UnsupportedArchive, FileMissing, StorageFailed.
    """
    if record.method not in OWN_METHODS and not record.is_encrypted:
        yield from checked(_stream_by_libarchive(path, record), record, path=path)
        return
    try:
        descriptor = open_regular(path)
        try:
            yield from stream_member(descriptor, record, path=path)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise translated(error, path) from error


def _stream_by_libarchive(path: Path, record: ZipRecord) -> Iterator[bytes]:
    from comicmaintainer.comics.archives.zip.libarchive_member import stream_with_libarchive

    return stream_with_libarchive(path, record)


def read_metadata_members(
    path: Path, names: Collection[str], limits: Limits = DEFAULT_LIMITS
) -> QuickRead:
    """Read small members by usual name, the page list and the comment of the comic at `path`.

    Only members that describe the whole comic are read; see `own_members`.

    Two system reads for a CBZ, a few more for a CBR or PDF, one pass over the file for others.

    Raises:
        As `open_archive`.
    """
    try:
        descriptor = open_regular(path)
        try:
            kind = identify_open(descriptor, path)
            if kind is ArchiveFormat.CBZ:
                return read_cbz_quickly(descriptor, path, names, limits)
            identity = FileIdentity.of_stat(os.fstat(descriptor))
        finally:
            os.close(descriptor)
    except OSError as error:
        raise translated(error, path) from error
    return _read_slowly(path, identity, kind, names, limits)


def read_if_plain(
    path: Path, names: Collection[str], limits: Limits = DEFAULT_LIMITS
) -> QuickRead | None:
    """Like `read_metadata_members`, for a CBZ with plain members; None for every other comic.

    Raises:
        As `open_archive`.
    """
    try:
        descriptor = open_regular(path)
        try:
            if identify_open(descriptor, path) is not ArchiveFormat.CBZ:
                return None
            return read_cbz_quickly(descriptor, path, names, limits, methods=PLAIN_METHODS)
        finally:
            os.close(descriptor)
    except NotPlain:
        return None
    except OSError as error:
        raise translated(error, path) from error


def _read_slowly(
    path: Path,
    identity: FileIdentity,
    kind: ArchiveFormat,
    names: Collection[str],
    limits: Limits,
) -> QuickRead:
    """Like `read_metadata_members`, for a format that takes more than two system reads."""
    own = OwnMembers(names)
    with _opened(path, kind, limits) as archive:
        if kind in LISTED_FORMATS:
            members, facts, comics = _read_listed(archive, own)
        else:
            members, facts, comics = _read_in_one_pass(archive, path, own)
        comment = archive.comment
        information = getattr(archive, "information", {})
    if not (facts or members or comics):
        raise EmptyArchive("the archive is empty", path=path)
    ordered = tuple(in_reading_order(facts, itemgetter(0)))
    misplaced = tuple(name for each in _chosen(own, facts).values() for name in each.misplaced)
    return QuickRead(kind, identity, members, ordered, comment, information, comics, misplaced)


def _read_listed(archive: ComicArchive, own: OwnMembers) -> Found:
    """For formats that list their members first: only the needed ones are unpacked."""
    facts = [_fact(entry) for entry in archive.pages]
    for index, entry in enumerate(archive.entries):
        usual = own.usual_name(entry.name)
        if usual is not None:
            own.add(index, entry.name, usual)
    entries = [archive.entries[member.number] for member in _chosen(own, facts).values()]
    members = {e.name: archive.read(e, MAX_QUICK_MEMBER_BYTES) for e in entries}
    return members, facts, inner_comics(archive)


def _read_in_one_pass(archive: ComicArchive, path: Path, own: OwnMembers) -> Found:
    """For formats that must be read from the front."""
    contents: dict[str, tuple[str, bytes]] = {}
    facts: list[PageFact] = []
    comics = 0
    for index, (entry, chunks) in enumerate(archive.walk()):
        usual = own.usual_name(entry.name)
        if is_page(entry.name):
            facts.append(_fact(entry))
        elif usual is None:
            comics += is_inner_comic(entry.name)
        elif own.add(index, entry.name, usual):
            content = joined(chunks, MAX_QUICK_MEMBER_BYTES, path=path, member=entry.name)
            contents[usual] = (entry.name, content)
    return dict(contents[usual] for usual in _chosen(own, facts)), facts, comics


def _chosen(own: OwnMembers, facts: Sequence[PageFact]) -> dict[str, OwnMember]:
    return own.chosen(name for name, *_ in facts)


def _fact(entry: Entry) -> PageFact:
    return entry.name, entry.size_bytes or 0, entry.crc, entry.place

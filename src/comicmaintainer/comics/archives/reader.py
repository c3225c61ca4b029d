"""The doors to reading a comic: `open_archive` for everything in it, `read_metadata_members` for
tags and pages as fast as they can be had.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from comicmaintainer.comics.archives.identification import identify, identify_open
from comicmaintainer.comics.archives.model import ArchiveFormat, ComicArchive, Limits
from comicmaintainer.comics.archives.page_names import in_reading_order, is_page
from comicmaintainer.comics.archives.zip_reader import QuickRead, ZipReader, read_cbz_quickly
from comicmaintainer.errors import EmptyArchive
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.os_errors import translated

DEFAULT_LIMITS = Limits()


def open_archive(path: Path, limits: Limits = DEFAULT_LIMITS) -> ComicArchive:
    """Open the comic at `path` for reading, whatever its suffix says; use it in a `with` block.

    Raises:
        EmptyArchive, NotAnArchive, DamagedArchive, EncryptedArchive, HostileArchive,
        UnsupportedArchive, FileMissing, ReadOnlyStorage, StorageFailed.
    """
    archive = _opened(path, identify(path), limits)
    try:
        if not archive.entries:
            raise EmptyArchive(f"{path}: the archive has no members")
    except BaseException:
        archive.close()
        raise
    return archive


# The libraries are imported when a file needs them: a web worker, which reads few comics, stays
# small without PDFium and Pillow, and CBZ files can be read where libarchive is not installed.


def _opened(path: Path, kind: ArchiveFormat, limits: Limits) -> ComicArchive:
    if kind is ArchiveFormat.CBZ:
        return ZipReader(path, limits, fallback=_stream_by_libarchive)
    if kind is ArchiveFormat.PDF:
        from comicmaintainer.comics.archives.pdf_reader import PdfReader

        return PdfReader(path, limits)
    from comicmaintainer.comics.archives.libarchive_reader import LibarchiveReader

    return LibarchiveReader(path, kind, limits)


def _stream_by_libarchive(path: Path, name: str) -> Iterator[bytes]:
    from comicmaintainer.comics.archives.libarchive_reader import stream_zip_member

    return stream_zip_member(path, name)


def read_metadata_members(
    path: Path, names: Collection[str], limits: Limits = DEFAULT_LIMITS
) -> QuickRead:
    """Small members by lower-case base name, page list and comment of the comic at `path`.

    Two system reads for a CBZ, one pass over the file for other formats.

    Raises:
        As `open_archive`.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
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


def _read_slowly(
    path: Path,
    identity: FileIdentity,
    kind: ArchiveFormat,
    names: Collection[str],
    limits: Limits,
) -> QuickRead:
    """The same in one pass over a format that has no directory to look things up in."""
    members = {}
    facts = {}
    with _opened(path, kind, limits) as archive:
        for entry, chunks in archive.walk():
            if is_page(entry.name):
                facts[entry.name] = (entry.name, entry.size_bytes or 0, entry.crc)
            elif entry.name[entry.name.rfind("/") + 1 :].lower() in names:
                members[entry.name] = b"".join(chunks)
        information = getattr(archive, "information", {})
    if not facts and not members:
        raise EmptyArchive(f"{path}: the archive has no members")
    ordered = tuple(facts[name] for name in in_reading_order(facts))
    return QuickRead(kind, identity, members, ordered, b"", information)

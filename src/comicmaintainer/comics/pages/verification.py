"""Verifies a comic: reads every member, checks its CRC, and that every page can be decoded."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

from comicmaintainer.comics.archives.inner_comics import inner_comics, require_pages
from comicmaintainer.comics.archives.model import ArchiveFormat, Entry
from comicmaintainer.comics.archives.page_names import is_page
from comicmaintainer.comics.archives.reader import open_archive
from comicmaintainer.comics.archives.zip.zip_reader import ZipReader
from comicmaintainer.comics.images.decoding import MAX_PAGE_BYTES, check_image, probe_image
from comicmaintainer.comics.images.model import ImageFacts
from comicmaintainer.comics.pages.verify_report import MemberReport, VerifyReport
from comicmaintainer.errors import (
    ArchiveError,
    HostileArchive,
    TooCostly,
    UnsupportedArchive,
)
from comicmaintainer.filesystem.identity import FileIdentity


def verify_archive(path: Path) -> VerifyReport:
    """Read and check everything in the comic at `path`. Damage is reported, not raised.

    Raises:
        FileMissing, ReadOnlyStorage, StorageFailed.
    """
    identity = FileIdentity.of(path)
    members: list[MemberReport] = []
    kind = None
    fault = None
    try:
        with open_archive(path) as archive:
            kind = archive.format
            for entry, chunks in archive.walk():
                members.append(_member_report(path, entry, chunks, kind))
            require_pages(path, len(archive.pages), inner_comics(archive))
            if isinstance(archive, ZipReader):
                archive.require_places()
    except ArchiveError as error:
        fault = error.parts()
    return VerifyReport(path, identity, kind, tuple(members), fault)


def _member_report(
    path: Path, entry: Entry, chunks: Iterator[bytes], kind: ArchiveFormat
) -> MemberReport:
    # The reader of a CBZ compares the content with this checksum.
    known_crc = entry.crc if kind is ArchiveFormat.CBZ else None
    crc = size_bytes = 0
    parts = []
    wants_image = is_page(entry.name)
    try:
        for chunk in chunks:
            if known_crc is None:
                crc = zlib.crc32(chunk, crc)
            size_bytes += len(chunk)
            if wants_image:
                if size_bytes > MAX_PAGE_BYTES:
                    raise HostileArchive("it is too large for a page", member=entry.name)
                parts.append(chunk)
    except ArchiveError as error:
        fault = error.beside(path, entry.name)
        return MemberReport(entry.name, entry.place, None, None, None, fault)
    image: ImageFacts | None = None
    problem: str | None = None
    if wants_image:
        # The images of a PDF were decoded when its page was rendered.
        look = probe_image if kind is ArchiveFormat.PDF else check_image
        try:
            image = look(b"".join(parts), name=entry.name)
        except (UnsupportedArchive, TooCostly):
            image = None  # undamaged, but in a format that can't be decoded here
        except ArchiveError as error:
            problem = error.beside(path, entry.name)
    crc = crc if known_crc is None else known_crc
    return MemberReport(entry.name, entry.place, size_bytes, crc, image, problem)

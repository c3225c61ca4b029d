"""Verifies a comic: reads every member, checks its CRC, and decodes every page."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from comicmaintainer.comics.archives.inner_comics import inner_comics, require_pages
from comicmaintainer.comics.archives.model import ArchiveFormat, Entry, PageFact
from comicmaintainer.comics.archives.page_names import in_reading_order, is_page
from comicmaintainer.comics.archives.reader import open_archive
from comicmaintainer.comics.archives.zip.zip_reader import ZipReader
from comicmaintainer.comics.images.decoding import (
    MAX_PAGE_BYTES,
    ImageFacts,
    check_image,
    probe_image,
)
from comicmaintainer.errors import (
    ArchiveError,
    ComicMaintainerError,
    HostileArchive,
    TooCostly,
    UnsupportedArchive,
    error_of,
)
from comicmaintainer.filesystem.identity import FileIdentity


@dataclass(frozen=True, slots=True)
class MemberReport:
    """One member: its size, CRC and image facts (None if unreadable), and its problem.

    `problem` does not repeat the name of the file or the member.
    """

    name: str
    place: int
    size_bytes: int | None
    crc: int | None
    image: ImageFacts | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """One comic. `fault` has the parts of an error about the whole archive."""

    path: Path
    identity: FileIdentity
    format: ArchiveFormat | None
    members: tuple[MemberReport, ...]
    fault: Mapping[str, str] | None

    @property
    def is_sound(self) -> bool:
        return self.fault is None and not self.broken

    @property
    def error(self) -> ComicMaintainerError | None:
        return None if self.fault is None else error_of(self.fault)

    @property
    def broken(self) -> tuple[MemberReport, ...]:
        """The members that have a problem."""
        return tuple(member for member in self.members if member.problem is not None)

    @property
    def page_facts(self) -> tuple[PageFact, ...]:
        """The completely read pages, in reading order."""
        facts = [
            (member.name, member.size_bytes, member.crc, member.place)
            for member in self.members
            if member.size_bytes is not None and is_page(member.name)
        ]
        return tuple(in_reading_order(facts, itemgetter(0)))


def verify_archive(path: Path) -> VerifyReport:
    """Read and decode everything in the comic at `path`. Damage is reported, not raised.

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
    crc = size_bytes = 0
    parts = []
    wants_image = is_page(entry.name)
    try:
        for chunk in chunks:
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
    return MemberReport(entry.name, entry.place, size_bytes, crc, image, problem)

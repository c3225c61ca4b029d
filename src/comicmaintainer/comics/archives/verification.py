"""The health of a comic: every member read against its CRC, every page decoded.

The report's CRCs are the baseline of the next verification: where a file's time and size have not
changed but a CRC has, the disk has lost bits.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from comicmaintainer.comics.archives.model import ArchiveFormat, Entry
from comicmaintainer.comics.archives.page_names import is_page
from comicmaintainer.comics.archives.reader import open_archive
from comicmaintainer.comics.images import MAX_PAGE_BYTES, ImageFacts, check_image, probe_image
from comicmaintainer.errors import (
    ArchiveError,
    EmptyArchive,
    HostileArchive,
    TooCostly,
    UnsupportedArchive,
)
from comicmaintainer.filesystem.identity import FileIdentity


@dataclass(frozen=True, slots=True)
class MemberReport:
    """One member: what was read (None where it could not be), and what is wrong with it.

    `problem` does not name the file or the member again.
    """

    name: str
    size_bytes: int | None
    crc: int | None
    image: ImageFacts | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """One comic. `problem` concerns the archive as a whole."""

    path: Path
    identity: FileIdentity
    format: ArchiveFormat | None
    members: tuple[MemberReport, ...]
    problem: str | None

    @property
    def is_sound(self) -> bool:
        return self.problem is None and not self.broken

    @property
    def broken(self) -> tuple[MemberReport, ...]:
        """The members that have a problem."""
        return tuple(member for member in self.members if member.problem is not None)

    @property
    def baseline(self) -> dict[str, tuple[int, int]]:
        """name → (CRC-32, size in bytes) of what was read whole."""
        return {
            member.name: (member.crc, member.size_bytes)
            for member in self.members
            if member.crc is not None and member.size_bytes is not None
        }


def verify_archive(path: Path) -> VerifyReport:
    """Read and decode everything in the comic at `path`. Damage is reported, not raised.

    Raises:
        FileMissing, ReadOnlyStorage, StorageFailed.
    """
    identity = FileIdentity.of(path)
    members: list[MemberReport] = []
    kind = None
    problem = None
    try:
        with open_archive(path) as archive:
            kind = archive.format
            for entry, chunks in archive.walk():
                members.append(_member_report(path, entry, chunks, kind))
            if not archive.pages:
                raise EmptyArchive(f"{path}: it has no pages")
    except ArchiveError as error:
        problem = str(error)
    return VerifyReport(path, identity, kind, tuple(members), problem)


def bit_rot(report: VerifyReport, baseline: Mapping[str, tuple[int, int]]) -> tuple[str, ...]:
    """Names of members that are not what the baseline of the unchanged file says.

    Meaningful only where the file's size and mtime are those of the baseline.
    """
    found = report.baseline
    return tuple(name for name, facts in baseline.items() if found.get(name) != facts)


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
                    raise HostileArchive(f"{entry.name}: it is too large for a page")
                parts.append(chunk)
    except ArchiveError as error:
        return MemberReport(entry.name, None, None, None, _plain(error, path, entry.name))
    image = None
    problem = None
    if wants_image:
        # The images of a PDF were decoded when its page was made.
        look = probe_image if kind is ArchiveFormat.PDF else check_image
        try:
            image = look(b"".join(parts), name=entry.name)
        except (UnsupportedArchive, TooCostly):
            image = None  # a sound member that can't be looked into here
        except ArchiveError as error:
            problem = _plain(error, path, entry.name)
    return MemberReport(entry.name, size_bytes, crc, image, problem)


def _plain(error: ArchiveError, path: Path, name: str) -> str:
    return str(error).removeprefix(f"{path}: ").removeprefix(f"{name}: ")

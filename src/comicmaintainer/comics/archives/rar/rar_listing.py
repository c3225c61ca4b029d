"""Lists a RAR archive of either format from its headers.

Used by rar_reader, which decodes the members by other means. The headers are read here because
libarchive does not expose the CRCs, the archive comment, which members are only references to
others, and whether the archive is one of several volumes. Offsets and sizes in bytes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from comicmaintainer.comics.archives.model import Limits
from comicmaintainer.errors import DamagedArchive, HostileArchive, UnsupportedArchive

RAR4_SIGNATURE = b"Rar!\x1a\x07\x00"
RAR5_SIGNATURE = b"Rar!\x1a\x07\x01\x00"
READ_AHEAD_BYTES = 4096
MAX_COMMENT_BYTES = 256 << 10


class MemberKind(StrEnum):
    """What a file header describes."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"  # symbolic; never followed
    COPY = "copy"  # a reference to an earlier member, which has the data


@dataclass(frozen=True, slots=True)
class RarMember:
    """One file header. `ordinal` counts all headers from 0, including folders and links."""

    ordinal: int
    name: str
    kind: MemberKind
    size_bytes: int | None
    packed_bytes: int
    data_offset: int
    crc: int | None  # None if the archive has another checksum, or none
    is_stored: bool
    is_encrypted: bool
    copy_of: str = ""


@dataclass(frozen=True, slots=True)
class PackedComment:
    """An archive comment as stored; `header` is its whole header."""

    header: bytes
    data: bytes
    size_bytes: int
    is_stored: bool
    is_utf16: bool = False


@dataclass(frozen=True, slots=True)
class RarListing:
    """All file headers in the archive's order.

    `obstacle` is the end of a sentence on why libarchive can't read the archive; None if it can.
    """

    members: tuple[RarMember, ...]
    comment: PackedComment | None = None
    obstacle: str | None = None


class HeaderSource:
    """An open archive, read header by header within the limits."""

    def __init__(self, descriptor: int, path: Path, limits: Limits) -> None:
        self.path = path
        self.size_bytes = os.fstat(descriptor).st_size
        self._descriptor = descriptor
        self._limits = limits
        self._left_bytes = limits.max_directory_bytes
        self._block = b""
        self._block_at = 0

    def header(self, position: int, length: int) -> bytes:
        """The `length` bytes of a header at `position`.

        Raises:
            DamagedArchive: the file ends before that.
            HostileArchive: the headers together exceed the limit.
        """
        self._left_bytes -= length
        if self._left_bytes < 0:
            raise HostileArchive("its headers exceed the limits", path=self.path)
        start = position - self._block_at
        if start < 0 or start + length > len(self._block):
            block_bytes = max(length, READ_AHEAD_BYTES)
            self._block = os.pread(self._descriptor, block_bytes, position)
            self._block_at, start = position, 0
        header = self._block[start : start + length]
        if len(header) < length:
            raise self.cut_off()
        return header

    def data(self, position: int, length: int) -> bytes:
        """Data that belong to a header, such as a comment."""
        return os.pread(self._descriptor, length, position)

    def require_count(self, count: int) -> None:
        """Raises: HostileArchive for more entries than the limit."""
        if count > self._limits.max_entries:
            raise HostileArchive(
                f"it has more than {self._limits.max_entries} entries", path=self.path
            )

    def cut_off(self) -> DamagedArchive:
        return DamagedArchive("the archive is cut off", path=self.path)

    def damaged(self) -> DamagedArchive:
        return DamagedArchive("a header of the archive is damaged", path=self.path)

    def volume(self) -> UnsupportedArchive:
        return UnsupportedArchive(
            "it is one volume of a multi-volume RAR archive. Unpack all volumes "
            "with a RAR program and pack the pages as one CBZ",
            path=self.path,
        )


def read_listing(
    descriptor: int, path: Path, limits: Limits, parsers: Mapping[bytes, Parser], start: int = 0
) -> RarListing:
    """List the open RAR archive that begins at `start`; `parsers` are by signature.

    Raises:
        DamagedArchive, EncryptedArchive (its headers), UnsupportedArchive (one of several files),
        HostileArchive, OSError.
    """
    head = os.pread(descriptor, len(RAR5_SIGNATURE), start)
    source = HeaderSource(descriptor, path, limits)
    for signature, parser in parsers.items():
        if head.startswith(signature):
            return parser(source, start + len(signature))
    raise source.damaged()


Parser = Callable[[HeaderSource, int], RarListing]
"""Lists an archive whose first header is at the given offset."""

"""The terms of comic archives: formats, entries, limits, and the interface of an open archive.

Names inside an archive are POSIX `str`, whatever separator the archive uses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, Self


class ArchiveFormat(StrEnum):
    """The format of a file's content, regardless of its suffix."""

    CBZ = "cbz"
    CBR = "cbr"
    CB7 = "cb7"
    CBT = "cbt"
    PDF = "pdf"

    @property
    def is_taggable(self) -> bool:
        """Whether tags can be written into archives of this format."""
        return self is ArchiveFormat.CBZ


@dataclass(frozen=True, slots=True)
class Entry:
    """One file inside an archive. Sizes that the format does not list are None.

    `place` counts the archive's records from 0 in their order. It distinguishes members with the
    same name, which ZIP and tar allow.
    """

    name: str
    size_bytes: int | None
    compressed_bytes: int | None
    crc: int | None
    place: int


PageFact = tuple[str, int, int | None, int]
"""A page's name, size in bytes, CRC-32 and place (see `Entry`). A plain tuple, because a scan makes
one for every page of a library."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The resources an archive may use; one that exceeds them is a `HostileArchive`."""

    max_entries: int = 20_000
    max_member_bytes: int = 512 << 20
    max_total_bytes: int = 32 << 30
    max_ratio: int = 250  # uncompressed over compressed, for members above `ratio_from_bytes`
    ratio_from_bytes: int = 64 << 20
    max_directory_bytes: int = 16 << 20


class ComicArchive(Protocol):
    """An archive open for reading; a context manager.

    `entries` are the files in the archive's order, without folders and links. `pages` are its
    images in reading order, including all with the same name. `links` are symbolic links, devices
    and the like, which are never followed. `comment` is the archive comment as bytes, empty if the
    format has none.
    """

    @property
    def format(self) -> ArchiveFormat: ...

    @property
    def entries(self) -> tuple[Entry, ...]: ...

    @property
    def pages(self) -> tuple[Entry, ...]: ...

    @property
    def links(self) -> tuple[str, ...]: ...

    @property
    def comment(self) -> bytes: ...

    def read(self, entry: Entry, max_bytes: int | None = None) -> bytes:
        """The whole member, checked against its CRC.

        Raises:
            HostileArchive: it is larger than `max_bytes` (or the limits).
            DamagedArchive, EncryptedArchive, UnsupportedArchive.
        """
        ...

    def stream(self, entry: Entry) -> Iterator[bytes]:
        """The member in chunks of at most 1 MiB; a wrong CRC raises after the last one."""
        ...

    def walk(self) -> Iterator[tuple[Entry, Iterator[bytes]]]:
        """Every member once in the archive's order with its chunks: one pass, for solid archives.

        The chunks must be read before the next member is requested.
        """
        ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...

"""Finds an archive that follows other data, such as a self-extracting program.

A signature counts only if the header after it has a correct checksum, because the program's own
data may contain the signature. Formats: technote.txt of RAR 4.20, "RAR 5.0 archive format"
(rarlab.com), 7zFormat.txt. Offsets in bytes.
"""

from __future__ import annotations

import io
import os
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from comicmaintainer.comics.archives.model import ArchiveFormat

SEARCHED_BYTES = 2 << 20  # as far as unrar looks
SEVEN_ZIP = b"7z\xbc\xaf\x27\x1c"
RAR4 = b"Rar!\x1a\x07\x00"
RAR5 = b"Rar!\x1a\x07\x01\x00"
FIRST_HEADER_BYTES = 4096
RAR4_MAIN, RAR4_MAIN_BYTES = 0x73, 13
CONTINUES = 0x80  # a RAR 5 number continues in the next byte


def find_archive(descriptor: int) -> tuple[ArchiveFormat, int] | None:
    """Format and offset of the first RAR or 7z archive near the start of the open file, if any.

    Raises:
        OSError.
    """
    data = os.pread(descriptor, SEARCHED_BYTES + FIRST_HEADER_BYTES, 0)
    candidates = [
        (offset, kind)
        for signature, kind, is_header in _SIGNATURES
        for offset in _offsets(data, signature)
        if is_header(data[offset + len(signature) :][:FIRST_HEADER_BYTES])
    ]
    if not candidates:
        return None
    offset, kind = min(candidates)
    return kind, offset


def start_of(descriptor: int, kind: ArchiveFormat) -> int:
    """The offset at which the archive of this format begins in the open file.

    Raises:
        OSError.
    """
    if kind is ArchiveFormat.CBT:
        return 0
    head = os.pread(descriptor, len(RAR5), 0)
    if any(kind is each and head.startswith(signature) for signature, each, _ in _SIGNATURES):
        return 0
    archive = find_archive(descriptor)
    return archive[1] if archive is not None and archive[0] is kind else 0


class FileFrom(io.RawIOBase):
    """A view of an open file that starts at an offset."""

    def __init__(self, descriptor: int, start: int) -> None:
        self._descriptor = descriptor
        self._start = start
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = os.preadv(self._descriptor, [buffer], self._start + self._position)
        self._position += count
        return count

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = {
            os.SEEK_SET: 0,
            os.SEEK_CUR: self._position,
            os.SEEK_END: os.fstat(self._descriptor).st_size - self._start,
        }[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        return self._position


def _offsets(data: bytes, signature: bytes) -> Iterator[int]:
    offset = data.find(signature, 0, SEARCHED_BYTES)
    while offset >= 0:
        yield offset
        offset = data.find(signature, offset + 1, SEARCHED_BYTES)


def _is_rar4_header(data: bytes) -> bool:
    checksum = int.from_bytes(data[:2], "little")
    covered = data[2:RAR4_MAIN_BYTES]
    return data[2:3] == bytes([RAR4_MAIN]) and zlib.crc32(covered) & 0xFFFF == checksum


def _is_rar5_header(data: bytes) -> bool:
    size = shift = 0
    for at in range(4, min(8, len(data))):
        size |= (data[at] & ~CONTINUES) << shift
        shift += 7
        if not data[at] & CONTINUES:
            return zlib.crc32(data[4 : at + 1 + size]) == int.from_bytes(data[:4], "little")
    return False


def _is_7z_header(data: bytes) -> bool:
    return len(data) >= 26 and zlib.crc32(data[6:26]) == int.from_bytes(data[2:6], "little")


_SIGNATURES: tuple[tuple[bytes, ArchiveFormat, Callable[[bytes], bool]], ...] = (
    (RAR4, ArchiveFormat.CBR, _is_rar4_header),
    (RAR5, ArchiveFormat.CBR, _is_rar5_header),
    (SEVEN_ZIP, ArchiveFormat.CB7, _is_7z_header),
)

"""Reads ZIP members in compressions that only libarchive supports, such as xz and Zstandard.

Used by `reader`. libarchive receives each member as if it were the only one of an archive; given
the whole archive, it would read past all other members each time.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import libarchive
from libarchive.exception import ArchiveError as LibarchiveError

from comicmaintainer.comics.archives.libarchive_reader import blocks_of, meaning_of
from comicmaintainer.comics.archives.zip.zip_directory import (
    LOCAL_HEADER,
    LOCAL_SIGNATURE,
    ZipRecord,
)
from comicmaintainer.comics.archives.zip.zip_members import data_offset
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.filesystem.regular_files import open_regular

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK_BYTES = 64 << 10
VERSION_NEEDED = 63
METHOD_FLAGS = 0x06  # what bits 1 and 2 mean depends on the method
NAME = b"member"


def stream_with_libarchive(path: Path, record: ZipRecord) -> Iterator[bytes]:
    """The content of one member of the ZIP at `path`, not yet checked against its record.

    Raises:
        UnsupportedArchive: libarchive does not support its compression either.
        DamagedArchive, TooCostly, StorageError.
    """
    with storage_errors(path):
        descriptor = open_regular(path)
    try:
        with storage_errors(path):
            start = data_offset(descriptor, record, path=path)
        source = _OneMember(descriptor, record, start)
        try:
            with libarchive.stream_reader(
                source, "zip_streamable", "none", block_size=BLOCK_BYTES
            ) as archive:
                for _ in archive:
                    yield from blocks_of(archive)
                    return
        except LibarchiveError as error:
            raise meaning_of(error, path, record.name) from error
    finally:
        os.close(descriptor)


class _OneMember(io.RawIOBase):
    """The bytes of a ZIP with only this member and no directory."""

    def __init__(self, descriptor: int, record: ZipRecord, start: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._head = LOCAL_HEADER.pack(
            LOCAL_SIGNATURE,
            VERSION_NEEDED,
            record.flags & METHOD_FLAGS,
            record.method,
            0,
            0,
            record.crc,
            record.compressed_bytes,
            record.size_bytes,
            len(NAME),
            0,
        )
        self._head += NAME
        self._position = start
        self._end = start + record.compressed_bytes

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        if self._head:
            count = min(len(view), len(self._head))
            view[:count] = self._head[:count]
            self._head = self._head[count:]
            return count
        count = min(len(view), self._end - self._position)
        block = os.pread(self._descriptor, max(0, count), self._position)
        view[: len(block)] = block
        self._position += len(block)
        return len(block)

"""Reads the content of ZIP members: located by their local header, decompressed within bounds.

Stored, deflate, bzip2 and LZMA use the standard library; deflate64 and the oldest methods use
`rare_methods`; others use libarchive if it supports them. Output is limited to the declared size.
"""

from __future__ import annotations

import bz2
import lzma
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from comicmaintainer.comics.archives.zip import rare_methods
from comicmaintainer.comics.archives.zip.zip_directory import (
    LOCAL_HEADER,
    LOCAL_SIGNATURE,
    ZipRecord,
)
from comicmaintainer.errors import DamagedArchive, EncryptedArchive, UnsupportedArchive

STORED = 0
DEFLATED = 8
BZIP2 = 12
LZMA = 14
METHOD_NAMES = {93: "zstd", 95: "xz", 98: "PPMd"}
PLAIN_METHODS = frozenset({STORED, DEFLATED})
"""Methods read with little memory, in a time that depends only on the file and its bounds."""
OWN_METHODS = PLAIN_METHODS | {BZIP2, LZMA} | rare_methods.NAMES.keys()

CHUNK_BYTES = 1 << 20
LOCAL_SLACK_BYTES = 128  # for the local extra field, so that one read covers a small member


class Decompressor(Protocol):
    """The interface that zlib, bz2 and lzma objects share."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def data_offset(descriptor: int, record: ZipRecord, *, path: Path) -> int:
    """The offset of the member's data.

    Raises:
        DamagedArchive: there is no local header at the recorded place.
    """
    header = os.pread(descriptor, LOCAL_HEADER.size, record.offset)
    return record.offset + local_length(header, record, path=path)


def local_length(header: bytes, record: ZipRecord, *, path: Path) -> int:
    """Length of the local header with its name and extra field."""
    if len(header) < LOCAL_HEADER.size or not header.startswith(LOCAL_SIGNATURE):
        raise DamagedArchive("its local header is missing", path=path, member=record.name)
    name_length, extra_length = struct.unpack_from("<HH", header, 26)
    return LOCAL_HEADER.size + int(name_length) + int(extra_length)


def require_readable(record: ZipRecord, *, path: Path) -> None:
    """Refuse a member that can't be read here.

    Raises:
        EncryptedArchive, UnsupportedArchive.
    """
    if record.is_encrypted:
        raise EncryptedArchive("it needs a password", path=path, member=record.name)
    if record.method not in OWN_METHODS:
        name = METHOD_NAMES.get(record.method, f"method {record.method}")
        raise UnsupportedArchive(f"compression {name} can't be read", path=path, member=record.name)


def read_small(descriptor: int, record: ZipRecord, *, path: Path) -> bytes:
    """Read a whole small member with one system read, and check its size and CRC.

    The caller has checked `record.size_bytes` against its limit.

    Raises:
        DamagedArchive, EncryptedArchive, UnsupportedArchive.
    """
    require_readable(record, path=path)
    want = LOCAL_HEADER.size + len(record.raw_name) + LOCAL_SLACK_BYTES + record.compressed_bytes
    if want > CHUNK_BYTES or record.method not in (STORED, DEFLATED):
        return b"".join(stream_member(descriptor, record, path=path))
    block = os.pread(descriptor, want, record.offset)
    start = local_length(block, record, path=path)
    data = block[start : start + record.compressed_bytes]
    if len(data) < record.compressed_bytes:
        data += os.pread(
            descriptor, record.compressed_bytes - len(data), record.offset + start + len(data)
        )
    if record.method == DEFLATED:
        data = _inflated(data, record, path)
    if len(data) != record.size_bytes or zlib.crc32(data) != record.crc:
        raise DamagedArchive("its checksum is wrong", path=path, member=record.name)
    return data


def read_head(descriptor: int, record: ZipRecord, count: int, *, path: Path) -> bytes:
    """At most the first `count` bytes of a stored or deflated member, from one read, unchecked.

    Raises:
        DamagedArchive, EncryptedArchive, UnsupportedArchive.
    """
    require_readable(record, path=path)
    if record.method not in (STORED, DEFLATED):
        return next(stream_member(descriptor, record, path=path), b"")[:count]
    want = LOCAL_HEADER.size + len(record.raw_name) + LOCAL_SLACK_BYTES + count
    block = os.pread(descriptor, want, record.offset)
    start = local_length(block, record, path=path)
    data = block[start : start + min(count, record.compressed_bytes)]
    if record.method == STORED:
        return data
    try:
        return zlib.decompressobj(-15).decompress(data, count)
    except zlib.error as error:
        raise DamagedArchive(
            f"its data are damaged ({error})", path=path, member=record.name
        ) from error


def _inflated(data: bytes, record: ZipRecord, path: Path) -> bytes:
    try:
        return zlib.decompressobj(-15).decompress(data, record.size_bytes + 1)
    except zlib.error as error:
        raise DamagedArchive(
            f"its data are damaged ({error})", path=path, member=record.name
        ) from error


def stream_member(descriptor: int, record: ZipRecord, *, path: Path) -> Iterator[bytes]:
    """The member in chunks; size and CRC are checked after the last one.

    Raises:
        DamagedArchive, EncryptedArchive, UnsupportedArchive.
    """
    require_readable(record, path=path)
    position = data_offset(descriptor, record, path=path)
    try:
        yield from checked(_decoded(descriptor, record, position, path), record, path=path)
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, struct.error) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise DamagedArchive(
            f"its data are damaged ({error})", path=path, member=record.name
        ) from error


def checked(chunks: Iterator[bytes], record: ZipRecord, *, path: Path) -> Iterator[bytes]:
    """Pass the chunks of a member on; compare size and CRC with its record after the last one.

    Raises:
        DamagedArchive, and whatever `chunks` raises.
    """
    crc = count = 0
    for chunk in chunks:
        count += len(chunk)
        if count > record.size_bytes:
            break
        crc = zlib.crc32(chunk, crc)
        yield chunk
    if count != record.size_bytes or crc != record.crc:
        raise DamagedArchive("its checksum is wrong", path=path, member=record.name)


def _decoded(descriptor: int, record: ZipRecord, position: int, path: Path) -> Iterator[bytes]:
    end = position + record.compressed_bytes
    if record.method == STORED:
        yield from _blocks(descriptor, position, end)
        return
    if record.method in rare_methods.NAMES:
        yield from rare_methods.unpacked(descriptor, record, position, path)
        return
    if record.method == LZMA:
        head = os.pread(descriptor, 4, position)
        properties_bytes = struct.unpack("<H", head[2:4])[0]
        properties = os.pread(descriptor, properties_bytes, position + 4)
        decompressor: Decompressor = lzma.LZMADecompressor(
            lzma.FORMAT_RAW, filters=[_lzma_filter(properties)]
        )
        position += 4 + properties_bytes
    elif record.method == BZIP2:
        decompressor = bz2.BZ2Decompressor()
    else:
        decompressor = zlib.decompressobj(-15)
    yield from _pumped(decompressor, _blocks(descriptor, position, end))


def _blocks(descriptor: int, position: int, end: int) -> Iterator[bytes]:
    while position < end:
        block = os.pread(descriptor, min(CHUNK_BYTES, end - position), position)
        if not block:
            return
        position += len(block)
        yield block


def _pumped(decompressor: Decompressor, blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Decompress at most CHUNK_BYTES at a time, so that a bomb can't fill the memory."""
    for block in blocks:
        pending = block
        while True:
            if getattr(decompressor, "eof", False):
                return
            chunk = decompressor.decompress(pending, CHUNK_BYTES)
            if chunk:
                yield chunk
            # zlib returns unused input; bz2 and lzma keep it and report that.
            pending = getattr(decompressor, "unconsumed_tail", b"")
            if not pending and (
                len(chunk) < CHUNK_BYTES or getattr(decompressor, "needs_input", False)
            ):
                break


def _lzma_filter(properties: bytes) -> dict[str, int]:
    """The raw filter for a ZIP member's LZMA properties (lzma-specification, 'LZMA properties')."""
    if len(properties) < 5:
        raise lzma.LZMAError("its LZMA properties are cut off")
    first = properties[0]
    dictionary_bytes = int.from_bytes(properties[1:5], "little")
    if first >= 9 * 5 * 5 or dictionary_bytes > 64 << 20:
        raise lzma.LZMAError("its LZMA properties are out of bounds")
    first, lc = divmod(first, 9)
    pb, lp = divmod(first, 5)
    return {
        "id": lzma.FILTER_LZMA1,
        "dict_size": max(dictionary_bytes, 4096),
        "lc": lc,
        "lp": lp,
        "pb": pb,
    }

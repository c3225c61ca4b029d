"""Reads ZIP members in compressions that no library here supports: Deflate64 and older ones.

Used by zip_members, which compares size and CRC. Deflate64 data that is also valid Deflate is
read as Deflate. Everything else goes through the program unar, which receives the member as the
only one of an archive made for it, so neither its name nor the rest of the archive matters.
Offsets and sizes in bytes.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from comicmaintainer.comics.archives.rar.unar_pass import ADVICE, is_available, unar_pass
from comicmaintainer.comics.archives.zip.zip_directory import (
    END_SIGNATURE,
    LOCAL_SIGNATURE,
    RECORD_SIGNATURE,
    ZipRecord,
)
from comicmaintainer.errors import UnsupportedArchive

DEFLATE64 = 9
NAMES = {
    1: "shrink", 2: "reduce", 3: "reduce", 4: "reduce", 5: "reduce", 6: "implode",
    DEFLATE64: "deflate64",
}  # fmt: skip
MAX_PACKED_BYTES = 32 << 20  # a packed member is in memory twice
MAX_TRIED_BYTES = 64 << 20  # and, while tried as Deflate, also unpacked
MEMORY_FILE = "comicmaintainer-member"
MEMBER_NAME = b"member"
VERSION = 21
OPTION_FLAGS = 0b110  # for implode: the size of its dictionary, and its trees

# APPNOTE 4.3.7, 4.3.12 and 4.3.16, without their signatures: one member with a made-up name.
_COMMON = struct.Struct("<HHHHHIII")  # version, flags, method, time, date, CRC, packed size, size
_END = struct.Struct("<HHHHIIH")


def unpacked(descriptor: int, record: ZipRecord, position: int, path: Path) -> Iterator[bytes]:
    """Unpack the member whose data begin at `position`; the caller checks size and CRC.

    Raises:
        UnsupportedArchive: unar is needed but not installed, or the member is too large for it.
        DamagedArchive, StorageFailed.
    """
    if record.compressed_bytes > MAX_PACKED_BYTES:
        raise UnsupportedArchive(
            f"it is too large to be read in its compression ({NAMES[record.method]})",
            path=path,
            member=record.name,
        )
    packed = os.pread(descriptor, record.compressed_bytes, position)
    whole = _as_deflate(packed, record) if record.method == DEFLATE64 else None
    if whole is not None:
        yield whole
        return
    if not is_available():
        raise UnsupportedArchive(
            f"compression {NAMES[record.method]} can't be read. To read it, {ADVICE}",
            path=path,
            member=record.name,
        )
    alone = os.memfd_create(MEMORY_FILE, os.MFD_CLOEXEC)
    try:
        with open(alone, "wb", closefd=False) as archive:
            archive.writelines(_archive_of(packed, record))
        with unar_pass(alone, path, [0]) as running:
            yield from running.take(record.size_bytes)
    finally:
        os.close(alone)


def _as_deflate(packed: bytes, record: ZipRecord) -> bytes | None:
    """The member read as Deflate; None if its size or CRC differs."""
    if record.size_bytes > MAX_TRIED_BYTES:
        return None
    try:
        content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, record.size_bytes + 1)
    except zlib.error:
        return None
    is_it = len(content) == record.size_bytes and zlib.crc32(content) == record.crc
    return content if is_it else None


def _archive_of(packed: bytes, record: ZipRecord) -> tuple[bytes, ...]:
    """A ZIP with this one member, in parts."""
    common = _COMMON.pack(
        VERSION,
        record.flags & OPTION_FLAGS,
        record.method,
        0,
        0,
        record.crc,
        len(packed),
        record.size_bytes,
    )
    length = struct.pack("<HH", len(MEMBER_NAME), 0)
    head = LOCAL_SIGNATURE + common + length + MEMBER_NAME
    listed = (
        RECORD_SIGNATURE
        + struct.pack("<H", VERSION)
        + common
        + length
        + bytes(14)  # comment, disk, attributes, and the offset of the one member
        + MEMBER_NAME
    )
    at = len(head) + len(packed)
    return head, packed, listed, END_SIGNATURE + _END.pack(0, 0, 1, 1, len(listed), at, 0)

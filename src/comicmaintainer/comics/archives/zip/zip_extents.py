"""Where each member of a ZIP begins and ends, proven by what stands there.

Asked before an archive is rewritten, and by verification: so what is called sound can be written.
A member is where the directory says if its local header, or the descriptor behind its data, has the
CRC and the sizes of its record, or else if its content has. Names are not compared: local headers
spell them with other separators and in other encodings, and doubled names would prove nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from comicmaintainer.comics.archives.zip.zip_directory import (
    FLAG_DESCRIPTOR,
    LOCAL_HEADER,
    MAX_32,
    Directory,
    ZipRecord,
)
from comicmaintainer.comics.archives.zip.zip_members import local_length, stream_member
from comicmaintainer.errors import DamagedArchive, EncryptedArchive, UnsupportedArchive

DESCRIPTOR_SIGNATURE = b"PK\x07\x08"
DESCRIPTOR_MAX_BYTES = 24


def member_extents(
    descriptor: int, directory: Directory, records: Sequence[ZipRecord], *, path: Path
) -> dict[int, int]:
    """Local header offset → end of data and descriptor, for every member.

    Raises:
        DamagedArchive: a local header is missing or belongs to another member, or members overlap.
    """
    extents = {}
    previous_end = 0
    for record in sorted(records, key=lambda one: one.offset):
        if record.offset < previous_end:
            raise DamagedArchive("another member reaches into it", path=path, member=record.name)
        end = _proven_end(descriptor, record, path)
        if end is None:
            raise DamagedArchive(
                "something else is where it should be in the archive", path=path, member=record.name
            )
        if end > directory.offset:
            raise DamagedArchive("it reaches into the directory", path=path, member=record.name)
        extents[record.offset] = previous_end = end
    return extents


def is_in_place(descriptor: int, record: ZipRecord, *, path: Path) -> bool:
    """Tell whether the member is where its record says."""
    try:
        return _proven_end(descriptor, record, path) is not None
    except DamagedArchive:
        return False


def _proven_end(descriptor: int, record: ZipRecord, path: Path) -> int | None:
    """Where the member ends with its descriptor, None where another one is in its place."""
    head = os.pread(descriptor, LOCAL_HEADER.size + len(record.raw_name), record.offset)
    end = record.offset + local_length(head, record, path=path) + record.compressed_bytes
    behind = 0
    if record.flags & FLAG_DESCRIPTOR:
        behind = _descriptor_bytes(os.pread(descriptor, DESCRIPTOR_MAX_BYTES, end), record)
    if behind or _agrees(head, record) or _has_content(descriptor, head, record, path):
        return end + behind
    return None


def _agrees(head: bytes, record: ZipRecord) -> bool:
    """Tell whether a local header has the record's CRC and sizes; wide sizes stand elsewhere."""
    *_, crc, compressed_bytes, size_bytes, _, _ = LOCAL_HEADER.unpack_from(head)
    return (
        crc == record.crc
        and compressed_bytes in (record.compressed_bytes, MAX_32)
        and size_bytes in (record.size_bytes, MAX_32)
    )


def _has_content(descriptor: int, head: bytes, record: ZipRecord, path: Path) -> bool:
    """Tell whether the content is the record's; what can't be decoded must have its name."""
    try:
        for _ in stream_member(descriptor, record, path=path):
            pass
    except (EncryptedArchive, UnsupportedArchive):
        return head[LOCAL_HEADER.size :] == record.raw_name
    except DamagedArchive:
        return False
    return True


def _descriptor_bytes(found: bytes, record: ZipRecord) -> int:
    """Length of the data descriptor, which has four forms, or 0 where there is none."""
    crc = record.crc.to_bytes(4, "little")
    widths = (4, 8) if max(record.compressed_bytes, record.size_bytes) <= MAX_32 else (8,)
    for signature in (DESCRIPTOR_SIGNATURE, b""):
        for width in widths:
            sizes = record.compressed_bytes.to_bytes(width, "little") + record.size_bytes.to_bytes(
                width, "little"
            )
            if found.startswith(signature + crc + sizes):
                return len(signature) + 4 + 2 * width
    return 0

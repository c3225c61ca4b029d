"""Finds where each member of a ZIP begins and ends, and verifies it.

Used before an archive is rewritten, and by verification, so an archive that passes verification
can be rewritten. A member's place is correct if its local header, or the descriptor after its
data, has the CRC and the sizes of its record, or else if its content has. Names are not compared:
local headers may use other separators and encodings, and duplicate names would prove nothing.
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
            raise DamagedArchive("another member overlaps it", path=path, member=record.name)
        end = _proven_end(descriptor, record, path)
        if end is None:
            raise DamagedArchive(
                "something else is at its place in the archive", path=path, member=record.name
            )
        if end > directory.offset:
            raise DamagedArchive("it overlaps the directory", path=path, member=record.name)
        extents[record.offset] = previous_end = end
    return extents


def is_in_place(descriptor: int, record: ZipRecord, *, path: Path) -> bool:
    """Whether the member is at the place in its record."""
    try:
        return _proven_end(descriptor, record, path) is not None
    except DamagedArchive:
        return False


def _proven_end(descriptor: int, record: ZipRecord, path: Path) -> int | None:
    """The member's end with its descriptor, None if another member is in its place."""
    head = os.pread(descriptor, LOCAL_HEADER.size + len(record.raw_name), record.offset)
    end = record.offset + local_length(head, record, path=path) + record.compressed_bytes
    descriptor_bytes = 0
    if record.flags & FLAG_DESCRIPTOR:
        descriptor_bytes = _descriptor_bytes(
            os.pread(descriptor, DESCRIPTOR_MAX_BYTES, end), record
        )
    if descriptor_bytes or _agrees(head, record) or _has_content(descriptor, head, record, path):
        return end + descriptor_bytes
    return None


def _agrees(head: bytes, record: ZipRecord) -> bool:
    """Whether a local header has the record's CRC and sizes; 64-bit sizes are stored elsewhere."""
    *_, crc, compressed_bytes, size_bytes, _, _ = LOCAL_HEADER.unpack_from(head)
    return (
        crc == record.crc
        and compressed_bytes in (record.compressed_bytes, MAX_32)
        and size_bytes in (record.size_bytes, MAX_32)
    )


def _has_content(descriptor: int, head: bytes, record: ZipRecord, path: Path) -> bool:
    """Whether the content is the record's; if it can't be decoded, the names must be equal."""
    try:
        for _ in stream_member(descriptor, record, path=path):
            pass
    except (EncryptedArchive, UnsupportedArchive):
        return head[LOCAL_HEADER.size :] == record.raw_name
    except DamagedArchive:
        return False
    return True


def _descriptor_bytes(descriptor: bytes, record: ZipRecord) -> int:
    """Length of the data descriptor, which has four forms, or 0 if there is none."""
    crc = record.crc.to_bytes(4, "little")
    widths = (4, 8) if max(record.compressed_bytes, record.size_bytes) <= MAX_32 else (8,)
    for signature in (DESCRIPTOR_SIGNATURE, b""):
        for width in widths:
            sizes = record.compressed_bytes.to_bytes(width, "little") + record.size_bytes.to_bytes(
                width, "little"
            )
            if descriptor.startswith(signature + crc + sizes):
                return len(signature) + 4 + 2 * width
    return 0

"""The layout of a changed ZIP: pure functions of the old directory and the changes.

`appended_tail` returns what an append writes after the old end; `rewritten` returns the whole new
archive as pieces, most of them ranges of the old one. Members that stay are never recompressed:
their headers and data are copied unchanged.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from comicmaintainer.comics.archives.edits.edit import MemberChange
from comicmaintainer.comics.archives.zip.zip_directory import (
    END,
    END64,
    END64_SIGNATURE,
    END_SIGNATURE,
    EXTRA_ZIP64,
    FLAG_UTF8,
    LOCAL_HEADER,
    LOCAL_SIGNATURE,
    LOCATOR64,
    LOCATOR64_SIGNATURE,
    MAX_16,
    MAX_32,
    RECORD,
    RECORD_SIGNATURE,
    Directory,
    ZipRecord,
)
from comicmaintainer.comics.archives.zip.zip_members import DEFLATED, STORED

BLOCK_BYTES = 4096
SECTOR_BYTES = 512
VERSION = 20
VERSION_ZIP64 = 45
MADE_BY_UNIX = 3 << 8 | VERSION
REGULAR_FILE_0644 = 0o100644 << 16
DEFLATE_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Copied:
    """A range of the old archive, copied unchanged."""

    offset: int
    length: int


Piece = Copied | bytes


@dataclass(frozen=True, slots=True)
class Tail:
    """What an append writes: `body` at `offset`, then `end_record` directly after it."""

    offset: int  # the start of a block, at or after the old end
    body: bytes
    end_record: bytes

    @property
    def size_bytes(self) -> int:
        """The archive's new length."""
        return self.offset + len(self.body) + len(self.end_record)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A whole new archive: pieces up to its directory, then `ending`, directory and end record."""

    pieces: tuple[Piece, ...]
    directory_offset: int
    ending: bytes

    @property
    def size_bytes(self) -> int:
        return self.directory_offset + len(self.ending)


def packed_change(
    name: str, content: bytes | None, *, place: int | None = None, is_compressible: bool = True
) -> MemberChange:
    """The change that gives member `name` this content, deflated if that is smaller."""
    if content is None:
        return MemberChange(name, None, place=place)
    crc = zlib.crc32(content)
    if is_compressible:
        compressor = zlib.compressobj(DEFLATE_LEVEL, zlib.DEFLATED, -15)
        deflated = compressor.compress(content) + compressor.flush()
        if len(deflated) < len(content):
            return MemberChange(name, deflated, DEFLATED, crc, len(content), place)
    return MemberChange(name, content, STORED, crc, len(content), place)


def appended_tail(
    directory: Directory,
    records: Sequence[ZipRecord],
    changes: Sequence[MemberChange],
    modified_dos: int,
) -> Tail:
    """New members, a new directory and a new end record, to follow the old end.

    They begin on a new block, so no block of the old archive is rewritten. Padding comes only
    before the directory, because readers expect the end record right after it. It puts the end
    record within one sector, which a disk writes entirely or not at all.
    """
    start = aligned(directory.file_size, BLOCK_BYTES)
    parts: list[bytes] = []
    offsets = {}
    offset = start
    for index, change in enumerate(changes):
        if change.data is not None:
            offsets[index] = offset
            member = local_member(change, modified_dos)
            parts.append(member)
            offset += len(member)
    listing, count = _listing(records, changes, offsets, {}, modified_dos)
    listing_end = offset + len(listing)
    overhang = listing_end % SECTOR_BYTES + END.size - SECTOR_BYTES
    padding = SECTOR_BYTES - listing_end % SECTOR_BYTES if overhang > 0 else 0
    parts.extend((bytes(padding), listing))
    end_record = end_records(count, len(listing), offset + padding, b"")
    return Tail(start, b"".join(parts), end_record)


def rewritten(
    directory: Directory,
    records: Sequence[ZipRecord],
    extents: Mapping[int, int],
    changes: Sequence[MemberChange],
    modified_dos: int,
) -> Rewritten:
    """The whole new archive.

    `extents` maps a member's local header offset to the end of its data and descriptor. The
    `directory.shift` bytes before the first member are kept; dead bytes between members and after
    the end record are dropped.
    """
    changed = changed_places(records, changes)
    pieces: list[Piece] = []
    offset = 0
    if directory.shift:
        pieces.append(Copied(0, directory.shift))
        offset = directory.shift
    moved = {}
    for place in sorted(range(len(records)), key=lambda place: records[place].offset):
        record = records[place]
        if place in changed:
            continue
        length = extents[record.offset] - record.offset
        moved[record.offset] = offset
        _extend(pieces, Copied(record.offset, length))
        offset += length
    offsets = {}
    for index, change in enumerate(changes):
        if change.data is not None:
            offsets[index] = offset
            member = local_member(change, modified_dos)
            pieces.append(member)
            offset += len(member)
    listing, count = _listing(records, changes, offsets, moved, modified_dos)
    ending = listing + end_records(count, len(listing), offset, directory.comment)
    return Rewritten(tuple(pieces), offset, ending)


def _extend(pieces: list[Piece], piece: Copied) -> None:
    last = pieces[-1] if pieces else None
    if isinstance(last, Copied) and last.offset + last.length == piece.offset:
        pieces[-1] = Copied(last.offset, last.length + piece.length)
    else:
        pieces.append(piece)


def changed_places(records: Sequence[ZipRecord], changes: Sequence[MemberChange]) -> dict[int, int]:
    """The places of members that are changed or removed → the index of their change."""
    by_place = {c.place: index for index, c in enumerate(changes) if c.place is not None}
    by_name = {c.name: index for index, c in enumerate(changes) if c.place is None}
    named = {p: by_name[r.name] for p, r in enumerate(records) if r.name in by_name}
    return named | by_place


def _listing(
    records: Sequence[ZipRecord],
    changes: Sequence[MemberChange],
    offsets: Mapping[int, int],
    moved: Mapping[int, int],
    modified_dos: int,
) -> tuple[bytes, int]:
    """The directory's bytes and count: a changed member keeps its place, new members come last.

    `offsets` maps the index of a change to its member's offset, `moved` an old offset to the new.
    """
    changed = changed_places(records, changes)
    pending = dict(offsets)
    parts = []
    for place, record in enumerate(records):
        index = changed.get(place)
        if index is None:
            target = moved.get(record.offset)
            parts.append(record.raw if target is None else record_at(record, target))
        elif index in pending:
            parts.append(_new_record(changes[index], pending.pop(index), modified_dos))
    parts.extend(_new_record(changes[i], offset, modified_dos) for i, offset in pending.items())
    return b"".join(parts), len(parts)


def local_member(change: MemberChange, modified_dos: int) -> bytes:
    """A member's bytes in the archive: local header, name, data."""
    data = change.data or b""
    flags, name = _encoded(change.name)
    header = LOCAL_HEADER.pack(
        LOCAL_SIGNATURE, VERSION, flags, change.method, modified_dos & MAX_16, modified_dos >> 16,
        change.crc, len(data), change.size_bytes, len(name), 0,
    )  # fmt: skip
    return header + name + data


def _new_record(change: MemberChange, offset: int, modified_dos: int) -> bytes:
    return directory_record(
        change.name,
        method=change.method,
        crc=change.crc,
        compressed_bytes=len(change.data or b""),
        size_bytes=change.size_bytes,
        offset=offset,
        modified_dos=modified_dos,
    )


def directory_record(
    name: str,
    *,
    method: int,
    crc: int,
    compressed_bytes: int,
    size_bytes: int,
    offset: int,
    modified_dos: int,
) -> bytes:
    """A directory record for a member written here."""
    flags, raw_name = _encoded(name)
    extra = b"" if offset < MAX_32 else struct.pack("<HHQ", EXTRA_ZIP64, 8, offset)
    header = RECORD.pack(
        RECORD_SIGNATURE, MADE_BY_UNIX, VERSION_ZIP64 if extra else VERSION, flags, method,
        modified_dos & MAX_16, modified_dos >> 16, crc, compressed_bytes, size_bytes,
        len(raw_name), len(extra), 0, 0, 0, REGULAR_FILE_0644, min(offset, MAX_32),
    )  # fmt: skip
    return header + raw_name + extra


def record_at(record: ZipRecord, offset: int) -> bytes:
    """The record's bytes with another offset, and with a Zip64 field only if needed."""
    raw = record.raw
    fields = list(RECORD.unpack_from(raw))
    name_length, extra_length = fields[10], fields[11]
    name_end = RECORD.size + name_length
    had_zip64 = MAX_32 in (fields[8], fields[9], fields[16])
    if not had_zip64 and offset < MAX_32:
        fields[16] = offset
        return RECORD.pack(*fields) + raw[RECORD.size :]
    extra = _without_field(raw[name_end : name_end + extra_length], EXTRA_ZIP64)
    wide = b""
    for index, value in ((9, record.size_bytes), (8, record.compressed_bytes), (16, offset)):
        fields[index] = min(value, MAX_32)
        if value >= MAX_32:
            wide += value.to_bytes(8, "little")
    if wide:
        extra = struct.pack("<HH", EXTRA_ZIP64, len(wide)) + wide + extra
        fields[2] = max(fields[2], VERSION_ZIP64)
    fields[11] = len(extra)
    comment = raw[name_end + extra_length :]
    return RECORD.pack(*fields) + record.raw_name + extra + comment


def end_records(count: int, length: int, offset: int, comment: bytes) -> bytes:
    """The end of an archive whose directory has `count` records, `length` bytes at `offset`."""
    wide = b""
    if count >= MAX_16 or length >= MAX_32 or offset >= MAX_32:
        wide = END64.pack(
            END64_SIGNATURE, END64.size - 12, VERSION_ZIP64, VERSION_ZIP64, 0, 0, count, count,
            length, offset,
        ) + LOCATOR64.pack(LOCATOR64_SIGNATURE, 0, offset + length, 1)  # fmt: skip
    end = END.pack(
        END_SIGNATURE, 0, 0, min(count, MAX_16), min(count, MAX_16), min(length, MAX_32),
        min(offset, MAX_32), len(comment),
    )  # fmt: skip
    return wide + end + comment


def aligned(offset: int, unit: int) -> int:
    """The first multiple of `unit` at or after `offset`."""
    return -(-offset // unit) * unit


def dos_time(year: int, month: int, day: int, hour: int, minute: int, second: int) -> int:
    """A local time in ZIP's packed form: date in the upper 16 bits, two-second steps."""
    date = (min(max(year, 1980), 2107) - 1980) << 9 | month << 5 | day
    return date << 16 | hour << 11 | minute << 5 | second // 2


def _encoded(name: str) -> tuple[int, bytes]:
    raw = name.encode("utf-8")
    return (0 if raw.isascii() else FLAG_UTF8), raw


def _without_field(extra: bytes, field_id: int) -> bytes:
    kept = b""
    position = 0
    while position + 4 <= len(extra):
        number, length = struct.unpack_from("<HH", extra, position)
        if number != field_id:
            kept += extra[position : position + 4 + length]
        position += 4 + length
    return kept

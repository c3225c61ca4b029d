"""Finds and parses a ZIP's central directory (PKWARE APPNOTE 6.3.10).

Pure parsing over positional reads of an open file, without state or writes. The reader, the
strategies and the writers build on it. Offsets are from the start of the file, even if other data
precedes the archive.
"""

from __future__ import annotations

import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from comicmaintainer.comics.archives.model import Limits
from comicmaintainer.errors import DamagedArchive, HostileArchive

LOCAL_SIGNATURE = b"PK\x03\x04"
RECORD_SIGNATURE = b"PK\x01\x02"
END_SIGNATURE = b"PK\x05\x06"
END64_SIGNATURE = b"PK\x06\x06"
LOCATOR64_SIGNATURE = b"PK\x06\x07"

LOCAL_HEADER = struct.Struct("<4sHHHHHIIIHH")
RECORD = struct.Struct("<4sHHHHHHIIIHHHHHII")
# Of a record: flags, method, CRC, both sizes, lengths of name, extra field and comment, offset.
RECORD_FACTS = struct.Struct("<8xHH4xIIIHHH8xI")
END = struct.Struct("<4sHHHHIIH")
LOCATOR64 = struct.Struct("<4sIQI")
END64 = struct.Struct("<4sQHHIIQQQQ")

FLAG_ENCRYPTED = 0x0001
FLAG_DESCRIPTOR = 0x0008
FLAG_UTF8 = 0x0800
FLAG_MASKED = 0x2000
EXTRA_ZIP64 = 0x0001
EXTRA_UNICODE_PATH = 0x7075
MAX_16 = 0xFFFF
MAX_32 = 0xFFFFFFFF
MAX_LOCAL_HEADER_BYTES = LOCAL_HEADER.size + 2 * MAX_16

NEAR_TAIL_BYTES = 8 << 10
SEARCH_TAIL_BYTES = 1 << 20  # every other reader stops at 65,557 bytes


@dataclass(frozen=True, slots=True)
class Directory:
    """The end of a ZIP: the bytes of its central directory, and the data around it."""

    file_size: int
    offset: int  # of the central directory
    records: bytes
    count: int  # what the end record says; there may be more
    end_offset: int  # of the end record (22 bytes and the comment)
    comment: bytes
    is_zip64: bool
    shift: int  # added to stored offsets: the number of bytes in front of the archive

    @property
    def end(self) -> int:
        """The offset right after the archive."""
        return self.end_offset + END.size + len(self.comment)

    @property
    def trailing_bytes(self) -> int:
        """Bytes after the archive: an unfinished append, or other programs' data."""
        return self.file_size - self.end


class ZipRecord(NamedTuple):
    """One record of the central directory, with its bytes for writers to copy.

    A named tuple, because each write makes hundreds, and a frozen dataclass takes three times as
    long.
    """

    name: str
    flags: int
    method: int
    crc: int
    compressed_bytes: int
    size_bytes: int
    offset: int  # of the local header
    raw: bytes
    raw_name: bytes

    @property
    def is_encrypted(self) -> bool:
        return bool(self.flags & (FLAG_ENCRYPTED | FLAG_MASKED))

    @property
    def is_folder(self) -> bool:
        return self.name.endswith("/")


def read_directory(
    descriptor: int, limits: Limits, *, path: Path, size_bytes: int | None = None
) -> Directory:
    """Find and read the central directory of the open file; `path` names it in messages.

    With `size_bytes`, the file is read as if it ended there.

    An end record counts only if its directory exists, so a torn tail after a complete archive does
    not hide the archive. Data may precede the archive, but not members: then the archive that ends
    here is inside another one, which is cut off.

    Raises:
        DamagedArchive: no end record, none that leads to a directory, or one of an inner archive.
        HostileArchive: the directory exceeds the limits.
        OSError.
    """
    size = os.fstat(descriptor).st_size if size_bytes is None else size_bytes
    for length in (NEAR_TAIL_BYTES, SEARCH_TAIL_BYTES):
        start = max(0, size - length)
        tail = os.pread(descriptor, size - start, start)
        position = tail.rfind(END_SIGNATURE)
        while position >= 0:
            directory = _directory_at(descriptor, tail, start, position, size, limits, path)
            if directory is not None:
                return directory
            position = tail.rfind(END_SIGNATURE, 0, position)
        if start == 0:
            break
    raise DamagedArchive("the archive is cut off: its central directory is missing", path=path)


def _directory_at(
    descriptor: int,
    tail: bytes,
    start: int,
    position: int,
    size: int,
    limits: Limits,
    path: Path,
) -> Directory | None:
    if position + END.size > len(tail):
        return None
    _, disk, first_disk, _, count, length, offset, comment_length = END.unpack_from(tail, position)
    end_offset = start + position
    if end_offset + END.size + comment_length > size:
        return None
    records_end = end_offset
    is_zip64 = MAX_16 in (disk, first_disk, count) or MAX_32 in (length, offset)
    if is_zip64:
        zip64 = _zip64_end(descriptor, end_offset)
        if zip64 is None:
            is_zip64 = False
        else:
            count, length, offset, records_end = zip64
    elif disk != first_disk:
        raise DamagedArchive("it is one part of a multi-part archive", path=path)
    shift = records_end - length - offset
    if shift < 0 or length < count * RECORD.size:
        return None
    require_few_entries(count, limits, path=path)
    if length > limits.max_directory_bytes:
        raise HostileArchive(
            f"its directory has {length} bytes, more than the limit of "
            f"{limits.max_directory_bytes}",
            path=path,
        )
    at = records_end - length
    if at >= start and not is_zip64:
        records = tail[at - start : at - start + length]
    else:
        records = os.pread(descriptor, length, at)
    if len(records) != length or (count and not records.startswith(RECORD_SIGNATURE)):
        return None
    if shift and _is_inside_another(descriptor, shift):
        raise DamagedArchive(
            "the archive is cut off: the end that is left belongs to an archive inside it",
            path=path,
        )
    comment = tail[position + END.size : position + END.size + comment_length]
    return Directory(size, at, records, count, end_offset, comment, is_zip64, shift)


def require_few_entries(count: int, limits: Limits, *, path: Path) -> None:
    """Refuse a directory of too many entries.

    Raises:
        HostileArchive.
    """
    if count > limits.max_entries:
        raise HostileArchive(
            f"it has {count} entries, more than the limit of {limits.max_entries}", path=path
        )


def _is_inside_another(descriptor: int, start: int) -> bool:
    """Whether the archive that begins at `start` > 0 is a member of another one.

    It is if the file begins with a member, unlike a self-extracting program, or if a member's
    header ends right at `start`.
    """
    if os.pread(descriptor, len(LOCAL_SIGNATURE), 0) == LOCAL_SIGNATURE:
        return True
    begin = max(0, start - MAX_LOCAL_HEADER_BYTES)
    before = os.pread(descriptor, start - begin, begin)
    position = before.rfind(LOCAL_SIGNATURE)
    while position >= 0:
        if position + LOCAL_HEADER.size <= len(before):
            *_, name_bytes, extra_bytes = LOCAL_HEADER.unpack_from(before, position)
            if position + LOCAL_HEADER.size + name_bytes + extra_bytes == len(before):
                return True
        position = before.rfind(LOCAL_SIGNATURE, 0, position)
    return False


def _zip64_end(descriptor: int, end_offset: int) -> tuple[int, int, int, int] | None:
    """(count, length, offset, where the directory ends), if there is a Zip64 end record."""
    locator_at = end_offset - LOCATOR64.size
    if locator_at < 0:
        return None
    locator = os.pread(descriptor, LOCATOR64.size, locator_at)
    if not locator.startswith(LOCATOR64_SIGNATURE):
        return None
    stored_at = LOCATOR64.unpack(locator)[2]
    # With data in front of the archive the stored place is too early; then look right before.
    for at in (stored_at, locator_at - END64.size):
        if 0 <= at <= locator_at - END64.size:
            record = os.pread(descriptor, END64.size, at)
            if record.startswith(END64_SIGNATURE):
                *_, count, length, offset = END64.unpack(record)
                return count, length, offset, at
    return None


def parse_records(directory: Directory, *, path: Path) -> tuple[ZipRecord, ...]:
    """The records of the directory, in its order.

    There may be more than the end record counts: a writer without Zip64 counts modulo 65,536.

    Raises:
        DamagedArchive: a record is cut off or invalid.
    """
    data = directory.records
    shift = directory.shift
    unpack = RECORD_FACTS.unpack_from
    records: list[ZipRecord] = []
    position = 0
    while len(records) < directory.count or data.startswith(RECORD_SIGNATURE, position):
        if position + RECORD.size > len(data) or not data.startswith(RECORD_SIGNATURE, position):
            raise DamagedArchive("the central directory is damaged", path=path)
        (flags, method, crc, compressed, size, name_length, extra_length, comment_length,
         offset) = unpack(data, position)  # fmt: skip
        name_at = position + RECORD.size
        name_end = name_at + name_length
        end = name_end + extra_length + comment_length
        if end > len(data):
            raise DamagedArchive("the central directory is damaged", path=path)
        raw_name = data[name_at:name_end]
        extra = data[name_end : name_end + extra_length] if extra_length else b""
        if MAX_32 in (size, compressed, offset):
            size, compressed, offset = zip64_values(extra, size, compressed, offset)
        name = decoded_name(raw_name, flags, extra)
        raw = data[position:end]
        records.append(
            ZipRecord(name, flags, method, crc, compressed, size, offset + shift, raw, raw_name)
        )
        position = end
    return tuple(records)


def decoded_name(raw: bytes, flags: int, extra: bytes = b"") -> str:
    """The decoded name, with POSIX separators.

    UTF-8 if flagged, if Info-ZIP's Unicode extra field says so, or if the bytes are valid UTF-8
    (macOS sets no flag); code page 437 otherwise. Backslashes separate folders too.
    """
    if raw.isascii():
        name = raw.decode("ascii")
    else:
        name = _unicode_path(raw, extra) or _utf8_or_cp437(raw, flags)
    return name.replace("\\", "/") if "\\" in name else name


def _utf8_or_cp437(raw: bytes, flags: int) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace") if flags & FLAG_UTF8 else raw.decode("cp437")


def _unicode_path(raw: bytes, extra: bytes) -> str | None:
    field = _extra_field(extra, EXTRA_UNICODE_PATH)
    if field is None or len(field) < 5 or field[0] != 1:
        return None
    if int.from_bytes(field[1:5], "little") != zlib.crc32(raw):
        return None
    return field[5:].decode("utf-8", "replace")


def zip64_values(extra: bytes, size: int, compressed: int, offset: int = 0) -> tuple[int, int, int]:
    """The three values, replaced by those in the Zip64 extra field (4.5.3) where it has them."""
    field = _extra_field(extra, EXTRA_ZIP64) or b""
    values = []
    for value in (size, compressed, offset):
        if value == MAX_32 and len(field) >= 8:
            values.append(int.from_bytes(field[:8], "little"))
            field = field[8:]
        else:
            values.append(value)
    return values[0], values[1], values[2]


def _extra_field(extra: bytes, field_id: int) -> bytes | None:
    position = 0
    while position + 4 <= len(extra):
        number, length = struct.unpack_from("<HH", extra, position)
        if number == field_id:
            return extra[position + 4 : position + 4 + length]
        position += 4 + length
    return None

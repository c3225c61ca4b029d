"""Reads a run of directory records in a damaged ZIP, anywhere in the file.

Nothing is trusted here; the caller compares a run with the members that were found. PKWARE
APPNOTE 6.3.10, 4.3.12 to 4.3.16.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from comicmaintainer.comics.archives.zip.zip_directory import (
    END,
    END64,
    END64_SIGNATURE,
    END_SIGNATURE,
    LOCATOR64,
    MAX_32,
    RECORD,
    RECORD_FACTS,
    RECORD_SIGNATURE,
    decoded_name,
    zip64_values,
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A member as its record describes it. `offset` is the stored value."""

    name: str
    size_bytes: int
    crc: int
    offset: int


@dataclass(frozen=True, slots=True)
class DirectoryRun:
    """Consecutive records from `start` to `end`.

    `stored_offset` is their place according to the end record after them, None if there is no end
    record with the right count. `ends_file` is true if nothing follows the end record, `comment`
    is the archive's.
    """

    start: int
    end: int
    listed: tuple[Listed, ...]
    stored_offset: int | None
    ends_file: bool
    comment: bytes

    def shift(self, places: Mapping[str, Collection[int]]) -> int | None:
        """The difference between the headers' offsets, `places` by name, and the stored offsets.

        The end record's value is used if it fits any header, else the value that fits most; None
        if none fits.
        """
        if self.stored_offset is not None:
            shift = self.start - self.stored_offset
            if any(each.offset + shift in places.get(each.name, ()) for each in self.listed):
                return shift
        met = Counter(
            place - each.offset for each in self.listed for place in places.get(each.name, ())
        )
        return met.most_common(1)[0][0] if met else None


def read_run(descriptor: int, start: int, size_bytes: int, max_records: int) -> DirectoryRun | None:
    """The records from `start` on in a file of this size; None if they exceed `max_records`.

    Raises:
        OSError.
    """
    listed: list[Listed] = []
    position = start
    while True:
        record = os.pread(descriptor, RECORD.size, position)
        if not record.startswith(RECORD_SIGNATURE) or len(record) < RECORD.size:
            break
        if len(listed) >= max_records:
            return None
        flags, _, crc, compressed, size, name_bytes, extra_bytes, note_bytes, offset = (
            RECORD_FACTS.unpack_from(record)
        )
        varied = os.pread(descriptor, name_bytes + extra_bytes, position + RECORD.size)
        extra = varied[name_bytes:]
        if MAX_32 in (size, compressed, offset):
            size, compressed, offset = zip64_values(extra, size, compressed, offset)
        listed.append(Listed(decoded_name(varied[:name_bytes], flags, extra), size, crc, offset))
        position += RECORD.size + name_bytes + extra_bytes + note_bytes
    stored, ends_at, comment = _ending(descriptor, position, len(listed))
    return DirectoryRun(start, position, tuple(listed), stored, ends_at == size_bytes, comment)


def _ending(descriptor: int, position: int, count: int) -> tuple[int | None, int | None, bytes]:
    """From the end record at `position`: the directory's offset, the archive's end, its comment."""
    wide = os.pread(descriptor, END64.size, position)
    stored = None
    if wide.startswith(END64_SIGNATURE) and len(wide) == END64.size:
        _, length, *_, record_count, _, stored = END64.unpack(wide)
        if record_count != count:
            return None, None, b""
        position += 12 + length + LOCATOR64.size
    record = os.pread(descriptor, END.size, position)
    if not record.startswith(END_SIGNATURE) or len(record) < END.size:
        return None, None, b""
    *_, record_count, _, offset, comment_bytes = END.unpack(record)
    if stored is None:
        if record_count != count:
            return None, None, b""
        stored = offset
    comment = os.pread(descriptor, comment_bytes, position + END.size)
    return stored, position + END.size + comment_bytes, comment

"""What a run of directory records in a damaged ZIP says, wherever in the file it stands.

Nothing is believed here: what a run is worth shows when it is compared with the members that were
found. PKWARE APPNOTE 6.3.10, 4.3.12 to 4.3.16.
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
    """What a record says of its member. `offset` is as stored."""

    name: str
    size_bytes: int
    crc: int
    offset: int


@dataclass(frozen=True, slots=True)
class DirectoryRun:
    """Records that follow each other from `start` to `end`.

    `stored_offset` is where the end record behind them says that they are, None where there is no
    end record of as many records. `ends_file` says that nothing comes after that, `comment` is the
    archive's.
    """

    start: int
    end: int
    listed: tuple[Listed, ...]
    stored_offset: int | None
    ends_file: bool
    comment: bytes

    def shift(self, places: Mapping[str, Collection[int]]) -> int | None:
        """What must be added to the stored offsets to meet the headers at `places`, by name.

        What the end record says counts if it meets any, else what meets most; None if nothing does.
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
    """The records from `start` on in a file of this size; None where there are more than allowed.

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
    """The offset that the end record at `position` tells, where the archive ends, its comment."""
    wide = os.pread(descriptor, END64.size, position)
    stored = None
    if wide.startswith(END64_SIGNATURE) and len(wide) == END64.size:
        _, length, *_, told, _, stored = END64.unpack(wide)
        if told != count:
            return None, None, b""
        position += 12 + length + LOCATOR64.size
    record = os.pread(descriptor, END.size, position)
    if not record.startswith(END_SIGNATURE) or len(record) < END.size:
        return None, None, b""
    *_, told, _, offset, comment_bytes = END.unpack(record)
    if stored is None:
        if told != count:
            return None, None, b""
        stored = offset
    comment = os.pread(descriptor, comment_bytes, position + END.size)
    return stored, position + END.size + comment_bytes, comment

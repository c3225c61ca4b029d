"""Reads the log that all processes write: the newest records, older ones, those that came since.

Used by the web and by support bundles. The rotated files are read as one log. A place in it is the
inode of a file and an offset in bytes, so it stays right when files are renamed. Nothing is kept
between two calls, and a call reads `MOST_BYTES` at most.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import IO

from comicmaintainer.errors import InvalidInput
from comicmaintainer.logs import OLD_LOGS, without_secrets

MOST_BYTES = 8 << 20
"""What one call reads at most; a search goes on from the place where it stopped."""
_BLOCK_BYTES = 64 << 10
_LONGEST_TEXT = 20_000
_HEAD = re.compile(
    rb"(?P<at>\d{4}-\d\d-\d\dT\S{10,24}) (?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL) "
    rb"(?P<process>[\w ./:-]{1,80})\[(?P<id>\d{1,10})\] (?P<logger>[\w.]{1,200}): "
)


class Level(StrEnum):
    """How serious a record is, from the least to the most."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


_ORDER = list(Level)


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One record. `message` is its line, `more` what stands below it: a traceback.

    `place` is where it begins: an inode and an offset.
    """

    place: str
    at: float
    level: Level
    process: str
    process_id: int
    logger: str
    message: str
    more: str


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Records of at least `level`, of the process named so, with all the words in their text."""

    level: Level = Level.DEBUG
    process: str | None = None
    words: tuple[str, ...] = ()

    def matches(self, record: LogRecord) -> bool:
        """Return whether the record is one of these. Upper and lower case are the same."""
        if _ORDER.index(record.level) < _ORDER.index(self.level):
            return False
        if self.process is not None and record.process != self.process:
            return False
        if not self.words:
            return True
        text = f"{record.logger}: {record.message}\n{record.more}".casefold()
        return all(word.casefold() in text for word in self.words)


@dataclass(frozen=True, slots=True)
class LogPage:
    """Records, oldest first; where older ones begin, if there may be some; where the log ends."""

    records: list[LogRecord]
    older: str | None
    end: str


@dataclass(frozen=True, slots=True)
class _Place:
    """An offset in the file with this inode."""

    inode: int
    offset: int

    @classmethod
    def read(cls, text: str, name: str) -> _Place:
        inode, _, offset = text.partition("-")
        if not (inode.isdecimal() and offset.isdecimal() and len(text) <= 40 and text.isascii()):
            raise InvalidInput(
                f"{name!r} can't be {text!r}: it is a place that an earlier answer named.",
                field=name,
            )
        return cls(int(inode), int(offset))

    def __str__(self) -> str:
        return f"{self.inode}-{self.offset}"


class _Files:
    """The open files of the log, oldest first."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        found: dict[int, tuple[IO[bytes], int]] = {}
        # The newest first: what is rotated meanwhile is then met again under its older name.
        for each in (path, *(path.with_name(f"{path.name}.{n + 1}") for n in range(OLD_LOGS))):
            try:
                file = stack.enter_context(each.open("rb"))
            except FileNotFoundError:
                continue
            status = os.fstat(file.fileno())
            found.setdefault(status.st_ino, (file, status.st_size))
        self.inodes = list(reversed(found))
        self.of = found

    @property
    def end(self) -> _Place:
        inode = self.inodes[-1] if self.inodes else 0
        return _Place(inode, self.of[inode][1] if self.inodes else 0)

    def up_to(self, place: _Place) -> list[tuple[int, int]]:
        """Return (inode, end) of what is before the place, newest first; [] if it is gone."""
        if place.inode not in self.of:
            return []
        at = self.inodes.index(place.inode)
        older = [(inode, self.of[inode][1]) for inode in self.inodes[:at]]
        return [(place.inode, min(place.offset, self.of[place.inode][1])), *reversed(older)]

    def before(self, place: _Place) -> Iterator[tuple[_Place, bytes]]:
        """Yield where the records before the place begin, and their text, newest first."""
        for inode, end in self.up_to(place):
            for start, text in _backwards(self.of[inode][0], end):
                yield _Place(inode, start), text

    def since(self, place: _Place) -> list[tuple[int, int]]:
        """Return (inode, start) of what is after the place, oldest first; all if it is gone."""
        if place.inode not in self.of:
            return [(inode, 0) for inode in self.inodes]
        at = self.inodes.index(place.inode)
        return [(place.inode, place.offset), *((inode, 0) for inode in self.inodes[at + 1 :])]


class LogReader:
    """Reads the log at `path`. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def newest(self, wanted: LogFilter, limit: int, *, before: str | None = None) -> LogPage:
        """Return the newest records, or the newest before a place.

        Raises:
            InvalidInput: `before` is not a place.
            OSError: the log can't be read.
        """
        with ExitStack() as stack:
            files = _Files(self._path, stack)
            place = files.end if before is None else _Place.read(before, "before")
            records: list[LogRecord] = []
            older: _Place | None = None
            left = MOST_BYTES
            for older, text in files.before(place):
                left -= len(text)
                record = _record_of(text, older)
                if record is not None and wanted.matches(record):
                    records.append(record)
                if len(records) == limit or left < 0:
                    break
            else:
                older = None
            records.reverse()
            return LogPage(records, None if older is None else str(older), str(files.end))

    def since(self, wanted: LogFilter, limit: int, place: str) -> LogPage:
        """Return the first records after a place; the end of the page is where to go on.

        If the place is no longer there, the whole log is after it.

        Raises:
            InvalidInput: that is not a place.
            OSError: the log can't be read.
        """
        after = _Place.read(place, "after")
        with ExitStack() as stack:
            files = _Files(self._path, stack)
            records: list[LogRecord] = []
            left = MOST_BYTES
            for inode, start in files.since(after):
                after = _Place(inode, start)
                for end, text in _forwards(files.of[inode][0], start, files.of[inode][1]):
                    left -= len(text)
                    record = _record_of(text, after)
                    if record is not None and wanted.matches(record):
                        records.append(record)
                    after = _Place(inode, end)
                    if len(records) == limit or left < 0:
                        return LogPage(records, None, str(after))
            return LogPage(records, None, str(after))


def _record_of(text: bytes, place: _Place) -> LogRecord | None:
    """Return the record of its lines, or None for lines of which the head is missing."""
    head = _HEAD.match(text)
    if head is None:
        return None
    try:
        at = datetime.fromisoformat(head["at"].decode()).timestamp()
    except ValueError:
        return None
    rest = without_secrets(text[head.end() : head.end() + _LONGEST_TEXT].decode("utf-8", "replace"))
    message, _, more = rest.partition("\n")
    return LogRecord(
        str(place),
        at,
        Level(head["level"].decode().lower()),
        head["process"].decode(),
        int(head["id"]),
        head["logger"].decode(),
        message,
        more.rstrip("\n"),
    )


def _backwards(file: IO[bytes], end: int) -> Iterator[tuple[int, bytes]]:
    """Yield (start, text) of the records before `end`, newest first."""
    rest, start = b"", end
    while start > 0:
        size = min(_BLOCK_BYTES, start)
        start -= size
        block = os.pread(file.fileno(), size, start) + rest
        heads = _heads(block, at_line=start == 0)
        for head in reversed(heads):
            yield start + head, block[head:]
            block = block[:head]
        # What is left begins in an older block. A record without an end is not kept growing.
        rest = block if len(block) < MOST_BYTES else b""


def _forwards(file: IO[bytes], start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Yield (end, text) of the whole records from `start` on, oldest first."""
    rest, at = b"", start
    while at < end:
        block = rest + os.pread(file.fileno(), min(_BLOCK_BYTES, end - at), at)
        begin = at - len(rest)
        at = begin + len(block)
        cuts = [head for head in _heads(block, at_line=True) if head]
        done = 0
        for cut in [*cuts, len(block)] if at >= end or len(block) > MOST_BYTES else cuts:
            yield begin + cut, block[done:cut]
            done = cut
        rest = block[done:]


def _heads(block: bytes, *, at_line: bool) -> list[int]:
    """Return where records begin in the block; at its first byte only if a line begins there."""
    found = [0] if at_line and _HEAD.match(block) else []
    at = block.find(b"\n")
    while at >= 0:
        if _HEAD.match(block, at + 1):
            found.append(at + 1)
        at = block.find(b"\n", at + 1)
    return found

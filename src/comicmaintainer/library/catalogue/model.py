"""The values of the catalogue: a file's facts and its row, and pages of rows.

Paths are absolute str, times UTC epoch seconds, file times nanoseconds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, Self

from comicmaintainer.database.stored_values import known_member, stored_object
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.stored_numbers import is_stored_form, stored_number


class FileState(StrEnum):
    """The state of a file in ComicMaintainer's work.

    A scan sets `unprocessed` (new, or its pages changed) and `failed` (unreadable); jobs set
    `identified`, `processed`, `duplicate`, `conflict` and `failed`. A failed file is tried again
    when it changes or when a job processes it. A duplicate or a conflict becomes `unprocessed` when
    the other file leaves the library; a conflict also when either of the two gets another name.
    """

    UNPROCESSED = "unprocessed"
    IDENTIFIED = "identified"  # a source's tags are in it; not processed since
    PROCESSED = "processed"
    DUPLICATE = "duplicate"  # another file has the same pages, or was marked as looking the same
    CONFLICT = "conflict"  # another comic has the name that this one should get
    FAILED = "failed"


class DuplicateBy(StrEnum):
    """How a file was recognised as a duplicate."""

    PAGES = "pages"
    LOOK = "look"  # marked by request, see decision 0033


@dataclass(frozen=True, slots=True)
class FileMark:
    """A file's state, with the details of some states.

    `duplicate_of` and `conflict_with` are the path of the other file. `duplicate_by` is None in
    catalogues from when an equal name was enough for a duplicate.
    """

    state: FileState
    reason: str | None = None
    duplicate_of: str | None = None
    duplicate_by: DuplicateBy | None = None
    conflict_with: str | None = None

    def to_json(self) -> list[str | None]:
        """Return the mark for the journal: three values, or five if the others are set."""
        values = [str(self.state), self.reason, self.duplicate_of]
        if self.duplicate_by is None and self.conflict_with is None:
            return values
        return [*values, self.duplicate_by and str(self.duplicate_by), self.conflict_with]

    @classmethod
    def from_json(cls, values: Sequence[str | None]) -> Self:
        """The inverse of `to_json`."""
        state, reason, duplicate_of, *more = values
        duplicate_by, conflict_with = more or (None, None)
        return cls(
            FileState(str(state)),
            reason,
            duplicate_of,
            DuplicateBy(duplicate_by) if duplicate_by else None,
            conflict_with,
        )


class FileOrder(StrEnum):
    """The orders of a listing; all are stable, paged by key, and can be reversed."""

    SERIES = "series"  # series, volume, issue: the library's own order
    NEWEST = "newest"  # last added first
    PATH = "path"
    SIZE = "size"  # largest first
    YEAR = "year"  # latest first, files without a year last
    PUBLISHER = "publisher"  # files without a publisher last


class SeriesOrder(StrEnum):
    """The orders of a listing of series; all are stable, paged by key, and can be reversed."""

    NAME = "name"
    NEWEST = "newest"  # the series with the file that was added last comes first
    FILES = "files"  # most files first
    GAPS = "gaps"  # most missing numbers first
    SIZE = "size"  # largest first
    YEAR = "year"  # latest first, by the first year of the series
    PUBLISHER = "publisher"


@dataclass(frozen=True, slots=True)
class FileFacts:
    """The facts read from a comic. `series` to `publisher` may be derived; `tags` are in the file.

    `tags` has the names of `ComicMetadata` (`series`, `issue`, `writer`, ...). `fingerprint` is
    that of the page list, `page_keys` has the contents of the single pages (None if unknown).
    `reason` says why the file can't be read, without its path, because a move would make the path
    wrong; the file is then `failed`.
    """

    format: str | None = None
    page_count: int | None = None
    series: str | None = None
    issue: str | None = None
    title: str | None = None
    volume: str | None = None
    year: int | None = None
    publisher: str | None = None
    tags: Mapping[str, Any] = field(default_factory=dict)
    fingerprint: bytes | None = None
    reason: str | None = None
    page_keys: bytes | None = None


class ShownTags(NamedTuple):
    """What the catalogue shows of a comic: its tags or, without these, what its name says."""

    series: str | None
    issue: str | None
    title: str | None
    volume: str | None
    year: int | None
    publisher: str | None


def conflict_reason(other: str, *, is_compared: bool = True) -> str:
    """Return the reason for a conflict with the file at `other`, which has the wanted name.

    Without `is_compared` it is unknown whether the two have the same pages.
    """
    name = other.rpartition("/")[2]
    if is_compared:
        return f"Another comic has the name {name}."
    return f"The name {name} is taken, and the pages can't be compared."


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file in the listing of its folder, with its facts if it was also read.

    Its numbers are in the stored form, like those of its row.
    """

    path: str
    size_bytes: int
    mtime_ns: int
    device: int
    inode: int
    facts: FileFacts | None = None

    def __post_init__(self) -> None:
        """Convert the numbers to the stored form."""
        if is_stored_form(self.mtime_ns, self.device, self.inode):
            return
        for name in ("mtime_ns", "device", "inode"):
            object.__setattr__(self, name, stored_number(getattr(self, name)))

    @classmethod
    def of(cls, path: str, identity: FileIdentity, facts: FileFacts | None = None) -> Self:
        """The file with this identity."""
        return cls(path, identity.size_bytes, identity.mtime_ns, identity.dev, identity.ino, facts)

    def with_facts(self, facts: FileFacts) -> SeenFile:
        """The same file, read."""
        return SeenFile(self.path, self.size_bytes, self.mtime_ns, self.device, self.inode, facts)


@dataclass(frozen=True, slots=True)
class CatalogueFile:
    """One row of the catalogue. `tags` is filled by `get` and `by_path`, empty in listings."""

    file_id: int
    path: str
    name: str
    size_bytes: int
    mtime_ns: int
    device: int
    inode: int
    state: FileState
    reason: str | None
    duplicate_of: str | None
    format: str | None
    page_count: int | None
    series: str | None
    issue: str | None
    title: str | None
    volume: str | None
    year: int | None
    publisher: str | None
    added_at: float
    changed_at: float
    read_at: float | None
    verified_at: float | None
    fingerprint: bytes | None
    sound_fingerprint: bytes | None = None
    sound_page_count: int | None = None
    duplicate_by: DuplicateBy | None = None
    conflict_with: str | None = None
    tags: Mapping[str, Any] = field(default_factory=dict)

    @property
    def mark(self) -> FileMark:
        """Its state, with the details."""
        return FileMark(
            self.state, self.reason, self.duplicate_of, self.duplicate_by, self.conflict_with
        )

    @property
    def is_verified(self) -> bool:
        """Whether its pages were found sound since it last changed."""
        return self.verified_at is not None and self.changed_at <= self.verified_at

    @property
    def last_fingerprint(self) -> bytes | None:
        """The fingerprint of its pages; for a file that became unreadable, the last known one."""
        return self.sound_fingerprint if self.fingerprint is None else self.fingerprint

    @property
    def last_page_count(self) -> int | None:
        """Its number of pages; for a file that became unreadable, the last known one."""
        return self.sound_page_count if self.page_count is None else self.page_count

    @classmethod
    def of_row(cls, row: Any) -> Self:
        """Make the value of a row that begins with FILE_COLUMNS and may have `tags`."""
        values = [*row[: len(_ROW_FIELDS)]]
        values[_STATE] = known_member(FileState, values[_STATE], FileState.UNPROCESSED)
        if values[_DUPLICATE_BY] is not None:
            # A value of a later release does not justify moving the file.
            values[_DUPLICATE_BY] = known_member(
                DuplicateBy, values[_DUPLICATE_BY], DuplicateBy.LOOK
            )
        if "tags" in row.keys() and row["tags"]:  # noqa: SIM118 - a row's values are not its names
            values.append(stored_object(row["tags"]))
        return cls(*values)


_ROW_FIELDS = tuple(f.name for f in dataclasses.fields(CatalogueFile) if f.name != "tags")
_STATE, _DUPLICATE_BY = _ROW_FIELDS.index("state"), _ROW_FIELDS.index("duplicate_by")
FILE_COLUMNS = ", ".join(f"f.{name}" for name in _ROW_FIELDS)


@dataclass(frozen=True, slots=True)
class FilePage:
    """One page of a listing; `next_key` continues after it, None at the end.

    `previous_key` leads to the page before it, None at the start.
    """

    files: tuple[CatalogueFile, ...]
    next_key: str | None
    previous_key: str | None = None


@dataclass(frozen=True, slots=True)
class CappedCount:
    """A number of files, counted up to a cap: "10,000+" if `is_capped`."""

    files: int
    is_capped: bool


@dataclass(frozen=True, slots=True)
class SeriesEntry:
    """A series with its number of files and the file whose cover represents it.

    `gaps` is how many numbers it misses, `year` its first year. These and `publisher` are of when
    its files were last counted, at most a minute ago while a worker runs.
    """

    key: str
    name: str
    files: int
    cover_file_id: int | None
    gaps: int = 0
    year: int | None = None
    publisher: str | None = None


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """A folder inside another one, with the files below it, counted up to a cap, and a cover."""

    path: str
    files: CappedCount
    cover_file_id: int | None

"""The values of the catalogue: a file's facts, its row, and the filter for rows.

Paths are absolute str, times UTC epoch seconds, file times nanoseconds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from comicmaintainer.database.stored_values import known_member, stored_object
from comicmaintainer.errors import InvalidInput
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.stored_numbers import is_stored_form, stored_number
from comicmaintainer.library.catalogue.search_terms import FORMATS, MISSING_TAGS


class FileState(StrEnum):
    """The state of a file in ComicMaintainer's work.

    A scan sets `unprocessed` (new, or its pages changed) and `failed` (unreadable); jobs set
    `processed`, `duplicate`, `conflict` and `failed`. A failed file is tried again when it changes
    or when a job processes it. A duplicate or a conflict becomes `unprocessed` when the other file
    leaves the library; a conflict also when either of the two gets another name.
    """

    UNPROCESSED = "unprocessed"
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
    """The orders of a listing; all are stable and paged by key."""

    SERIES = "series"  # series, volume, issue: the library's own order
    NEWEST = "newest"  # last added first
    PATH = "path"


@dataclass(frozen=True, slots=True)
class FileFacts:
    """The facts read from a comic. `series` to `publisher` may be derived; `tags` are in the file.

    `tags` has the names of `ComicMetadata` (`series`, `issue`, `writer`, ...). `fingerprint` is
    that of the page list. `reason` says why the file can't be read, without its path, because a
    move would make the path wrong; the file is then `failed`.
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
    def last_fingerprint(self) -> bytes | None:
        """The fingerprint of its pages; for a file that became unreadable, the last known one."""
        return self.sound_fingerprint if self.fingerprint is None else self.fingerprint

    @property
    def last_page_count(self) -> int | None:
        """Its number of pages; for a file that became unreadable, the last known one."""
        return self.sound_page_count if self.page_count is None else self.page_count

    @classmethod
    def of_row(cls, row: Any) -> Self:
        """Make the value of a row with FILE_COLUMNS and, optionally, `tags`."""
        keys = row.keys()
        values = {name: row[name] for name in _ROW_FIELDS}
        values["state"] = known_member(FileState, values["state"], FileState.UNPROCESSED)
        if values["duplicate_by"] is not None:
            # A value of a later release does not justify moving the file.
            values["duplicate_by"] = known_member(
                DuplicateBy, values["duplicate_by"], DuplicateBy.LOOK
            )
        if "tags" in keys and row["tags"]:
            values["tags"] = stored_object(row["tags"])
        return cls(**values)


_ROW_FIELDS = tuple(f.name for f in dataclasses.fields(CatalogueFile) if f.name != "tags")
FILE_COLUMNS = ", ".join(f"f.{name}" for name in _ROW_FIELDS)


@dataclass(frozen=True, slots=True)
class FileFilter:
    """Selects files for which every part that is set holds. The empty filter matches all files.

    That is good for listings; as a selection of a job it is refused, since `all` says the same.

    `text` is searched as words; `series` any spelling of the name; `folder` and `root` absolute
    paths, `folder` with everything below it; years are inclusive. A file needs one of the `states`
    and one of the `formats`, but must lack all of `missing`, names from MISSING_TAGS.
    """

    text: str = ""
    states: tuple[FileState, ...] = ()
    formats: tuple[str, ...] = ()
    series: str | None = None
    folder: str | None = None
    root: str | None = None
    year_from: int | None = None
    year_to: int | None = None
    missing: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check what the types can't.

        Raises:
            InvalidInput: an unknown name in `missing` or `formats`.
        """
        for name in self.formats:
            if name not in FORMATS:
                raise InvalidInput(
                    f"'formats' can't be {name!r}; it is one of {', '.join(FORMATS)}.",
                    field="formats",
                )
        for tag in self.missing:
            if tag not in MISSING_TAGS:
                raise InvalidInput(
                    f"'missing' can't be {tag!r}; it is one of {', '.join(MISSING_TAGS)}.",
                    field="missing",
                )

    def to_dict(self) -> dict[str, Any]:
        """Return the parts that are set, as JSON values."""
        parts: dict[str, Any] = {}
        for part in dataclasses.fields(self):
            value = getattr(self, part.name)
            if value not in ("", (), None):
                parts[part.name] = list(value) if isinstance(value, tuple) else value
        return parts

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return the filter from `to_dict`, an API call or a template.

        Raises:
            InvalidInput: an unknown part, a value of the wrong type, or years in reverse order.
        """
        parts: dict[str, Any] = {}
        for name, value in values.items():
            if value is None:
                continue
            if name in ("text", "series", "folder", "root"):
                parts[name] = _text(name, value)
                if name == "text" and not value.strip():
                    parts[name] = ""  # no words: the same as left out
            elif name in ("year_from", "year_to"):
                parts[name] = _year(name, value)
            elif name == "states":
                parts[name] = tuple(_state(each) for each in _texts(name, value))
            elif name in ("formats", "missing"):
                parts[name] = _texts(name, value)
            else:
                allowed = ", ".join(part.name for part in dataclasses.fields(cls))
                raise InvalidInput(
                    f"A filter has no part {name!r}; its parts are {allowed}.", field=name
                )
        first, last = parts.get("year_from"), parts.get("year_to")
        if first is not None and last is not None and first > last:
            raise InvalidInput(
                f"'year_from' can't be {first}: it is after 'year_to', {last}.", field="year_from"
            )
        return cls(**parts)


@dataclass(frozen=True, slots=True)
class FilePage:
    """One page of a listing; `next_key` continues after it, None at the end."""

    files: tuple[CatalogueFile, ...]
    next_key: str | None


@dataclass(frozen=True, slots=True)
class CappedCount:
    """A number of files, counted up to a cap: "10,000+" if `is_capped`."""

    files: int
    is_capped: bool


@dataclass(frozen=True, slots=True)
class SeriesEntry:
    """A series with its number of files and the file whose cover represents it."""

    key: str
    name: str
    files: int
    cover_file_id: int | None


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise InvalidInput(f"The filter's {name!r} must be a text.", field=name)
    return value


def _texts(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, Sequence):
        raise InvalidInput(f"The filter's {name!r} must be a list of texts.", field=name)
    return tuple(_text(name, each) for each in value)


def _year(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 9999:
        raise InvalidInput(f"The filter's {name!r} must be a year.", field=name)
    return value


def _state(value: str) -> FileState:
    try:
        return FileState(value)
    except ValueError as error:
        allowed = ", ".join(FileState)
        raise InvalidInput(
            f"There is no state {value!r}; states are {allowed}.", field="states"
        ) from error

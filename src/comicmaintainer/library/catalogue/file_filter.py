"""The filter for files of the catalogue, and its form in the API, templates and exports.

Paths are absolute str, times UTC epoch seconds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from comicmaintainer.errors import InvalidInput
from comicmaintainer.library.catalogue.model import FileState
from comicmaintainer.library.catalogue.search_terms import FORMATS, MISSING_TAGS

LATEST_AT = 253_402_300_800
"""The beginning of the year 10000, in epoch seconds."""


@dataclass(frozen=True, slots=True)
class FileFilter:
    """Selects files for which every part that is set holds. The empty filter matches all files.

    That is good for listings; as a selection of a job it is refused, since `all` says the same.

    `text` is searched as words; `series` any spelling of the name; `folder` and `root` absolute
    paths, `folder` with everything below it; `publisher` the name in any case. Years, sizes and
    times (UTC epoch seconds) are inclusive. A file needs one of the `states` and one of the
    `formats`, but must lack all of `missing`, names from MISSING_TAGS. With `gaps`, its series
    misses numbers between those that it has; `repeated_page` is the id of a page that it shares
    with others; with `not_read`, no media server says that anything of it was read. Identified
    files are not processed either, so `unprocessed` includes them.

    Of several series: the file is of one of `any_of_series`, of none of `none_of_series` (any
    spelling of their names), of any at all with `has_series`, and of one whose name has
    `series_text` in it, as a list of series is searched.
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
    publisher: str | None = None
    size_from: int | None = None
    size_to: int | None = None
    added_from: float | None = None
    added_to: float | None = None
    gaps: bool = False
    repeated_page: int | None = None
    not_read: bool = False
    any_of_series: tuple[str, ...] = ()
    none_of_series: tuple[str, ...] = ()
    has_series: bool = False
    series_text: str = ""

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

    @property
    def accepted_states(self) -> tuple[FileState, ...]:
        """The states of the files that are selected; () for any."""
        if FileState.UNPROCESSED not in self.states or FileState.IDENTIFIED in self.states:
            return self.states
        return (*self.states, FileState.IDENTIFIED)

    @property
    def has_ranges(self) -> bool:
        """Whether years, sizes or days are limited."""
        ends = (
            self.year_from, self.year_to, self.size_from, self.size_to,
            self.added_from, self.added_to,
        )  # fmt: skip
        return any(end is not None for end in ends)

    def to_dict(self) -> dict[str, Any]:
        """Return the parts that are set, as JSON values."""
        parts: dict[str, Any] = {}
        for part in dataclasses.fields(self):
            value = getattr(self, part.name)
            if value is not None and value is not False and value not in ("", ()):
                parts[part.name] = list(value) if isinstance(value, tuple) else value
        return parts

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return the filter from `to_dict`, an API call or a template.

        Raises:
            InvalidInput: an unknown part, a value of the wrong type, or a range in reverse order.
        """
        parts: dict[str, Any] = {}
        for name, value in values.items():
            read = _READERS.get(name)
            if value is None:
                continue
            if read is None:
                raise InvalidInput(
                    f"A filter has no part {name!r}; its parts are {', '.join(_READERS)}.",
                    field=name,
                )
            parts[name] = read(name, value)
        for name in ("text", "series_text"):
            if not parts.get(name, "").strip():
                parts.pop(name, None)  # no words: the same as left out
        for name, words in (("year", "after"), ("size", "larger than"), ("added", "after")):
            first, last = parts.get(f"{name}_from"), parts.get(f"{name}_to")
            if first is not None and last is not None and first > last:
                raise InvalidInput(
                    f"'{name}_from' can't be {first}: it is {words} '{name}_to', {last}.",
                    field=f"{name}_from",
                )
        return cls(**parts)


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


def _size(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 63:
        raise InvalidInput(f"The filter's {name!r} must be a number of bytes.", field=name)
    return value


def _row_id(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 63:
        raise InvalidInput(f"The filter's {name!r} must be an id.", field=name)
    return value


def _time(name: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < LATEST_AT:
        raise InvalidInput(f"The filter's {name!r} must be a time in epoch seconds.", field=name)
    return value


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput(f"The filter's {name!r} must be true or false.", field=name)
    return value


def _states(name: str, value: Any) -> tuple[FileState, ...]:
    return tuple(_state(each) for each in _texts(name, value))


def _state(value: str) -> FileState:
    try:
        return FileState(value)
    except ValueError as error:
        allowed = ", ".join(FileState)
        raise InvalidInput(
            f"There is no state {value!r}; states are {allowed}.", field="states"
        ) from error


_READERS: dict[str, Callable[[str, Any], Any]] = {
    "text": _text,
    "states": _states,
    "formats": _texts,
    "series": _text,
    "folder": _text,
    "root": _text,
    "year_from": _year,
    "year_to": _year,
    "missing": _texts,
    "publisher": _text,
    "size_from": _size,
    "size_to": _size,
    "added_from": _time,
    "added_to": _time,
    "gaps": _flag,
    "repeated_page": _row_id,
    "not_read": _flag,
    "any_of_series": _texts,
    "none_of_series": _texts,
    "has_series": _flag,
    "series_text": _text,
}
"""What reads each part of a filter from plain values."""

"""The values of reading lists. Times are UTC epoch seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from comicmaintainer.errors import InvalidInput

MAX_ENTRIES = 20_000
MAX_TEXT_LENGTH = 300
"""Of the name of a list, and of each text of an entry."""
FIRST_YEAR = 1000
"""A volume from here on is the year that the series began."""


@dataclass(frozen=True, slots=True)
class SourceIds:
    """The ids that one source gives to an entry's series and to its issue."""

    series: str | None = None
    issue: str | None = None


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One comic of a list, whether the library has it or not.

    `year` is that of the issue; `volume` is often the year that the series began. `ids` are by
    source. `book_id` is the id that ComicRack gave to its own file.
    """

    series: str | None
    number: str | None = None
    volume: int | None = None
    year: int | None = None
    format: str | None = None
    ids: Mapping[str, SourceIds] = field(default_factory=dict)
    book_id: str | None = None

    @property
    def start_year(self) -> int | None:
        """The year that the series began, if the volume says so."""
        return self.volume if self.volume is not None and self.volume >= FIRST_YEAR else None

    @property
    def title(self) -> str:
        """How people name it: "Harbour Lights #3 (2021)"."""
        number = f" #{self.number}" if self.number else ""
        year = f" ({self.year or self.start_year})" if self.year or self.start_year else ""
        return f"{self.series or 'Unnamed'}{number}{year}"


@dataclass(frozen=True, slots=True)
class ReadingList:
    """A stored list; `entries` is their number."""

    list_id: int
    name: str
    entries: int
    added_at: float


class FoundBy(StrEnum):
    """What shows that a file is an entry of a list."""

    ID = "id"  # both have the same id of a source
    YEAR = "year"  # series and number are the same, and the year or the volume agrees
    NUMBER = "number"  # series and number are the same; neither year nor volume can be compared


@dataclass(frozen=True, slots=True)
class EntryFile:
    """The file of the catalogue that an entry is."""

    file_id: int
    path: str
    name: str
    found_by: FoundBy


@dataclass(frozen=True, slots=True)
class PlacedEntry:
    """An entry at its place, from 1, and its file; None if the library does not have it."""

    position: int
    entry: ListEntry
    file: EntryFile | None


def require_list_name(name: str) -> str:
    """Return the name of a list without spaces around it.

    Raises:
        InvalidInput: it is empty or too long.
    """
    bare = " ".join(name.split())
    if not bare or len(bare) > MAX_TEXT_LENGTH:
        raise InvalidInput(
            f"A reading list needs a name of at most {MAX_TEXT_LENGTH} characters.", field="name"
        )
    return bare


def require_list_size(count: int) -> None:
    """Check the number of entries of a list.

    Raises:
        InvalidInput: there are none, or too many.
    """
    if count == 0:
        raise InvalidInput("A reading list needs at least one entry.")
    if count > MAX_ENTRIES:
        raise InvalidInput(
            f"A reading list has at most {MAX_ENTRIES:,} entries; this one would have {count:,}."
        )

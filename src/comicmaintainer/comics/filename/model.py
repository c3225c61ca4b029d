"""The values of a parsed file name: its fields, and the piece of the name for each.

Numbers are strings without leading zeros: "71", "71.5", "1A", "½", and "3-7" for a range. `None`
means that neither the name nor its folder has a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PieceRole(StrEnum):
    """What a piece of a name is, in the words that `comicmaintainer parse` shows."""

    SERIES = "series"
    TITLE = "title"
    ISSUE = "issue"
    ISSUE_COUNT = "issue count"
    VOLUME = "volume"
    YEAR = "year"
    DATE = "date"
    SPECIAL = "special"
    FORMAT = "format"
    PUBLISHER = "publisher"
    LANGUAGE = "language"
    SCAN_GROUP = "scan group"
    RELEASE = "release"
    ORDER = "reading order"
    IDENTIFIER = "identifier"
    REMAINDER = "remainder"
    FOLDER = "folder"
    SEPARATOR = "separator"
    SUFFIX = "suffix"


@dataclass(frozen=True, slots=True)
class TokenRole:
    """One piece of the name: `name[span[0]:span[1]] == text`."""

    text: str
    span: tuple[int, int]
    role: PieceRole


@dataclass(frozen=True, slots=True)
class ParsedFilename:
    """The fields of a parsed file name.

    `issue_from_volume` is true if the only number is the volume of a dated collected edition. Its
    number is then also the issue, as ComicVine and ComicTagger count such books. `from_folder` are
    the fields that come from the folder, not from the name.
    """

    series: str | None = None
    issue: str | None = None
    volume: str | None = None
    year: str | None = None
    month: str | None = None
    day: str | None = None
    title: str | None = None
    issue_count: str | None = None
    special: str | None = None
    format: str | None = None
    publisher: str | None = None
    language: str | None = None
    scan_group: str | None = None
    remainder: str | None = None
    suffix: str = ""
    issue_from_volume: bool = False
    from_folder: frozenset[str] = frozenset()
    explanation: tuple[TokenRole, ...] = ()

    def found(self) -> dict[str, str | bool | list[str]]:
        """Return the fields that have a value as plain values, without the explanation."""
        return {
            name: sorted(value) if isinstance(value, frozenset) else value
            for name in self.__slots__
            if name != "explanation" and (value := getattr(self, name))
        }

"""The metadata of one comic, independent of its format.

Values only: no XML, no files. The web imports this module, so nothing here may need lxml.
Every empty value is `None` or `()`; there is no empty string in a `ComicMetadata`.
The fields are those of ComicInfo 2.1 (anansi-project.github.io/docs/comicinfo) and the additional
ones of MetronInfo 1.1 (metron-project.github.io/docs/metroninfo).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self


class Manga(StrEnum):
    """ComicInfo's manga value, which includes the reading direction."""

    NO = "No"
    YES = "Yes"
    YES_RIGHT_TO_LEFT = "YesAndRightToLeft"


class ReadingDirection(StrEnum):
    """The order in which pages are turned."""

    LEFT_TO_RIGHT = "ltr"
    RIGHT_TO_LEFT = "rtl"


@dataclass(frozen=True, slots=True)
class Credit:
    """One person and their roles, in the source's order."""

    person: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoryArc:
    """A story arc and this issue's place in it ("4")."""

    name: str
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Identifier:
    """The comic's key in an online database; `source` as in MetronInfo ("Comic Vine")."""

    source: str
    value: str
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Price:
    """A decimal amount as written, and an ISO 3166 country ("US")."""

    amount: str
    country: str


@dataclass(frozen=True, slots=True)
class Universe:
    """A fictional universe and its designation ("Earth 616")."""

    name: str
    designation: str | None = None


@dataclass(frozen=True, slots=True)
class AlternativeName:
    """Another name of the series and its language."""

    name: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class PageInfo:
    """One page: `image` is its index in reading order from 0; sizes in bytes and pixels.

    `type` is one or several of ComicInfo's page types, separated by a space.
    """

    image: int
    type: str = "Story"
    double_page: bool = False
    image_size: int | None = None
    key: str | None = None
    bookmark: str | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)  # without slots, so that `with_values` can copy it whole
class ComicMetadata:
    """All metadata of one comic.

    `issue` is text ("71", "71.4", "1A", "½"); year, month and day are the cover date;
    `store_date` is ISO 8601; `language` is an ISO 639 code; `community_rating` is 0 to 5, the
    average of `rating_count` ratings; `web` contains addresses, the most important first; `count`
    is the number of issues in the series.
    """

    series: str | None = None
    issue: str | None = None
    title: str | None = None
    volume: int | None = None
    count: int | None = None
    year: int | None = None
    month: int | None = None
    day: int | None = None
    publisher: str | None = None
    imprint: str | None = None
    summary: str | None = None
    notes: str | None = None
    review: str | None = None
    credits: tuple[Credit, ...] = ()
    genres: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    characters: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    main_character: str | None = None
    story_arcs: tuple[StoryArc, ...] = ()
    series_groups: tuple[str, ...] = ()
    alternate_series: str | None = None
    alternate_issue: str | None = None
    alternate_count: int | None = None
    language: str | None = None
    format: str | None = None
    age_rating: str | None = None
    community_rating: float | None = None
    manga: Manga | None = None
    black_and_white: bool | None = None
    web: tuple[str, ...] = ()
    gtin: str | None = None
    upc: str | None = None
    scan_information: str | None = None
    page_count: int | None = None
    pages: tuple[PageInfo, ...] = ()
    # Only in MetronInfo.
    identifiers: tuple[Identifier, ...] = ()
    collection_title: str | None = None
    manga_volume: str | None = None
    series_sort_name: str | None = None
    series_start_year: int | None = None
    volume_count: int | None = None
    alternative_names: tuple[AlternativeName, ...] = ()
    universes: tuple[Universe, ...] = ()
    reprints: tuple[str, ...] = ()
    prices: tuple[Price, ...] = ()
    store_date: str | None = None
    last_modified: str | None = None
    rating_count: int | None = None

    @property
    def reading_direction(self) -> ReadingDirection | None:
        """Right to left only if the source says so; `None` if it says nothing."""
        match self.manga:
            case Manga.YES_RIGHT_TO_LEFT:
                return ReadingDirection.RIGHT_TO_LEFT
            case None:
                return None
            case _:
                return ReadingDirection.LEFT_TO_RIGHT

    def with_values(self, **values: Any) -> Self:
        """Return a copy with other values, as `dataclasses.replace` does at ten times the cost."""
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__, **values)
        return copy

    def non_empty(self) -> dict[str, Any]:
        """Return the values that are not empty, by field."""
        values = self.__dict__.items()
        return {name: value for name, value in values if value is not None and value != ()}

    def people(self, *roles: str) -> tuple[str, ...]:
        """The people with any of these roles (ignoring case), each once, in order."""
        folded_roles = {role.casefold() for role in roles}
        return tuple(
            dict.fromkeys(
                credit.person
                for credit in self.credits
                if any(role.casefold() in folded_roles for role in credit.roles)
            )
        )


NO_METADATA = ComicMetadata()
"""The metadata of a comic without tags."""

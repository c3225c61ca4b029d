"""The values of matching: what files say, what a source knows, and how well the two agree.

Used by the sources, which make `SeriesFacts` and `IssueFacts`; by the kind `identify`, which makes
`FileFacts`; and by everything that shows a match. Every empty value is `None` or `()`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """How sure a match is."""

    CERTAIN = "certain"
    """The best candidate is near, and the next one far: it can be written without asking."""
    LIKELY = "likely"
    """A person should choose."""
    UNKNOWN = "unknown"
    """There is no candidate that a person could choose."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a comic says of itself, in its name, its folders and its tags.

    `key` names the file, for example by its path. `folder` is its folder's path below the library,
    with "/", "" for the library itself. `number` is as in names ("71", "1.5", "½").
    `years` are the cover years it may have, the most credible first: that of its tags, then that
    of its name. `start_year` is a year that names the series (a volume of four digits, or "Harbour
    Lights (2016) 003"). `count` is the number of issues in the series ("of 6"). `issue_ids` and
    `series_ids` are ids by source ("comicvine": "12"). `page_count` is that of the archive.
    """

    key: str
    folder: str = ""
    series: str | None = None
    number: str | None = None
    title: str | None = None
    volume: int | None = None
    years: tuple[int, ...] = ()
    start_year: int | None = None
    count: int | None = None
    publisher: str | None = None
    format: str | None = None
    language: str | None = None
    page_count: int | None = None
    issue_ids: Mapping[str, str] = field(default_factory=dict)
    series_ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FileGroup:
    """The files of one folder that seem to be of one series.

    `name` is the series as most of them write it, `folder` as in `FileFacts`. `folder_series` and
    `folder_year` are what its name says.
    """

    folder: str
    name: str
    files: tuple[FileFacts, ...]
    folder_series: str | None = None
    folder_year: int | None = None


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """A series as a source describes it; `id` is the source's own, as text.

    `link` is its page for people, `cover` the address of an image.
    """

    source: str
    id: str
    name: str
    aliases: tuple[str, ...] = ()
    start_year: int | None = None
    end_year: int | None = None
    publisher: str | None = None
    issue_count: int | None = None
    format: str | None = None
    language: str | None = None
    link: str | None = None
    cover: str | None = None
    other_ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SeriesDetails:
    """All that a source says of a series: `facts`, and what matching does not need.

    `is_ongoing` is None if the source does not say.
    """

    facts: SeriesFacts
    description: str | None = None
    imprint: str | None = None
    volume: int | None = None
    is_ongoing: bool | None = None


@dataclass(frozen=True, slots=True)
class IssueFacts:
    """An issue as a source lists it; `number` is the source's text.

    `year` and `month` are of the cover date, `store_year` of the day of sale. `cover` and
    `variants` are addresses of images; `cover_hash` is the source's own hash of the cover.
    """

    source: str
    id: str
    series_id: str
    number: str
    title: str | None = None
    year: int | None = None
    month: int | None = None
    store_year: int | None = None
    page_count: int | None = None
    cover: str | None = None
    variants: tuple[str, ...] = ()
    cover_hash: int | None = None
    link: str | None = None
    other_ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One named difference or agreement: `penalty` 0 agrees, 1 contradicts; `weight` is its share.

    `name` is a stable word ("series_name", "start_year", "publisher", "language", "count",
    "number", "year", "page_count", "cover"); `ours` and `theirs` are the two values as people read
    them.
    """

    name: str
    penalty: float
    weight: float
    ours: str | None = None
    theirs: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A series that the group may be, with its distance (0 is the same, 1 nothing in common).

    `issues` gives each file, by its key, the issue that it would be.
    """

    series: SeriesFacts
    distance: float
    evidence: tuple[Evidence, ...]
    issues: Mapping[str, IssueFacts]


@dataclass(frozen=True, slots=True)
class Match:
    """What a group, or one file that does not fit its group, is.

    `candidates` are the best first, at most some ten. `reason` is a sentence for people: why it is
    certain, why a person should choose, or why nothing is known. `files` are the keys it is about.
    """

    level: Level
    files: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    reason: str

    @property
    def best(self) -> Candidate | None:
        """The nearest candidate."""
        return self.candidates[0] if self.candidates else None

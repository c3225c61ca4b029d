"""The questions that matching asks a source or the files.

Matching is a generator: it yields a question and is sent the answer. It never waits. The caller
may stop at a question that can't be answered yet, and start again from the beginning later: answers
that were kept are given at once, so matching comes to the same question.

    matching = match_group(group)
    question = next(matching)
    question = matching.send(answer)
    ...
    StopIteration.value: tuple[Match, ...]
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SeriesSearch:
    """Which series have a name like this? Answer: `tuple[SeriesFacts, ...]`, the source's order.

    One request, if all fit on one page. `year` is for sources that filter by it well.
    """

    name: str
    year: int | None = None


@dataclass(frozen=True, slots=True)
class SeriesById:
    """Which series has this id? Answer: `SeriesFacts` or None. One request."""

    id: str


@dataclass(frozen=True, slots=True)
class SeriesDetailsById:
    """What is there to say about this series? Answer: `SeriesDetails` or None. One request.

    Matching does not ask this. Only sources with `has_series_details` answer it.
    """

    id: str


@dataclass(frozen=True, slots=True)
class IssueById:
    """Which issue has this id? Answer: `IssueFacts` or None. One request."""

    id: str


@dataclass(frozen=True, slots=True)
class IssueList:
    """Which issues has this series? Answer: `tuple[IssueFacts, ...]`. A request per hundred.

    `count` is how many it probably has: short lists of several series can share one request.
    """

    series_id: str
    count: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class IssueLists:
    """Which issues have these series? Answer: `tuple[IssueFacts, ...]`. A request per hundred.

    Only for sources that list the issues of several series together; see `match_group`.
    """

    lists: tuple[IssueList, ...]


@dataclass(frozen=True, slots=True)
class IssuesNumbered:
    """Which issues of these series have this number? Answer: `tuple[IssueFacts, ...]`.

    One request at ComicVine for all series together; at other sources one for each.
    """

    series_ids: tuple[str, ...]
    number: str


@dataclass(frozen=True, slots=True)
class CoverHash:
    """What is the hash of a source's image? Answer: a 64-bit number, None if it is no image.

    A download, which counts against no limit of ComicVine's API, but costs time.
    """

    address: str


@dataclass(frozen=True, slots=True)
class FileCoverHashes:
    """What are the hashes of a file's cover? Answer: `tuple[int, ...]`, several for cropped borders
    and halves of a double page; empty if its cover can't be decoded. Costs decoding one page.
    """

    key: str


Question = (
    SeriesSearch
    | SeriesById
    | SeriesDetailsById
    | IssueById
    | IssueList
    | IssueLists
    | IssuesNumbered
    | CoverHash
    | FileCoverHashes
)

"""Scores a series of a source against the files of a group, by named evidence.

The distance is the sum of penalty times weight, at most 1. What is not known yet counts as
agreement, so a distance only grows as more is asked: the nearest series is the one to ask about.
Weights and what they were measured on: docs/decisions/0120-matching.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from comicmaintainer.matching.known_issues import KnownIssues
from comicmaintainer.matching.model import (
    Candidate,
    Evidence,
    FileFacts,
    FileGroup,
    IssueFacts,
    SeriesFacts,
)
from comicmaintainer.matching.names import name_form, name_penalty

WEIGHTS: Mapping[str, float] = {
    "series_name": 1.0,
    "number": 0.8,
    "year": 0.5,
    "start_year": 0.4,
    "publisher": 0.1,
    "language": 0.4,
    "count": 0.15,
    "page_count": 0.5,
    "cover": 0.4,
}
YEAR_BESIDE = 0.3
"""A cover year that is off by one: names often have the year before or after."""
START_YEAR_BESIDE = 0.75
"""The same for a start year, which names take from the source more often than from a cover."""
YEAR_UNKNOWN = 0.6
"""Nothing says when the comic is from: only a cover can make it certain."""
SAME_NUMBER_TWICE = 0.5
LACKS_ONE = 0.35
"""At least this if the series lacks a number, since another may have them all."""
NO_NUMBER = 0.2
"""The file has no number and the series has one issue."""
FOLDER_NAME = 0.3
"""The folder, not the file, has the name of the series."""
PAGES_ALIKE = 0.6
"""Digital and scanned copies of an issue differ by advertisements: 22 pages and 36."""
MOST_PAGES_OF_AN_ISSUE = 90
"""A longer comic of a series of several issues is a collected edition."""

_PUBLISHER_WORDS = re.compile(
    r"\b(?:comics?|publish(?:ing|ers?|ications)|entertainment|press|books|studios?|group|media|inc)\b"
)
_COLLECTED = re.compile(
    r"tpb|trade|hard ?cover|hc|omnibus|collect|digest|deluxe|absolute", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Contender:
    """A series that may be that of the group, and what does not depend on its issues."""

    series: SeriesFacts
    evidence: tuple[Evidence, ...]
    name_penalty: float
    distance: float
    """If its issues agree with the files."""
    is_dated: bool
    """Whether something besides cover years tells when it began, or an id which series it is."""


CoverPenalty = Callable[[str, Sequence[FileFacts]], float | None]
"""The penalty for the cover of a series' id and some files; None if it says nothing."""


def total(evidence: Sequence[Evidence]) -> float:
    """The distance that the evidence makes."""
    return min(1.0, sum(each.penalty * each.weight for each in evidence))


def contender(group: FileGroup, series: SeriesFacts, *, by_id: bool = False) -> Contender:
    """Compare what is known of a series before its issues. A name by id need not be the same."""
    found: list[Evidence] = []
    name = _series_name(group, series)
    start_year = _start_year(group, series)
    if not by_id:
        found = [name, *start_year]
    found.extend(_publisher(group, series))
    found.extend(_language(group, series))
    found.extend(_count(group, series))
    is_dated = by_id or bool(start_year)
    return Contender(series, tuple(found), name.penalty, total(found), is_dated)


def scored(
    rival: Contender, files: Sequence[FileFacts], known: KnownIssues, cover: CoverPenalty
) -> Candidate:
    """The contender with the evidence of its issues, and the issue that each file would be.

    Files whose numbers have been asked for stand for the others.
    """
    series = rival.series
    issues: dict[str, IssueFacts] = {}
    numbers: list[float] = []
    years: list[float] = []
    pages: list[float] = []
    for file in files:
        found = known.find(series, file)
        if not found:
            numbers += [] if found is None else [1.0]
            continue
        issue, penalty = chosen_issue(file, series, found)
        issues[file.key] = issue
        numbers.append(max(penalty, NO_NUMBER if file.number is None else 0.0))
        if (year := year_penalty(file, series, issue)) is not None:
            years.append(year)
        pages.append(_page_penalty(file, series, issue))
    if not numbers:
        years = [float(_is_outside(file, series)) for file in files if file.years]
        pages = [_page_penalty(file, series, None) for file in files]
    lacking = LACKS_ONE if 1.0 in numbers else 0.0
    evidence = [
        *rival.evidence,
        _evidence("number", max(_mean(numbers), lacking), _numbers_of(files), None),
    ]
    if years:
        span = _span_of(issues.values())
        evidence.append(_evidence("year", _mean(years), _years_of(files), span))
    elif not rival.is_dated and not any(file.years for file in files):
        evidence.append(_evidence("year", YEAR_UNKNOWN, None, _span_of(issues.values())))
    if any(pages):
        evidence.append(_evidence("page_count", _mean(pages), _pages_of(files), None))
    penalty_of_cover = cover(series.id, files)
    if penalty_of_cover is not None:
        evidence.append(_evidence("cover", penalty_of_cover, None, None))
    return Candidate(series, total(evidence), tuple(evidence), issues)


def chosen_issue(
    file: FileFacts, series: SeriesFacts, issues: Sequence[IssueFacts]
) -> tuple[IssueFacts, float]:
    """The issue of the file's number that has its id, or is nearest in years.

    The penalty tells whether another one may be it.
    """
    if len(issues) == 1:
        return issues[0], 0.0
    own_id = file.issue_ids.get(series.source)
    for issue in issues:
        if issue.id == own_id:
            return issue, 0.0
    apart = {issue.id: _years_apart(file, series, issue) or 0 for issue in issues}
    best, second, *_ = sorted(issues, key=lambda issue: apart[issue.id])
    return best, SAME_NUMBER_TWICE if apart[second.id] - apart[best.id] < 2 else 0.0


def year_penalty(file: FileFacts, series: SeriesFacts, issue: IssueFacts) -> float | None:
    """How badly the file's year fits; None if the file has none or the source does not say."""
    apart = _years_apart(file, series, issue)
    if apart is None:
        return None
    return 0.0 if apart == 0 else YEAR_BESIDE if apart == 1 else 1.0


def _years_apart(file: FileFacts, series: SeriesFacts, issue: IssueFacts) -> int | None:
    theirs = [year for year in (issue.year, issue.store_year) if year is not None]
    if issue.year is not None and series.start_year is not None and issue.year < series.start_year:
        theirs.append(series.start_year)  # a reprint that keeps the first date
    return min((abs(our - their) for our in file.years for their in theirs), default=None)


def _is_outside(file: FileFacts, series: SeriesFacts) -> bool:
    """Whether the file is older or newer than the series, which then can't have it."""
    first, last = series.start_year, series.end_year
    is_before = first is not None and max(file.years) < first - 1
    return is_before or (last is not None and min(file.years) > last + 1)


def _series_name(group: FileGroup, series: SeriesFacts) -> Evidence:
    names = (series.name, *series.aliases)
    penalty = min(name_penalty(ours, names) for ours in _names_of(group))
    if group.folder_series and penalty > FOLDER_NAME:
        penalty = min(penalty, FOLDER_NAME + name_penalty(group.folder_series, names))
    return _evidence("series_name", penalty, group.name, series.name)


def _names_of(group: FileGroup) -> tuple[str, ...]:
    """The name, also with the format, which is part of some names: "DC Graphic Novel"."""
    format_ = next((file.format for file in group.files if file.format is not None), None)
    return (group.name,) if format_ is None else (group.name, f"{group.name} {format_}")


def _start_year(group: FileGroup, series: SeriesFacts) -> list[Evidence]:
    ours = next(
        (file.start_year for file in group.files if file.start_year is not None), group.folder_year
    )
    if ours is None or series.start_year is None:
        return []
    apart = abs(ours - series.start_year)
    penalty = 0.0 if apart == 0 else START_YEAR_BESIDE if apart == 1 else 1.0
    return [_evidence("start_year", penalty, str(ours), str(series.start_year))]


def _publisher(group: FileGroup, series: SeriesFacts) -> list[Evidence]:
    ours = next((file.publisher for file in group.files if file.publisher), None)
    if ours is None or series.publisher is None:
        return []
    one, other = _publisher_key(ours), _publisher_key(series.publisher)
    is_same = one in other or other in one
    return [_evidence("publisher", 0.0 if is_same else 1.0, ours, series.publisher)]


def _language(group: FileGroup, series: SeriesFacts) -> list[Evidence]:
    ours = next((file.language for file in group.files if file.language), None)
    if ours is None or series.language is None:
        return []
    is_same = ours[:2].casefold() == series.language[:2].casefold()
    return [_evidence("language", 0.0 if is_same else 1.0, ours, series.language)]


@lru_cache(maxsize=1024)
def _publisher_key(name: str) -> str:
    return name_form(_PUBLISHER_WORDS.sub(" ", name.casefold())).key or name_form(name).key


def _count(group: FileGroup, series: SeriesFacts) -> list[Evidence]:
    ours = next((file.count for file in group.files if file.count), None)
    if ours is None or series.issue_count is None:
        return []
    apart = abs(ours - series.issue_count)
    penalty = 0.0 if apart == 0 else 0.5 if apart == 1 else 1.0
    return [_evidence("count", penalty, str(ours), str(series.issue_count))]


def _page_penalty(file: FileFacts, series: SeriesFacts, issue: IssueFacts | None) -> float:
    """A collected edition has the first issue's name, number and cover, but not its pages."""
    theirs = issue.page_count if issue is not None else None
    if file.page_count and theirs:
        fewer, more = sorted((file.page_count, theirs))
        return 0.0 if fewer >= more * PAGES_ALIKE else 1.0
    if series.format is not None and _COLLECTED.search(series.format):
        return 0.0
    is_long = file.page_count is not None and file.page_count > MOST_PAGES_OF_AN_ISSUE
    is_collected = file.format is not None and _COLLECTED.search(file.format) is not None
    has_several = series.issue_count is not None and series.issue_count > 1
    return 1.0 if (is_long and has_several) or is_collected else 0.0


def _mean(penalties: Sequence[float]) -> float:
    return sum(penalties) / len(penalties) if penalties else 0.0


def _evidence(name: str, penalty: float, ours: str | None, theirs: str | None) -> Evidence:
    return Evidence(name, penalty, WEIGHTS[name], ours, theirs)


def _numbers_of(files: Sequence[FileFacts]) -> str | None:
    return ", ".join(file.number for file in files if file.number is not None) or None


def _years_of(files: Sequence[FileFacts]) -> str | None:
    return _span(sorted(file.years[0] for file in files if file.years))


def _span_of(issues: Iterable[IssueFacts]) -> str | None:
    years = sorted(issue.year for issue in issues if issue.year is not None)
    return _span(years)


def _span(years: Sequence[int]) -> str | None:
    if not years:
        return None
    return str(years[0]) if years[0] == years[-1] else f"{years[0]}–{years[-1]}"


def _pages_of(files: Sequence[FileFacts]) -> str | None:
    return ", ".join(str(file.page_count) for file in files if file.page_count) or None

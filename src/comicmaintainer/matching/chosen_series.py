"""Matches a group with a series that a person chose: only the issues are looked for.

The person's word counts whatever the evidence says. Files whose number the series does not have
stay without an issue.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from comicmaintainer.matching.known_issues import KnownIssues, list_requests
from comicmaintainer.matching.model import FileGroup, IssueFacts, Level, Match, SeriesFacts
from comicmaintainer.matching.numbers import number_key
from comicmaintainer.matching.questions import IssueList, IssuesNumbered, Question, SeriesById
from comicmaintainer.matching.scoring import contender, scored


def match_chosen(group: FileGroup, series_id: str) -> Generator[Question, Any, Match]:
    """Match all files of the group with one series of a source."""
    keys = tuple(file.key for file in group.files)
    series: SeriesFacts | None = yield SeriesById(series_id)
    if series is None:
        return Match(Level.UNKNOWN, keys, (), "the source no longer has the chosen series")
    known = KnownIssues()
    numbers = {number_key(file.number): file.number for file in group.files if file.number}
    if len(numbers) < list_requests(series) and all(file.number for file in group.files):
        for key in numbers:
            numbered: tuple[IssueFacts, ...] = yield IssuesNumbered((series_id,), key)
            known.add_numbered([series_id], key, numbered)
    else:
        listed: tuple[IssueFacts, ...] = yield IssueList(series_id, series.issue_count)
        known.add_list(series_id, listed)
    rival = contender(group, series, by_id=True)
    best = scored(rival, group.files, known, lambda *_: None)
    return Match(Level.CERTAIN, keys, (best,), "a person chose the series")

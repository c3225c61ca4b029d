"""What a source has said so far of the issues of series: whole lists, or single numbers."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable

from comicmaintainer.matching.model import FileFacts, IssueFacts, SeriesFacts
from comicmaintainer.matching.numbers import number_key

LIST_PAGE = 100
"""Issues in one answer of a source."""
_NO_NUMBER = "no number"
_YEAR_AT_END = re.compile(r"(?<!\d)(?:19|20)\d\d$")


class KnownIssues:
    """The issues of several series that have been asked for."""

    def __init__(self) -> None:
        self._listed: set[str] = set()
        self._asked: set[tuple[str, str]] = set()
        self._issues: dict[tuple[str, str], dict[str, IssueFacts]] = defaultdict(dict)

    def add_list(self, series_id: str, issues: Iterable[IssueFacts]) -> None:
        """Add the answer to an `IssueList`."""
        self._listed.add(series_id)
        listed = tuple(issues)
        for issue in listed:
            self._add(issue)
        if len(listed) == 1:
            self._issues[series_id, _NO_NUMBER][listed[0].id] = listed[0]

    def add_numbered(
        self, series_ids: Iterable[str], number: str, issues: Iterable[IssueFacts]
    ) -> None:
        """Add the answer to an `IssuesNumbered`."""
        self._asked.update((series_id, number_key(number)) for series_id in series_ids)
        for issue in issues:
            self._add(issue)

    def find(self, series: SeriesFacts, file: FileFacts) -> tuple[IssueFacts, ...] | None:
        """The series' issues with the file's number; None if that is not known.

        A file without a number is the only issue of its series, or that numbered by a year: the one
        that ends its name ("Harbour Annual 1987 (1986)"), or else that of its cover.
        """
        if file.number is None:
            return self._without_number(series, file)
        key = number_key(file.number)
        if series.id in self._listed or (series.id, key) in self._asked:
            return tuple(self._issues.get((series.id, key), {}).values())
        return None

    def _without_number(
        self, series: SeriesFacts, file: FileFacts
    ) -> tuple[IssueFacts, ...] | None:
        if series.issue_count is not None and series.issue_count > 1 and not file.years:
            return ()
        if series.id not in self._listed:
            return None
        named = _YEAR_AT_END.search(file.series or "")
        if named is not None and (numbered := self._issues.get((series.id, named[0]))):
            return tuple(numbered.values())
        keys = (_NO_NUMBER, *map(str, file.years))
        return tuple(
            issue for key in keys for issue in self._issues.get((series.id, key), {}).values()
        )

    def knows(self, series: SeriesFacts, file: FileFacts) -> bool:
        """Whether `find` knows."""
        return self.find(series, file) is not None

    def _add(self, issue: IssueFacts) -> None:
        self._issues[issue.series_id, number_key(issue.number)][issue.id] = issue


def list_requests(series: SeriesFacts) -> int:
    """How many requests the list of the series' issues costs."""
    return max(1, math.ceil((series.issue_count or LIST_PAGE) / LIST_PAGE))

"""What sources list of the library's series, and which of those issues no file is.

Used by the API and the command line. A series is known at a source once its files were identified
with certainty, or a person decided about them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from comicmaintainer.library.matches.match_store import MatchStore
from comicmaintainer.matching.model import IssueFacts, SeriesFacts
from comicmaintainer.matching.questions import IssueList
from comicmaintainer.services.patient_sources import PatientSources


@dataclass(frozen=True, slots=True)
class ListedSeries:
    """A series of a source with the issues that no file of the library was identified as."""

    series: SeriesFacts
    issues: int
    missing: Sequence[IssueFacts]


class SeriesIssues:
    """Compares the issue lists of sources with the files that were identified."""

    def __init__(self, matches: MatchStore, sources: PatientSources) -> None:
        self._matches = matches
        self._sources = sources

    def of_series(self, name: str) -> Sequence[ListedSeries]:
        """Return the series of sources that the files of a library's series are of.

        Lists that were asked for before cost no request.

        Raises:
            SourceError, SourceOff: a source gave no list.
        """
        return [
            self._listed(series, issue_ids)
            for series, issue_ids in self._matches.certain_series(name)
        ]

    def _listed(self, series: SeriesFacts, issue_ids: frozenset[str]) -> ListedSeries:
        listed: Sequence[IssueFacts] = self._sources.answer(series.source, IssueList(series.id))
        missing = [issue for issue in listed if issue.id not in issue_ids]
        return ListedSeries(series, len(listed), missing)

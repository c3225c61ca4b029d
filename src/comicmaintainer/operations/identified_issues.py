"""What is stored of the issues that files were identified as. No request is ever made.

Used by the rules, for fields that may come from it: by the kinds that fill tags or make names, and
by the example of a name. A file's match counts only if it is certain; of a series that a person
chose for a file without such a match, only the series is known.
"""

from __future__ import annotations

import os
from pathlib import Path

from comicmaintainer.comics.metadata.model import ComicMetadata
from comicmaintainer.comics.rules.evidence import IdentifiedIssue
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.matches.decision_store import DecisionStore
from comicmaintainer.library.matches.match_store import MatchStore
from comicmaintainer.matching.model import IssueFacts, Level, SeriesFacts
from comicmaintainer.sources.sources import Sources


class IdentifiedIssues:
    """Looks into the stored matches and decisions, and the answers that were kept."""

    def __init__(
        self,
        catalogue: Catalogue,
        matches: MatchStore,
        decisions: DecisionStore,
        sources: Sources,
    ) -> None:
        self._catalogue = catalogue
        self._matches = matches
        self._decisions = decisions
        self._sources = sources

    def of(self, path: Path) -> IdentifiedIssue | None:
        """Return what is known of the issue that the file at `path` is; None if it is not known."""
        file_id = self._catalogue.ids_at([os.fspath(path)]).get(os.fspath(path))
        if file_id is None:
            return None
        found = self._matched(file_id)
        if found is not None:
            series, issue = found
            details = self._sources.kept_details(issue.source, issue.id)
            known = _tags_of(series, issue)
            return IdentifiedIssue(issue.source, known if details is None else details)
        decision = self._decisions.of_file(file_id)
        if decision is None or decision.series is None:
            return None
        return IdentifiedIssue(decision.series.source, _tags_of(decision.series))

    def _matched(self, file_id: int) -> tuple[SeriesFacts, IssueFacts] | None:
        found = self._matches.of_file(file_id)
        if found is None or found[0].level is not Level.CERTAIN or not found[0].candidates:
            return None
        series = found[0].candidates[0].series
        issue = found[1].issue_of(series)
        return None if issue is None else (series, issue)


def _tags_of(series: SeriesFacts, issue: IssueFacts | None = None) -> ComicMetadata:
    """What the lists of a source say, where its details of the issue were not asked or kept."""
    tags = ComicMetadata(
        series=series.name,
        publisher=series.publisher,
        series_start_year=series.start_year,
        count=series.issue_count,
        language=series.language,
    )
    if issue is None:
        return tags
    return tags.with_values(
        issue=issue.number or None,
        title=issue.title,
        year=issue.year,
        month=issue.month,
        web=(issue.link,) if issue.link else (),
    )

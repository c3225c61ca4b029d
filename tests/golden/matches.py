"""A match of one file for the review queue, as a job would have stored it."""

from __future__ import annotations

from comicmaintainer.library.matches.model import GroupKey, MatchState
from comicmaintainer.matching.model import (
    Candidate,
    Evidence,
    IssueFacts,
    Level,
    Match,
    SeriesFacts,
)
from comicmaintainer.services import Services

SERIES = SeriesFacts(
    "comicvine", "7", "Tide Warden", ("Tidewarden",), 2021, publisher="Tern Press", issue_count=12
)
ISSUE = IssueFacts("comicvine", "70", "7", "3", "North by Nothing", 2021, 5)
EVIDENCE = (Evidence("year", 0.0, 0.3, "2021", "2021"), Evidence("series_name", 0.5, 0.4))


def add_match(services: Services, path: str, job_id: str | None = None) -> int:
    """Store the match; return its id."""
    files = services.catalogue.ids_at([path])
    candidate = Candidate(SERIES, 0.2, EVIDENCE, {path: ISSUE})
    match = Match(Level.LIKELY, (path,), (candidate,), "the series name differs")
    group = GroupKey(path.rpartition("/")[0], "tide warden|")
    services.matches.add(group, "Tide Warden", [(match, files)], job_id)
    (stored,), _ = services.matches.page(MatchState.OPEN)
    return stored.match_id

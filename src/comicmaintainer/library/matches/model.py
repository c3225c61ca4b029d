"""The values of stored matches and decisions. Times are UTC epoch seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from comicmaintainer.matching.model import Candidate, IssueFacts, Level, SeriesFacts


class MatchState(StrEnum):
    """What happens with a match next.

    A job stores matches. One that is not certain is `open` until a person answers or skips it; a
    new match of the same files takes its place.
    """

    OPEN = "open"
    SKIPPED = "skipped"
    SETTLED = "settled"  # certain, answered, or without a candidate


class Verdict(StrEnum):
    """What a person decided about the files of one series in one folder."""

    SERIES = "series"  # they are of this series, always
    NEVER = "never"  # they are not to be matched


@dataclass(frozen=True, slots=True)
class GroupKey:
    """Where the files of one series in one folder are found, also those that come later.

    `folder` is the absolute path of the folder; `key` is the series' name as it is compared, with
    its start year.
    """

    folder: str
    key: str


@dataclass(frozen=True, slots=True)
class StoredMatch:
    """One row of the review queue, or a match that is settled.

    `files` is the number of files. `candidates` are the nearest first, without issues.
    """

    match_id: int
    group: GroupKey
    name: str
    level: Level
    state: MatchState
    reason: str
    candidates: Sequence[Candidate]
    files: int
    job_id: str | None
    matched_at: float


@dataclass(frozen=True, slots=True)
class MatchedFile:
    """One file of a match: where it is now, and the issue that it would be by each candidate.

    `issues` are by "source:series id".
    """

    file_id: int
    match_id: int
    path: str
    issues: Mapping[str, IssueFacts] = field(default_factory=dict)

    def issue_of(self, series: SeriesFacts) -> IssueFacts | None:
        """Return the issue that the file is if it is of this series."""
        return self.issues.get(series_ref(series))


@dataclass(frozen=True, slots=True)
class AnsweredMatch:
    """A match with its files as it was when a person answered it."""

    match: StoredMatch
    files: Sequence[MatchedFile]

    @property
    def file_ids(self) -> Sequence[int]:
        """The catalogue's ids of the files."""
        return [file.file_id for file in self.files]

    def issues_of(self, series: SeriesFacts) -> Mapping[str, IssueFacts]:
        """Return the issue of each file if they are of this series, by the file's id as text."""
        found = {str(file.file_id): file.issue_of(series) for file in self.files}
        return {key: issue for key, issue in found.items() if issue is not None}


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's answer about a group. `series` is None unless the verdict is SERIES."""

    decision_id: int
    group: GroupKey
    name: str
    verdict: Verdict
    series: SeriesFacts | None
    decided_at: float
    decided_by: str | None


def series_ref(series: SeriesFacts) -> str:
    """Return the series' key among those of all sources."""
    return f"{series.source}:{series.id}"

"""Matches and decisions as plain values, by the names that the API and --json use."""

from __future__ import annotations

from typing import Any

from comicmaintainer.library.matches.model import Decision, MatchedFile, StoredMatch
from comicmaintainer.matching.plain_values import candidate_to_json, facts_to_json


def match_of(match: StoredMatch) -> dict[str, Any]:
    """Return a match with its candidates, the nearest first."""
    return {
        "match_id": match.match_id,
        "folder": match.group.folder,
        "name": match.name,
        "level": str(match.level),
        "state": str(match.state),
        "reason": match.reason,
        "files": match.files,
        "candidates": [candidate_to_json(each) for each in match.candidates],
        "job_id": match.job_id,
        "matched_at": match.matched_at,
    }


def matched_file_of(file: MatchedFile) -> dict[str, Any]:
    """Return a file of a match with the issue that it would be, by "source:series id"."""
    return {
        "file_id": file.file_id,
        "path": file.path,
        "issues": {ref: facts_to_json(issue) for ref, issue in file.issues.items()},
    }


def decision_of(decision: Decision) -> dict[str, Any]:
    """Return a decision; `series` is null if the files are never to be matched."""
    return {
        "decision_id": decision.decision_id,
        "folder": decision.group.folder,
        "name": decision.name,
        "verdict": str(decision.verdict),
        "series": None if decision.series is None else facts_to_json(decision.series),
        "decided_at": decision.decided_at,
        "decided_by": decision.decided_by,
    }

"""Matches and decisions as plain values, by the names that the API and --json use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comicmaintainer.library.matches.model import (
    AnsweredMatch,
    Decision,
    GroupKey,
    MatchedFile,
    MatchState,
    StoredMatch,
)
from comicmaintainer.matching.model import IssueFacts, Level
from comicmaintainer.matching.plain_values import (
    candidate_from_json,
    candidate_to_json,
    facts_from_json,
    facts_to_json,
)


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


def answered_to_json(answered: AnsweredMatch) -> dict[str, Any]:
    """Return what is stored with a decision, so that its match can be opened again."""
    return match_of(answered.match) | {
        "group_key": answered.match.group.key,
        "matched_files": [matched_file_of(file) for file in answered.files],
    }


def answered_from_json(values: Mapping[str, Any]) -> AnsweredMatch:
    """The inverse of `answered_to_json`.

    Raises:
        KeyError, TypeError, ValueError: it is not what that returns.
    """
    match = StoredMatch(
        values["match_id"],
        GroupKey(values["folder"], values["group_key"]),
        values["name"],
        Level(values["level"]),
        MatchState(values["state"]),
        values["reason"],
        tuple(candidate_from_json(each) for each in values["candidates"]),
        values["files"],
        values["job_id"],
        values["matched_at"],
    )
    files = [
        MatchedFile(
            file["file_id"],
            match.match_id,
            file["path"],
            {ref: facts_from_json(IssueFacts, issue) for ref, issue in file["issues"].items()},
        )
        for file in values["matched_files"]
    ]
    return AnsweredMatch(match, files)


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

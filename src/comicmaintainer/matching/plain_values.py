"""Matches as plain values: what the database stores, and what the API and --json show.

Used by the stores of matches and decisions, and by everything that shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, TypeVar

from comicmaintainer.matching.model import (
    Candidate,
    Evidence,
    FileFacts,
    IssueFacts,
    SeriesFacts,
)

Facts = TypeVar("Facts", SeriesFacts, IssueFacts, Evidence)


def facts_to_json(facts: SeriesFacts | IssueFacts | Evidence) -> dict[str, Any]:
    """Return the values that are set, by field."""
    return {name: value for name, value in asdict(facts).items() if value not in (None, (), {})}


def facts_from_json(kind: type[Facts], values: Mapping[str, Any]) -> Facts:
    """The inverse of `facts_to_json`; values of a later version are left out.

    Raises:
        TypeError: a value that is needed is missing.
    """
    known = {field.name for field in fields(kind)}
    found: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in values.items()
        if name in known
    }
    return kind(**found)


def said_to_json(facts: FileFacts) -> dict[str, Any]:
    """Return what a file says of itself, by field, without ids: only the values that are set."""
    names = (
        "series", "number", "title", "volume", "years", "start_year", "count", "publisher",
        "page_count",
    )  # fmt: skip
    values = {name: getattr(facts, name) for name in names}
    return {name: value for name, value in values.items() if value not in (None, ())}


def candidate_to_json(candidate: Candidate) -> dict[str, Any]:
    """Return a candidate without its issues, which are stored with the files."""
    return {
        "series": facts_to_json(candidate.series),
        "distance": round(candidate.distance, 4),
        "evidence": [facts_to_json(each) for each in candidate.evidence],
    }


def candidate_from_json(
    values: Mapping[str, Any], issues: Mapping[str, IssueFacts] | None = None
) -> Candidate:
    """The inverse of `candidate_to_json`.

    Raises:
        KeyError, TypeError: it is not a stored candidate.
    """
    return Candidate(
        facts_from_json(SeriesFacts, values["series"]),
        float(values["distance"]),
        tuple(facts_from_json(Evidence, each) for each in values["evidence"]),
        issues or {},
    )

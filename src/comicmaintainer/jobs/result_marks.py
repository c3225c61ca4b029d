"""The marks by which results are counted and grouped, made when a result is stored.

The details of a result may have `changes`, a list of objects with a `type`: what was done to its
item, or would be. The *effect* of a success is the types of its changes, each once, joined by
spaces; it is empty if nothing changed. Results of a job with an equal *group key* are alike: they
have the same changes, or failed in the same way. Most results are like no other and have no key.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from comicmaintainer.jobs.model import Outcome

EFFECTS = (
    "SELECT effect, count(*) AS items FROM job_results"
    " WHERE job_id = ? AND effect IS NOT NULL GROUP BY effect"
)
"""Counts the successes of a job by their effects; used for jobs and when they are archived."""
_FROM_THE_PLAN = frozenset({"changes", "path", "unchanged", "identity", "host", "why"})
"""The details of a result that has nothing to say beside its changes."""
_OF_ONE_ITEM = ("to", "of", "with", "copy")
"""A change with one of these members is of its own item alone: it names another file."""
_VARIES = re.compile(
    r"""'[^']*' | "[^"]*"               # quoted
    | (?<!\S)/[^:;,]+                   # a path
    | [^\s:;,()]*\.[A-Za-z][A-Za-z0-9]{1,4}\b   # a name with a suffix
    | \d+""",
    re.VERBOSE,
)


def marks_of(outcome: Outcome, item: str) -> tuple[str | None, str | None]:
    """Return the effect and the group key of an item's result."""
    details = outcome.details
    if outcome.success and not _changes_of(details):
        return "", None
    return (
        effect_of(outcome.success, details),
        group_key_of(outcome.success, details, item=item, error=outcome.error, code=outcome.code),
    )


def effect_of(success: bool, details: Mapping[str, Any] | None) -> str | None:
    """Return the effect of a result; None if it is a failure."""
    if not success:
        return None
    types = (str(change.get("type", "")) for change in _changes_of(details))
    return " ".join(dict.fromkeys(filter(None, types)))


def group_key_of(
    success: bool,
    details: Mapping[str, Any] | None,
    *,
    item: str,
    error: str | None,
    code: str | None,
) -> str | None:
    """Return what a result shares with those that are alike; None if it is like no other."""
    if not success:
        return _digest([code, _kind_of_error(error or "", item, details)])
    changes = _changes_of(details)
    if not changes or not (details or {}).keys() <= _FROM_THE_PLAN:
        return None
    if any(change.get(name) for change in changes for name in _OF_ONE_ITEM):
        return None
    return _digest(
        [{name: value for name, value in change.items() if name != "from"} for change in changes]
    )


def plain_error(error: str, item: str, details: Mapping[str, Any] | None) -> str:
    """Return an error's text without the path of its item, or of the copy that was worked on."""
    copy = (details or {}).get("copy")
    for path in (copy, item):
        if isinstance(path, str) and path:
            error = error.replace(f"{path}: ", "")
    return error


def _kind_of_error(error: str, item: str, details: Mapping[str, Any] | None) -> str:
    """Return what remains of an error's text once names and numbers are taken out."""
    text = plain_error(error, item, details)
    for name in (item, item.rpartition("/")[2]):
        if name:
            text = text.replace(name, "…")
    return _VARIES.sub("…", text)


def _changes_of(details: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    changes = (details or {}).get("changes")
    if not isinstance(changes, (list, tuple)):
        return []
    return [change for change in changes if isinstance(change, Mapping)]


def _digest(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    data = text.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=12).hexdigest()

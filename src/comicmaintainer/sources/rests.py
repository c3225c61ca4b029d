"""Rests and stops: a source is left alone after errors and while its key is wrong (SQL only).

Used by the desk, in its transactions. Each rest in a row is twice as long as the one before; an
answer ends the row. A stop holds for the settings that the source refused, known by a hash of
them. Times are UTC epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

from comicmaintainer.database import Database, Transaction

FIRST_REST_S = 60.0
LONGEST_REST_S = 3600.0
LONGEST_WISH_S = 86400.0


@dataclass(frozen=True, slots=True)
class Condition:
    """How a source was when it was last asked; `requests` counts all that were ever made."""

    requests: int = 0
    rests: int = 0
    rest_until: float = 0.0
    rest_reason: str | None = None
    stop_reason: str | None = None
    stopped_with: str | None = None


def condition(source: Database | Transaction, name: str) -> Condition:
    """Return the condition of a source."""
    row = source.row(
        "SELECT requests, rests, rest_until, rest_reason, stop_reason, stopped_with"
        " FROM source_states WHERE source = ?",
        (name,),
    )
    if row is None:
        return Condition()
    return Condition(
        row["requests"],
        row["rests"],
        row["rest_until"] or 0.0,
        row["rest_reason"],
        row["stop_reason"],
        row["stopped_with"],
    )


def count_request(transaction: Transaction, name: str) -> None:
    """Count a request that is made."""
    transaction.execute(
        "INSERT INTO source_states (source, requests) VALUES (?, 1)"
        " ON CONFLICT (source) DO UPDATE SET requests = source_states.requests + 1",
        (name,),
    )


def rest(
    transaction: Transaction, name: str, reason: str, *, now: float, wish_s: float | None
) -> float:
    """Leave a source alone for a while and return until when.

    `wish_s` is how long the source itself asks for. Failures of requests that were already under
    way when a rest began do not make it longer, unless the source asks for it.
    """
    before = condition(transaction, name)
    is_resting = before.rest_until > now
    rests = before.rests if is_resting else before.rests + 1
    pause = min(FIRST_REST_S * 2.0 ** (rests - 1), LONGEST_REST_S)
    if wish_s is not None:
        pause = min(max(wish_s, 1.0), LONGEST_WISH_S)
    until = before.rest_until if is_resting and wish_s is None else now + pause
    until = max(until, before.rest_until)
    transaction.execute(
        "UPDATE source_states SET rests = ?, rest_until = ?, rest_reason = ? WHERE source = ?",
        (rests, until, reason, name),
    )
    return until


def end_rests(transaction: Transaction, name: str, *, now: float) -> None:
    """Record that a source has answered: the next rest is a first one, and nothing is stopped."""
    transaction.execute(
        "UPDATE source_states SET rests = 0, rest_reason = NULL, stop_reason = NULL,"
        " stopped_with = NULL, rest_until = NULL WHERE source = ?"
        " AND (rests > 0 OR stop_reason IS NOT NULL) AND coalesce(rest_until, 0) <= ?",
        (name, now),
    )


def stop(transaction: Transaction, name: str, reason: str, settings_hash: str) -> None:
    """Stop a source until its settings have another hash."""
    transaction.execute(
        "UPDATE source_states SET stop_reason = ?, stopped_with = ? WHERE source = ?",
        (reason, settings_hash, name),
    )


def start_again(transaction: Transaction, name: str) -> None:
    """End rest and stop, because the settings of the source have changed."""
    transaction.execute(
        "UPDATE source_states SET rests = 0, rest_until = NULL, rest_reason = NULL,"
        " stop_reason = NULL, stopped_with = NULL WHERE source = ?",
        (name,),
    )

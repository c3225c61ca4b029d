"""The answers that were kept: each request that a source answered, as compressed JSON (SQL only).

Used by the desk. An answer is stored as soon as it is there, and is found again until it is
`keep_s` old; older ones are deleted a few at a time as new ones come. None is an answer too: the
source has no such thing. Times are UTC epoch seconds.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import Any

from comicmaintainer.database import Database, Transaction

MOST_DELETED = 50


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored answer: JSON, or None if the source has no such thing."""

    value: Any


def kept(source: Database | Transaction, request: str, since: float) -> Kept | None:
    """Return the answer to a request, unless there is none or it is older than `since`."""
    row = source.row(
        "SELECT answer FROM source_answers WHERE request = ? AND answered_at >= ?",
        (request, since),
    )
    return None if row is None else Kept(json.loads(zlib.decompress(row["answer"])))


def keep(
    transaction: Transaction, source: str, request: str, value: Any, *, now: float, keep_s: float
) -> None:
    """Store an answer, and delete some that are too old."""
    packed = zlib.compress(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
    transaction.execute(
        "INSERT INTO source_answers (request, source, answer, answered_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (request) DO UPDATE SET answer = excluded.answer,"
        " answered_at = excluded.answered_at",
        (request, source, packed, now),
    )
    transaction.execute(
        "DELETE FROM source_answers WHERE request IN (SELECT request FROM source_answers"
        " WHERE answered_at < ? ORDER BY answered_at LIMIT ?)",
        (now - keep_s, MOST_DELETED),
    )


def forget(transaction: Transaction, request: str) -> None:
    """Delete the answer to a request, so that it is made anew."""
    transaction.execute("DELETE FROM source_answers WHERE request = ?", (request,))

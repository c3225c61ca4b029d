"""Which waiting requests are made together with one whose turn has come (SQL only).

Used by the desk, in its transactions. They keep their rows, which the owner of the turn claims, and
count against no limit. Their answers are kept as if each had been made alone; if one can't be told
from the others, it waits again, and is made alone. Times are UTC epoch seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from comicmaintainer.database import Transaction
from comicmaintainer.sources import answers, turns
from comicmaintainer.sources.model import Request
from comicmaintainer.sources.sharing import Portion
from comicmaintainer.sources.turns import Slot

GATHER_S = 15.0
"""How long a request waits for others to be made with it, if others are about to come."""
MOST_TOGETHER = 50
"""Kapowarr asks ComicVine for so many series at once."""


@dataclass(frozen=True, slots=True)
class Companion:
    """A waiting request: its name among the answers, and its part of the common answer."""

    turn_id: int
    request: str
    id: str
    size: int


def bring(
    transaction: Transaction, source: str, request: Request, *, now: float, since: float
) -> None:
    """Let the requests that are asked for next wait too, unless an answer is kept `since` then."""
    for portion in request.along:
        key = _key(source, portion)
        if answers.kept(transaction, key, since) is None and not turns.slot_of(transaction, key):
            turns.wait(
                transaction, source, request.resource, key, None, now,
                portion=(portion.id, portion.size),
            )  # fmt: skip


def waiting(transaction: Transaction, source: str, request: Request) -> list[Companion]:
    """Return the requests that could be made with this one, which has a portion, in their order."""
    rows = transaction.rows(
        "SELECT turn_id, request, portion, portion_size FROM source_turns"
        " WHERE source = ? AND resource = ? AND spent = 0 AND portion IS NOT NULL"
        " AND claimed_until IS NULL AND request <> ? ORDER BY turn_id LIMIT ?",
        (source, request.resource, request.key(source), MOST_TOGETHER),
    )
    return [
        Companion(row["turn_id"], row["request"], row["portion"], row["portion_size"])
        for row in rows
    ]


def place(slot: Slot | None, others: Sequence[Companion]) -> Slot | None:
    """Return the place of a request: its own, or that of an older one which is made with it."""
    if not others or (slot is not None and slot.turn_id < others[0].turn_id):
        return slot
    return Slot(others[0].turn_id, 0.0, is_spent=False, claimed_until=0.0, is_shared=True)


def is_full(portion: Portion, others: Iterable[Companion]) -> bool:
    """Tell whether a request and those that wait fill an answer."""
    return portion.size + sum(each.size for each in others) >= portion.sharing.room


def chosen(source: str, request: Request, others: Iterable[Companion]) -> list[Companion]:
    """Choose those that fit into one answer: those that are asked for next, then the oldest."""
    portion = request.portion
    if portion is None:
        return []
    next_ids = {each.id for each in request.along}
    room = portion.sharing.room - portion.size
    found: list[Companion] = []
    for each in sorted(others, key=lambda other: (other.id not in next_ids, other.turn_id)):
        is_current = portion.sharing.together([each.id]).key(source) == each.request
        if is_current and each.size <= room and len(found) < MOST_TOGETHER - 1:
            found.append(each)
            room -= each.size
    return found


def claim(
    transaction: Transaction, companions: Iterable[Companion], *, owner: str, now: float
) -> None:
    """Let `owner` make these requests together with its own."""
    transaction.execute_many(
        "UPDATE source_turns SET owner = ?, claimed_until = ? WHERE turn_id = ?",
        [(owner, now + turns.CLAIM_S, each.turn_id) for each in companions],
    )


def answered(transaction: Transaction, companion: Companion, *, owner: str) -> None:
    """Delete the row of a request whose answer is kept."""
    transaction.execute(
        "DELETE FROM source_turns WHERE turn_id = ? AND owner = ?", (companion.turn_id, owner)
    )


def leave(
    transaction: Transaction, companions: Iterable[Companion], *, owner: str, at: float
) -> None:
    """Let these requests wait again, until `at`, after the common one has failed."""
    transaction.execute_many(
        "UPDATE source_turns SET owner = NULL, claimed_until = NULL,"
        " at = CASE WHEN at < ? THEN ? ELSE at END WHERE turn_id = ? AND owner = ?",
        [(at, at, each.turn_id, owner) for each in companions],
    )


def part(transaction: Transaction, companions: Iterable[Companion], *, owner: str) -> None:
    """Let these requests wait again, each to be made alone."""
    transaction.execute_many(
        "UPDATE source_turns SET owner = NULL, claimed_until = NULL, portion = NULL"
        " WHERE turn_id = ? AND owner = ?",
        [(each.turn_id, owner) for each in companions],
    )


def _key(source: str, portion: Portion) -> str:
    return portion.sharing.together([portion.id]).key(source)

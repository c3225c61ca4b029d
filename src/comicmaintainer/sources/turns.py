"""The budget: which requests were made, are being made, and when others may be (SQL only).

Used by the desk, in its transactions. Each request that is made has a row, which counts against the
limits of its source for as long as their longest period. So the limits hold in *any* period of
their length, over all processes and restarts, however the source itself counts.

A request that has to wait gets a row too, its slot: the time at which the budget will reach it,
after those that came before. Whoever comes back at that time, or later, has the turn. A slot that
nobody comes back for is given up after `GRACE_S`. Times are UTC epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from comicmaintainer.database import Database, Transaction
from comicmaintainer.sources.model import COVER_LIMITS, COVERS, Asked, Left, Limit, ResourceState

CLAIM_S = 60.0
"""How long a request may take, for others that wait for its answer; longer than it can."""
MOST_FAILURES = 20
"""After so many failures in a row, a request is given up; a rest follows each."""
UNDER_WAY_S = 10.0
"""How long after its claim a request may still be on its way to the source."""
GRACE_S = 300.0
SHARED_GRACE_S = 3600.0
"""The same for a request that can be made together with another, which needs nobody to come."""
KNOWN_S = 600.0
KNOWN_PERIODS = 1.25
"""How long requests are known at least, for an estimate of how many a job still needs: longer than
they count, because those of an hour may all be made in its first minutes."""
_NEWEST = 1 << 62


@dataclass(frozen=True, slots=True)
class Slot:
    """A request's row: since when, or from when on, and until when somebody makes it.

    One that `is_shared` waits to be made together with others.
    """

    turn_id: int
    at: float
    is_spent: bool
    claimed_until: float
    is_shared: bool = False

    def is_under_way(self, now: float) -> bool:
        """Whether somebody makes it, perhaps together with another one."""
        return self.is_spent or self.claimed_until > now


def slot_of(source: Database | Transaction, request: str) -> Slot | None:
    """Return the row of a request that is not answered, or None."""
    row = source.row(
        "SELECT turn_id, at, spent, claimed_until, portion FROM source_turns WHERE request = ?",
        (request,),
    )
    if row is None:
        return None
    return Slot(
        row["turn_id"],
        row["at"],
        bool(row["spent"]),
        row["claimed_until"] or 0.0,
        row["portion"] is not None,
    )


def earliest(
    transaction: Transaction,
    source: str,
    resource: str,
    limits: tuple[Limit, ...],
    *,
    now: float,
    slot: Slot | None,
    urgent: bool = False,
) -> float:
    """Return when a request may be made: `now`, or when the budget reaches it.

    It comes after all that were made and all that came before it; an urgent one comes after those
    that were made only.
    """
    arrival = 0 if urgent else _NEWEST if slot is None else slot.turn_id
    before = transaction.row(
        "SELECT at FROM source_turns WHERE source = ? AND resource = ? AND spent = 0"
        " AND turn_id < ? ORDER BY turn_id DESC LIMIT 1",
        (source, resource, arrival),
    )
    at = latest = now if before is None else max(now, before["at"])
    for limit in limits:
        ahead = _Ahead(_scope(source, resource, limit), arrival, latest)
        row_at = _nth_newest(transaction, ahead, limit, now)
        if row_at is not None:
            at = max(at, row_at + limit.period_s)
    return at


@dataclass(frozen=True, slots=True)
class _Ahead:
    """The rows that a request comes after: those in `scope` that were made, or that wait and came
    before `arrival`. None of them is later than `latest`."""

    scope: tuple[str, tuple[str, str]]
    arrival: int
    latest: float


def _nth_newest(transaction: Transaction, ahead: _Ahead, limit: Limit, now: float) -> float | None:
    """Return when the request was made, or may be, that is as many back as a limit allows.

    Requests under way are taken as made now: the source has perhaps not seen them yet.
    """
    condition, values = ahead.scope
    since = now + CLAIM_S - UNDER_WAY_S
    under_way = transaction.value(
        f"SELECT count(*) FROM source_turns WHERE {condition} AND spent = 1 AND claimed_until > ?",
        (*values, since),
    )

    def settled(place: int) -> float | None:
        row = transaction.row(
            f"SELECT at FROM source_turns WHERE {condition} AND at <= ?"
            " AND (spent = 1 OR turn_id < ?) AND (claimed_until IS NULL OR claimed_until <= ?)"
            " ORDER BY at DESC LIMIT 1 OFFSET ?",
            (*values, ahead.latest, ahead.arrival, since, place),
        )
        return None if row is None else row["at"]

    last = settled(limit.count - 1)
    if under_way == 0 or (last is not None and last > now):
        return last
    if under_way >= limit.count:
        return now
    before = settled(limit.count - 1 - under_way)
    return None if before is None else min(before, now)


def wait(
    transaction: Transaction,
    source: str,
    resource: str,
    request: str,
    slot: Slot | None,
    at: float,
    *,
    for_details: bool = False,
    portion: tuple[str | None, int | None] = (None, None),
) -> None:
    """Give a request a slot, or another time if it has one.

    `portion` is its id and its size in an answer, if it can be made together with others.
    """
    if slot is not None:
        transaction.execute("UPDATE source_turns SET at = ? WHERE turn_id = ?", (at, slot.turn_id))
        return
    transaction.execute(
        "INSERT INTO source_turns"
        " (source, resource, at, spent, request, for_details, portion, portion_size)"
        " VALUES (?, ?, ?, 0, ?, ?, ?, ?)",
        (source, resource, at, request, for_details, *portion),
    )


def spend(
    transaction: Transaction,
    source: str,
    resource: str,
    request: str,
    slot: Slot | None,
    *,
    owner: str,
    now: float,
    for_details: bool = False,
) -> None:
    """Record that `owner` makes a request now; nobody else makes it until the claim ends."""
    if slot is not None:
        transaction.execute(
            "UPDATE source_turns SET at = ?, spent = 1, owner = ?, claimed_until = ?"
            " WHERE turn_id = ?",
            (now, owner, now + CLAIM_S, slot.turn_id),
        )
        return
    transaction.execute(
        "INSERT INTO source_turns (source, resource, at, spent, request, for_details, owner,"
        " claimed_until) VALUES (?, ?, ?, 1, ?, ?, ?, ?)",
        (source, resource, now, request, for_details, owner, now + CLAIM_S),
    )


def release(transaction: Transaction, request: str, *, owner: str, now: float) -> None:
    """End a claim; the request counts from now on, when the source has surely counted it."""
    transaction.execute(
        "UPDATE source_turns SET request = NULL, owner = NULL, claimed_until = NULL, at = ?"
        " WHERE request = ? AND owner = ?",
        (now, request, owner),
    )


def fall_back(
    transaction: Transaction, request: str, *, owner: str, now: float, until: float
) -> int:
    """Let a request that failed wait again, after all others; return how often it has failed.

    It would hold up the others for good if it kept its place, and the source could not answer it.
    """
    failed = transaction.row(
        "SELECT source, resource, for_details, failures FROM source_turns"
        " WHERE request = ? AND owner = ?",
        (request, owner),
    )
    if failed is None:
        return 0
    release(transaction, request, owner=owner, now=now)
    transaction.execute(
        "INSERT INTO source_turns (source, resource, at, spent, request, for_details, failures)"
        " VALUES (?, ?, ?, 0, ?, ?, ?)",
        (
            failed["source"], failed["resource"], until, request, failed["for_details"],
            failed["failures"] + 1,
        ),
    )  # fmt: skip
    return int(failed["failures"]) + 1


def give_up(transaction: Transaction, request: str) -> None:
    """Forget a request that waits."""
    transaction.execute("DELETE FROM source_turns WHERE request = ? AND spent = 0", (request,))


def correct(
    transaction: Transaction, source: str, resource: str, left: Left, *, now: float
) -> None:
    """Count requests that others made with the same key, if the source says that fewer are left."""
    limit = left.limit
    scope, values = _scope(source, resource, limit)
    counted = transaction.value(
        f"SELECT count(*) FROM source_turns WHERE {scope} AND spent = 1 AND at > ?",
        (*values, now - limit.period_s),
    )
    others = limit.count - max(0, left.count) - counted
    if others <= 0:
        return
    ends_at = now + limit.period_s if left.reset_at is None else left.reset_at
    at = min(now, ends_at - limit.period_s)
    transaction.execute_many(
        "INSERT INTO source_turns (source, resource, at, spent) VALUES (?, ?, ?, 1)",
        [(source, resource, at)] * others,
    )


def sweep(transaction: Transaction, source: str, limits: tuple[Limit, ...], *, now: float) -> None:
    """Delete the rows of a source that count no more, and the slots that nobody came back for.

    The claims of processes that never came back end; what they made counts from then on.
    """
    since = now - known_s(limits)
    transaction.execute(
        "UPDATE source_turns SET at = claimed_until, request = NULL, owner = NULL,"
        " claimed_until = NULL WHERE source = ? AND claimed_until <= ? AND spent = 1",
        (source, now),
    )
    transaction.execute(
        "UPDATE source_turns SET owner = NULL, claimed_until = NULL"
        " WHERE source = ? AND claimed_until <= ? AND spent = 0",
        (source, now),
    )
    transaction.execute(
        "DELETE FROM source_turns WHERE source = ? AND at < ? AND spent = 1"
        " AND claimed_until IS NULL",
        (source, since),
    )
    transaction.execute(
        "DELETE FROM source_turns WHERE source = ? AND at < ? AND spent = 0"
        " AND claimed_until IS NULL AND (portion IS NULL OR at < ?)",
        (source, now - GRACE_S, now - SHARED_GRACE_S),
    )


def known_s(limits: tuple[Limit, ...]) -> float:
    """Return how long the requests of a source with these limits are known."""
    longest_s = max(limit.period_s for limit in (*limits, *COVER_LIMITS))
    return max(KNOWN_S, KNOWN_PERIODS * longest_s)


def asked(database: Database, source: str, since: float) -> tuple[Asked, ...]:
    """Return the requests of each resource that were made since or wait, but for covers."""
    rows = database.rows(
        "SELECT resource, at, spent, for_details FROM source_turns"
        " WHERE source = ? AND resource <> ? AND (spent = 0 OR at > ?) ORDER BY resource, at",
        (source, COVERS, since),
    )
    return tuple(
        Asked(
            resource,
            made_at=tuple(row["at"] for row in group if row["spent"] and not row["for_details"]),
            details_made_at=tuple(
                row["at"] for row in group if row["spent"] and row["for_details"]
            ),
            waiting=sum(not row["spent"] and not row["for_details"] for row in group),
            details_waiting=sum(not row["spent"] and row["for_details"] for row in group),
        )
        for resource, found in groupby(rows, key=itemgetter("resource"))
        for group in [list(found)]
    )


def states(
    database: Database, source: str, limits: tuple[Limit, ...], *, now: float
) -> tuple[ResourceState, ...]:
    """Return the budget of each resource of which requests were made or wait."""
    rows = database.rows(
        "SELECT resource, count(*) - sum(spent) AS waiting FROM source_turns"
        " WHERE source = ? AND resource <> ? GROUP BY resource ORDER BY resource",
        (source, COVERS),
    )
    return tuple(
        max(
            (
                _state(database, source, row["resource"], row["waiting"], limit, now)
                for limit in limits
            ),
            key=lambda state: (state.next_at or 0.0, state.limit.period_s),
        )
        for row in rows
        if limits
    )


def _state(
    database: Database, source: str, resource: str, waiting: int, limit: Limit, now: float
) -> ResourceState:
    scope, values = _scope(source, resource, limit)
    spent = database.value(
        f"SELECT count(*) FROM source_turns WHERE {scope} AND spent = 1 AND at > ?",
        (*values, now - limit.period_s),
    )
    next_at = None
    if spent >= limit.count:
        next_at = limit.period_s + database.value(
            f"SELECT at FROM source_turns WHERE {scope} AND spent = 1"
            " ORDER BY at DESC LIMIT 1 OFFSET ?",
            (*values, limit.count - 1),
        )
    left = max(0, limit.count - spent)
    return ResourceState(resource, limit, spent, left, next_at, waiting)


def _scope(source: str, resource: str, limit: Limit) -> tuple[str, tuple[str, str]]:
    """Return the condition for the rows that count against a limit, and its values."""
    if limit.shared:
        return "source = ? AND resource <> ?", (source, COVERS)
    return "source = ? AND resource = ?", (source, resource)

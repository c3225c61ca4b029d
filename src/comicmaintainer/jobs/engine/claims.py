"""Chooses the items a worker gets next (SQL only): those of the most urgent runnable jobs.

Used by item_store, inside the transaction that hands in results. A claim is one statement per job.
It gives the item to its worker until that worker hands in a result, gives it back, or counts as
dead (`Workforce.rescue` decides that). On a server many claim at once (decision 0144): they skip
items that another one is claiming. Times are UTC epoch seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comicmaintainer.database import Row, Transaction
from comicmaintainer.database.stored_values import known_member, stored_object
from comicmaintainer.jobs import statistics
from comicmaintainer.jobs.job_store import REVISION, new_revision_at_end
from comicmaintainer.jobs.model import ClaimedItem, Priority, Trigger

AGEING_S = 600
"""A job gains one level of urgency for each such span without a claim."""
SUSPICIOUS_LOSSES = 3
"""An item whose worker died this often is claimed last, and alone: it may kill its workers."""
MANY = 100
"""Who claims so many items at once is back in a moment."""
_SAME_JOB_S = 1.0
"""So long claims of many items go on in one job before the most urgent one is looked for again."""
_NOTED_EVERY_S = 1.0
"""How often a server notes claims from a job, which locks the job's row."""

_AGED = "priority + floor((:now - coalesce(last_claim_at, created_at)) / :ageing)"
# An imported job must not claim the rights that the command line has here.
_JOB = (
    "job_id, kind, params, preview, source_job_id, status, created_at, priority,"
    " coalesce(total_items, 0) - coalesce(processed_items, 0) AS items_left,"
    " CASE WHEN imported = 1 AND trigger = 'cli' THEN 'api' ELSE trigger END AS trigger, imported,"
    f" CASE WHEN {_AGED} < 4 THEN {_AGED} ELSE 4 END AS urgency"
)
# Among unstarted jobs of one priority, an older one is never less urgent than a younger one. So a
# claim needs only the first few of each priority, which an index provides.
# The limits are sums since SQLite prepares a statement anew for each run if a bare variable limits
# it, which takes ten times as long as to run one of these.
_NOT_BEGUN = f"""
    SELECT * FROM (
        SELECT {_JOB} FROM jobs INDEXED BY idx_jobs_not_begun
        WHERE status = 'queued' AND deleting = 0 AND priority = {{priority}} AND kind IN ({{kinds}})
          {{has_items}}
        ORDER BY created_at, job_id LIMIT :many + 0) AS of_priority_{{priority}}
"""
_BEGUN = f"""
    SELECT {_JOB} FROM jobs
    WHERE status = 'processing' AND deleting = 0 AND kind IN ({{kinds}})
      AND (SELECT 1 FROM job_items AS due INDEXED BY idx_job_items_queued
           WHERE due.job_id = jobs.job_id AND due.state = 'queued'
             AND due.not_before <= :now {{here}} LIMIT 1) IS NOT NULL
"""
_ONLY = f"""
    SELECT {_JOB} FROM jobs WHERE job_id = :only_job AND status IN ('queued', 'processing')
      AND deleting = 0 AND kind IN ({{kinds}})
"""
_HERE = " AND (root_id IS NULL OR root_id = ANY (:here))"
_HAS_ITEMS_HERE = f"""
          AND (SELECT 1 FROM job_items AS due
               WHERE due.job_id = jobs.job_id AND due.state = 'queued' {_HERE}
               LIMIT 1) IS NOT NULL"""
# Values, not EXISTS: a planner without figures could join all items that are being processed.
_IS_FREE = """(SELECT 1 FROM job_items AS busy WHERE busy.item = waiting.item
               AND busy.state = 'processing' LIMIT 1) IS NULL"""
_DUE = f"""
        -- The index is named because the planner would walk the primary key past all done items.
        SELECT {{row}} FROM job_items AS waiting INDEXED BY idx_job_items_queued
        WHERE job_id = :job_id AND state = 'queued' AND not_before <= :now
          AND CASE WHEN lost >= :suspicious THEN 1 ELSE 0 END = :alone {{here}}
          AND {_IS_FREE}
        ORDER BY not_before, seq LIMIT :wanted + 0"""
_CLAIM = """
    UPDATE job_items
    SET state = 'processing', worker_id = :worker_id, attempt = attempt + 1, claimed_at = :now
    WHERE {chosen}
    RETURNING seq, item, params, attempt, failures, lost, waits_for, closing
"""
_CLAIM_ALONE = _CLAIM.format(
    chosen=f"job_id = :job_id AND seq IN ({_DUE.format(row='seq', here='')})"
)
# An array, because it is made once: a plan may run a subquery several times, and each time find
# others locked. Of places (ctid), because a planner could else read all items of the job for them.
_CLAIM_AMONG_OTHERS = _CLAIM.format(
    chosen=f"ctid = ANY (ARRAY({_DUE.format(row='ctid', here=_HERE)}"
    " FOR UPDATE OF waiting SKIP LOCKED))"
)
_GO_ON = _CLAIM.format(
    chosen=f"""ctid = ANY (ARRAY(
        SELECT ctid FROM job_items AS waiting
        WHERE job_id = :job_id AND state = 'queued' AND not_before = 0 AND seq >= :first
          AND lost < :suspicious {_HERE}
          AND {_IS_FREE}
          AND EXISTS (SELECT 1 FROM jobs WHERE job_id = :job_id
                      AND status = 'processing' AND deleting = 0)
        ORDER BY not_before, seq LIMIT :wanted FOR UPDATE OF waiting SKIP LOCKED))"""
)
_BEGIN = f"""
    UPDATE jobs SET status = 'processing', started_at = coalesce(started_at, :now),
        revision = {REVISION}
    WHERE job_id = :job_id AND status = 'queued'
"""
_NOTE = "UPDATE jobs SET last_claim_at = :now WHERE job_id = :job_id"
# A job that somebody is changing, or that was noted just now, need not be waited for. This comes
# last: whoever waited for something else with these rows locked could be waited for.
_NOTE_AMONG_OTHERS = f"""
    UPDATE jobs SET last_claim_at = :now WHERE job_id IN (
        SELECT job_id FROM jobs
        WHERE job_id = :job_id AND coalesce(last_claim_at, 0) < :now - {_NOTED_EVERY_S}
        FOR UPDATE SKIP LOCKED)
"""


@dataclass(slots=True)
class Place:
    """Where a worker goes on in a job on a server, when it has just claimed many items of it.

    A server keeps old versions of rows until a vacuum, and each claim from the start of a job would
    step over all of them.
    """

    job: Row | None = None
    first: int = 0
    until: float = 0.0


def next_claims(
    transaction: Transaction,
    worker_id: str,
    wanted: int,
    kinds: Collection[str],
    now: float,
    limits: Mapping[str, int],
    only_job: str | None,
    here: Collection[int] = (),
    place: Place | None = None,
    *,
    shares: bool = False,
) -> list[ClaimedItem]:
    """Give the worker up to `wanted` items, in the order of their jobs' effective priority.

    `limits` bounds how many items of a kind run at a time, over all workers. `only_job` limits the
    claims to one job. On a server, only items are given that lie in one of the roots `here`, or in
    none. A worker that was considered dead gets nothing until it registers again.
    `place` is kept by the worker between its claims. A worker that `shares` leaves some of the last
    items to other threads.
    """
    threads = _threads(transaction, worker_id) if wanted and kinds else None
    if threads is None:
        return []
    if place is not None and wanted >= MANY and place.job is not None and now < place.until:
        claims = _go_on(transaction, worker_id, wanted, now, here, place)
        if claims:
            return claims
    claims = []
    met: dict[str, Row] = {}
    rooms: dict[str, int] = {}
    many, is_whole = wanted, False
    while len(claims) < wanted and not is_whole:
        open_kinds = [kind for kind in kinds if rooms.get(kind, 1) > 0]
        if not open_kinds:
            break
        jobs, is_whole = _runnable(transaction, open_kinds, now, many, only_job, here)
        many *= 4
        wanted = _share(wanted, jobs, threads if shares and is_whole else 0)
        for job in jobs:
            kind, room = job["kind"], wanted - len(claims)
            if room <= 0 or job["job_id"] in met:
                continue
            if kind in limits:
                # Items of a limited kind are claimed one by one, because an item that only waits
                # in a worker's batch would use up the limit.
                if kind not in rooms:
                    rooms[kind] = _room(transaction, kind, limits[kind])
                room = min(1, rooms[kind])
            rows = _take(transaction, worker_id, job["job_id"], room, now, here)
            met[job["job_id"]] = job
            claims += _claimed(job, rows, worker_id)
            if kind in limits:
                rooms[kind] -= len(rows)
    claimed_from = dict.fromkeys(claim.job_id for claim in claims)
    _note_begun(transaction, [met[job_id] for job_id in claimed_from], now)
    _note_claims(transaction, claimed_from, now)
    if place is not None and len(claimed_from) == 1 and len(claims) >= MANY:
        _note_place(place, met[claims[0].job_id], claims, limits, now)
    return claims


def _note_place(
    place: Place, job: Row, claims: Sequence[ClaimedItem], limits: Collection[str], now: float
) -> None:
    place.job = job if job["kind"] not in limits else None
    place.first, place.until = claims[-1].seq + 1, now + _SAME_JOB_S


def _go_on(
    transaction: Transaction,
    worker_id: str,
    wanted: int,
    now: float,
    here: Collection[int],
    place: Place,
) -> list[ClaimedItem]:
    """Claim the next items of the job at `place`, unless it was stopped meanwhile."""
    job = place.job
    if job is None:
        return []
    arguments = {
        "worker_id": worker_id,
        "now": now,
        "job_id": job["job_id"],
        "first": place.first,
        "wanted": wanted,
        "suspicious": SUSPICIOUS_LOSSES,
        "here": list(here),
    }
    claims = _claimed(job, transaction.rows(_GO_ON, arguments), worker_id)
    if claims:
        place.first = claims[-1].seq + 1
        _note_claims(transaction, [job["job_id"]], now)
    return claims


def _take(
    transaction: Transaction,
    worker_id: str,
    job_id: str,
    wanted: int,
    now: float,
    here: Collection[int],
) -> list[Row]:
    if wanted <= 0:
        return []
    arguments = {
        "worker_id": worker_id,
        "now": now,
        "job_id": job_id,
        "wanted": wanted,
        "suspicious": SUSPICIOUS_LOSSES,
        "alone": 0,
    }
    claim = _CLAIM_ALONE
    if transaction.dialect.locks_rows:
        claim = _CLAIM_AMONG_OTHERS
        arguments["here"] = list(here)
    return transaction.rows(claim, arguments) or transaction.rows(
        claim, {**arguments, "wanted": 1, "alone": 1}
    )


def _note_begun(transaction: Transaction, jobs: Sequence[Row], now: float) -> None:
    """Mark those of `jobs` that had not begun as processing."""
    begun = [job for job in jobs if job["status"] == "queued"]
    if begun:
        waits = [(job["kind"], max(0.0, now - job["created_at"])) for job in begun]
        statistics.record_waits(transaction, waits, now)
        new_revision_at_end(transaction)
        for job in begun:
            transaction.at_end(_BEGIN, {"now": now, "job_id": job["job_id"]})


def _note_claims(transaction: Transaction, job_ids: Collection[str], now: float) -> None:
    """Reset the age of jobs."""
    note = _NOTE_AMONG_OTHERS if transaction.dialect.locks_rows else _NOTE
    for job_id in job_ids:
        transaction.at_end(note, {"now": now, "job_id": job_id})


def _room(transaction: Transaction, kind: str, limit: int) -> int:
    """Return how many more items of the kind may run; 0 while another worker claims one."""
    is_free = transaction.dialect.take_name(transaction, f"kind {kind}")
    return limit - _running(transaction, kind) if is_free else 0


def _running(transaction: Transaction, kind: str) -> int:
    return int(
        transaction.value(
            "SELECT count(*) FROM job_items JOIN jobs USING (job_id)"
            " WHERE state = 'processing' AND kind = ?",
            (kind,),
        )
    )


def _runnable(
    transaction: Transaction,
    kinds: Sequence[str],
    now: float,
    many: int,
    only_job: str | None,
    here: Collection[int],
) -> tuple[list[Row], bool]:
    """Return jobs with items to claim, the most urgent first, and whether these are all.

    At most `many` unstarted jobs of each priority are returned.
    """
    names: dict[str, Any] = {f"kind{number}": kind for number, kind in enumerate(kinds)}
    chosen = ", ".join(f":{name}" for name in names)
    of_hosts = {"here": "", "has_items": ""}
    values = {"now": now, "ageing": AGEING_S, "many": many, "only_job": only_job, **names}
    if transaction.dialect.locks_rows:
        of_hosts = {"here": _HERE, "has_items": _HAS_ITEMS_HERE}
        values["here"] = list(here)
    parts = [_NOT_BEGUN.format(priority=int(one), kinds=chosen, **of_hosts) for one in Priority]
    parts = (
        [_BEGUN.format(kinds=chosen, **of_hosts), *parts]
        if only_job is None
        else [_ONLY.format(kinds=chosen)]
    )
    jobs = transaction.rows(
        " UNION ALL ".join(parts) + " ORDER BY urgency DESC, created_at, job_id",
        values,
    )
    unbegun = Counter(job["priority"] for job in jobs if job["status"] == "queued")
    return jobs, only_job is not None or max(unbegun.values(), default=0) < many


def _threads(transaction: Transaction, worker_id: str) -> int | None:
    """Return how many threads all workers have; None if this one is not registered."""
    row = transaction.row(
        "SELECT (SELECT sum(threads) FROM workers) AS threads FROM workers WHERE worker_id = ?",
        (worker_id,),
    )
    return None if row is None else int(row["threads"] or 0)


def _share(wanted: int, jobs: Sequence[Row], threads: int) -> int:
    """Return how many items of `jobs` a thread may claim that shares them with all `threads`.

    Towards the end it gets fewer, or some threads would do the last ones while others are idle.
    Items so cheap that many are claimed are done in a moment anyway.
    """
    if not threads or wanted >= MANY:
        return wanted
    left = sum(int(job["items_left"]) for job in jobs)
    return max(1, min(wanted, left // (2 * threads)))


def _claimed(job: Row, rows: Sequence[Row], worker_id: str) -> list[ClaimedItem]:
    of_job = {
        "job_id": job["job_id"],
        "kind": job["kind"],
        "params": stored_object(job["params"], unreadable_as="unreadable"),
        "preview": bool(job["preview"]),
        "trigger": known_member(Trigger, job["trigger"], Trigger.API),
        "source_job_id": job["source_job_id"],
        "worker_id": worker_id,
        "imported": bool(job["imported"]),
    }
    claims = [
        ClaimedItem(
            seq=row["seq"],
            item=row["item"],
            item_params=_item_params(row["params"]),
            attempt=row["attempt"],
            failures=row["failures"],
            lost=row["lost"],
            breaks_cycle=row["waits_for"] is not None,
            closing=bool(row["closing"]),
            **of_job,
        )
        for row in rows
    ]
    claims.sort(key=lambda claim: claim.seq)  # RETURNING guarantees no order
    return claims


def _item_params(text: str | None) -> dict[str, Any]:
    return stored_object(text, unreadable_as="unreadable") if text else {}

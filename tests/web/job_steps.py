"""Jobs made and worked on by hand, for tests of what the web shows of them."""

from __future__ import annotations

import time

from comicmaintainer.jobs.engine.item_store import ItemStore
from comicmaintainer.jobs.model import HandIn, JobRequest, Outcome
from tests.kit.living_worker import register_worker


def work(parts, count=10**6, *, fail=(), kinds=("process", "tag", "scan"), details=None):
    """Claim and finish items as a worker does; those in `fail` fail."""
    items = ItemStore(parts.database)
    if not parts.manager.workers.all():
        register_worker(parts.database)
    _, claims = items.exchange("w", [], count, kinds, time.time())
    done = [
        HandIn(
            claim,
            Outcome(False, None, "No space left.", "disk_full")
            if claim.item in fail
            else Outcome(True, details or {"new": claim.item}),
            0.01,
        )
        for claim in claims
    ]
    items.exchange("w", done, 0, (), time.time())
    return len(done)


def submit(parts, count=3, kind="process"):
    return parts.manager.submit(JobRequest(kind, [f"/c/{n}.cbz" for n in range(count)])).job_id

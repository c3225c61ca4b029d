"""A database and journal of an older version go on working."""

from __future__ import annotations

import hashlib
from pathlib import Path

from comicmaintainer.jobs.model import JobStatus
from comicmaintainer.library.journal import ChangeState
from tests.golden import before

TAKEN_BACK = ("undo", "restore", "rehearse", "scan")


def test_changes_of_an_older_version_are_undone_to_the_byte(tmp_path: Path) -> None:
    scene, kept = before.write(tmp_path)
    journal = scene.services.journal
    for kind, job_id in reversed(kept["jobs"].items()):
        if kind in TAKEN_BACK or not journal.changes_of_job(job_id, state=ChangeState.APPLIED):
            continue
        undo = scene.services.manager.submit(scene.services.requests.undo_job(job_id))
        done = scene.finish(undo.job_id)
        failures = scene.services.manager.results.in_order(undo.job_id)
        assert (done.status, done.failed_items) == (JobStatus.COMPLETED, 0), list(failures)
    left = {
        name: hashlib.sha256((scene.library / name).read_bytes()).hexdigest()
        for name in kept["originals"]
    }
    assert left == kept["originals"]


def test_a_preview_of_an_older_version_is_still_applied(tmp_path: Path) -> None:
    scene, kept = before.write(tmp_path)
    request = scene.services.requests.apply(kept["jobs"]["preview"])
    job = scene.finish(scene.services.manager.submit(request).job_id)
    assert (job.status, job.failed_items) == (JobStatus.COMPLETED, 0)

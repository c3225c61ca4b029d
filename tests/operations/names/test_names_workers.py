"""Several worker processes with threads, killed in between, give files each other's names."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from comicmaintainer.jobs.engine.worker import Worker
from comicmaintainer.jobs.model import Job, JobStatus
from comicmaintainer.library.journal import ChangeState
from comicmaintainer.operations.changes.journal_batch import JournalBatch
from comicmaintainer.operations.runners import build_runners
from tests.kit.forked import begun
from tests.operations.workbench import Workbench, details, sha256, tags

pytestmark = pytest.mark.slow

PARAMS = {"template": "{series} {issue}", "padding": 1}
WAIT_S = 120


def comics(bench: Workbench, chance: random.Random) -> list[Path]:
    """In each folder a permutation of the names 1 to 12: circles, and files that stay."""
    paths = []
    for folder in ("one", "two", "three"):
        wanted = list(range(1, 13))
        chance.shuffle(wanted)
        for name, number in enumerate(wanted, start=1):
            xml = f"<Series>Saga</Series><Number>{number}</Number>"
            path = bench.comic(f"{folder}/Saga {name}.cbz", xml, pages=1, seed=f"{folder}{name}")
            paths.append(path)
    bench.catalogued(*paths)
    return paths


def worked_on(bench: Workbench, job: Job, kills: Sequence[int]) -> None:
    """Let two processes work; whenever so many items are done, one of them is killed."""
    workers = [begun(_work, bench.folder) for _ in range(2)]
    left = list(kills)
    deadline = time.monotonic() + WAIT_S
    while (now := bench.manager.get(job.job_id)).status is not JobStatus.COMPLETED:
        assert time.monotonic() < deadline, f"{now.processed_items} of {now.total_items} done"
        if left and now.processed_items >= left[0]:
            left.pop(0)
            killed = workers.pop(0)
            killed.kill()
            killed.join()
            workers.append(begun(_work, bench.folder))
        time.sleep(0.005)
    for worker in workers:
        worker.terminate()
        worker.join()
        assert worker.exitcode == 0


def _work(folder: Path) -> None:
    """Work until SIGTERM."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    bench = Workbench(folder)
    journal_batch = JournalBatch(bench.database, now=bench.clock, deferred=True)
    bench.context = replace(bench.context, journal_batch=journal_batch)
    worker = Worker(
        bench.database,
        build_runners(bench.context),
        threads=4,
        before_hand_in=journal_batch.flush,
    )
    worker.start()
    signal.sigwait({signal.SIGTERM})
    worker.stop()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_all_files_get_their_names_and_have_them_back_after_undo(tmp_path: Path, seed: int) -> None:
    bench = Workbench(tmp_path)
    chance = random.Random(seed)
    paths = comics(bench, chance)
    before = {str(path): sha256(path) for path in paths}
    job = bench.submit("process", paths, PARAMS)
    worked_on(bench, job, sorted(chance.sample(range(30), 3)))
    results = bench.results(job.job_id)
    assert [result.error for result in results] == [None] * len(paths)
    for result in results:
        target = Path(details(result)["path"])
        assert target.name == f"Saga {tags(target).issue}.cbz"
        assert bench.state_of(target) == "processed"
    assert sorted(sha256(path) for path in paths) == sorted(before.values())
    changes = bench.journal.changes_of_job(job.job_id, limit=1000, state=ChangeState.APPLIED)
    undo = bench.submit("undo", [str(change.change_id) for change in changes])
    worked_on(bench, undo, sorted(chance.sample(range(20), 2)))
    assert [result.error for result in bench.results(undo.job_id)] == [None] * len(changes)
    assert {str(path): sha256(path) for path in bench.library.rglob("*.cbz")} == before
    assert bench.journal.open_changes() == []


def test_a_preview_by_several_processes_is_closed_once_and_applied_as_shown(
    tmp_path: Path,
) -> None:
    bench = Workbench(tmp_path)
    paths = comics(bench, random.Random(7))
    job = bench.submit("rename", paths, PARAMS, preview=True)
    worked_on(bench, job, [10])
    shown = bench.results(job.job_id)
    assert len(shown) == len(paths)
    for path, result in zip(paths, shown, strict=True):
        target = path.with_name(f"Saga {tags(path).issue}.cbz")
        assert details(result)["path"] == str(target)

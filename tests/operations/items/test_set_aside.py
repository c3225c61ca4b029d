"""A comic at which workers die is given up in the end: its job ends, and the others are done."""

from __future__ import annotations

import os

from comicmaintainer.database import notices
from comicmaintainer.jobs.model import JobStatus, Trigger
from comicmaintainer.library.scan.suspects import MAX_ENDINGS
from tests.kit.comics import cbz, pages_of
from tests.kit.crash import run_in_child
from tests.operations.workbench import Workbench


def die_while_working(bench: Workbench) -> None:
    """A worker process that a comic ends while it is being changed."""
    assert run_in_child(lambda: bench.another(reached=lambda _: os._exit(9)).work()) == 9
    gone = [worker.worker_id for worker in bench.manager.workers.all()]
    bench.manager.workers.rescue(gone, bench.clock())


def test_the_item_fails_after_several_workers_and_the_job_ends(bench: Workbench) -> None:
    path = cbz(bench.library / "a 1 (2020).cbz", pages_of("one"))
    bench.catalogued(path)
    job = bench.submit("process", [path], trigger=Trigger.WATCHER)
    for _ in range(MAX_ENDINGS):
        die_while_working(bench)
    again = bench.another()
    again.recover()
    again.work()
    assert again.manager.get(job.job_id).status is JobStatus.COMPLETED
    (result,) = again.results(job.job_id)
    assert result.code == "set_aside"
    assert str(path) in (result.error or "")
    assert again.state_of(path) == "failed"
    assert [str(path) in notice.message for notice in notices.all_notices(again.database)] == [True]


def test_a_file_set_aside_is_tried_again_on_request(bench: Workbench) -> None:
    path = cbz(bench.library / "a 1 (2020).cbz", pages_of("one"))
    bench.catalogued(path)
    bench.submit("process", [path], trigger=Trigger.WATCHER)
    for _ in range(MAX_ENDINGS):
        die_while_working(bench)
    again = bench.another()
    again.recover()
    again.work()
    (result,) = again.run("verify", [path], trigger=Trigger.WEB)
    assert result.success
    assert notices.all_notices(again.database) == []


def test_a_worker_that_ran_all_the_time_leaves_it_alone_too(bench: Workbench) -> None:
    path = cbz(bench.library / "a 1 (2020).cbz", pages_of("one"))
    bench.catalogued(path)
    job = bench.submit("process", [path], trigger=Trigger.WATCHER)
    for _ in range(MAX_ENDINGS):
        die_while_working(bench)
    bench.another()  # a process that starts counts the endings
    bench.manager.workers.register(bench.worker_id, "host", os.getpid(), 1, bench.clock())
    bench.work()
    (result,) = bench.results(job.job_id)
    assert result.code == "set_aside"

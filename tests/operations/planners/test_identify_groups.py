"""Comics that are identified together share their syncs, and survive kills like others."""

from __future__ import annotations

import math
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from comicmaintainer.jobs.model import Job
from comicmaintainer.library.journal import ChangeState
from comicmaintainer.operations.planners import identify
from comicmaintainer.operations.runners import build_group_runners
from comicmaintainer.outgoing.transport import Transport
from tests.kit.forked import exit_code
from tests.kit.replay_catalogue import series_of
from tests.kit.replay_server import ReplayServer
from tests.kit.syncs import noted_syncs
from tests.operations.items.killed_processes import signalling_at, take_over
from tests.operations.items.test_item_group import AllHeld
from tests.operations.planners.identifying_bench import finish, identifying_bench
from tests.operations.workbench import Guard, Workbench, details, page_bytes, sha256, tags

ISSUES = 6
NOW = 1_000_000.0
POINTS = ("planned", "applied tags", "confirmed", "catalogued", "guard")
SERIES = [
    {
        "id": 10,
        "name": "Harbour Lights",
        "start_year": 2016,
        "publisher": "Tern Press",
        "issues": [[100 + number, str(number), 2016] for number in range(1, ISSUES + 1)],
    }
]


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all items of a group ask, however busy the computer is."""
    monkeypatch.setattr(identify, "LONGEST_ASKING_S", math.inf)


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with ReplayServer(series_of(SERIES)).running() as running:
        yield running


@pytest.fixture
def transport() -> Iterator[Transport]:
    transport = Transport()
    yield transport
    transport.close()


@pytest.fixture
def bench(tmp_path: Path, server: ReplayServer, transport: Transport) -> Workbench:
    return identifying_bench(tmp_path, server.address("comicvine"), transport, now=NOW)


def comics(bench: Workbench) -> list[Path]:
    names = [f"Harbour Lights (2016)/Harbour Lights {n:03}.cbz" for n in range(1, ISSUES + 1)]
    paths = [bench.comic(name) for name in names]
    bench.catalogued(*paths)
    return paths


def asked_before(bench: Workbench) -> list[Path]:
    """Return comics about which the source has answered everything, so that none has to wait."""
    paths = comics(bench)
    finish(bench, bench.submit("identify", paths, preview=True))
    bench.clock.advance(3600)
    return paths


def killed_at(folder: Path, server: ReplayServer, now: float, point: str, skipped: int) -> None:
    address = server.address("comicvine")
    code = exit_code(_work_until_killed, folder, address, now, point, skipped)
    assert code == -signal.SIGKILL, f"it ended with {code}"


def _work_until_killed(folder: Path, address: str, now: float, point: str, skipped: int) -> None:
    reached = signalling_at(point, skipped, signal.SIGKILL)
    bench = identifying_bench(folder, address, Transport(), now=now, reached=reached)
    bench.work(Guard(lambda: reached("guard")))


def assert_identified(bench: Workbench, job: Job, paths: list[Path]) -> None:
    results = bench.results(job.job_id)
    assert [details(each)["identified"]["level"] for each in results] == ["certain"] * ISSUES
    for number, path in enumerate(paths, 1):
        found = tags(path)
        assert (found.series, found.issue, found.publisher) == (
            "Harbour Lights",
            str(number),
            "Tern Press",
        )
        known = bench.catalogue.by_path(path)
        assert known is not None
        assert known.series == "Harbour Lights"
        written = bench.context.identified.get(known.file_id)
        assert written is not None
        assert written.issue_id == str(100 + number)


def test_comics_identified_together_are_written_before_the_first_is_synced_again(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = asked_before(bench)
    synced = noted_syncs(monkeypatch)
    job = bench.submit("identify", paths)
    bench.work()
    assert_identified(bench, job, paths)
    names = [path.name for path in paths]
    assert [name for name in synced if name in names] == names * 2


def test_a_refresh_runs_together_and_puts_back_what_was_lost(
    bench: Workbench, server: ReplayServer
) -> None:
    paths = asked_before(bench)
    job = bench.submit("identify", paths)
    finish(bench, job)
    bench.run("tag", paths, {"clear": ["publisher"]})
    for path in paths:
        known = bench.catalogue.by_path(path)
        assert known is not None
        with bench.database.transaction() as transaction:  # else the field is the person's
            transaction.execute("DELETE FROM identified_files WHERE file_id = ?", (known.file_id,))
    requests = len(server.log())
    job = bench.submit("refresh", paths, {"older_than_days": 7})
    bench.work()
    assert_identified(bench, job, paths)
    assert len(server.log()) == requests


def test_items_that_a_slow_source_leaves_no_time_for_run_alone(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = asked_before(bench)
    job = bench.submit("identify", paths)
    monkeypatch.setattr(identify, "LONGEST_ASKING_S", -1.0)
    claims = bench.claim()
    results = build_group_runners(bench.context)["identify"](claims, AllHeld())
    assert results == [None] * ISSUES
    bench.manager.items.release(claims)
    bench.work()
    assert_identified(bench, job, paths)


def test_one_comic_that_cannot_be_read_fails_alone(bench: Workbench) -> None:
    paths = asked_before(bench)
    paths[2].write_bytes(b"no comic")
    job = bench.submit("identify", paths)
    bench.work()
    assert [each.success for each in bench.results(job.job_id)] == [True] * 2 + [False] + [True] * 3


@pytest.mark.slow
@pytest.mark.parametrize("skipped", [0, ISSUES // 2, ISSUES - 1])
@pytest.mark.parametrize("point", POINTS)
def test_comics_killed_together_are_identified_as_if_nothing_had_happened(
    bench: Workbench, tmp_path: Path, server: ReplayServer, point: str, skipped: int
) -> None:
    paths = asked_before(bench)
    originals, pages = [sha256(path) for path in paths], [page_bytes(path) for path in paths]
    requests = len(server.log())
    job = bench.submit("identify", paths)
    killed_at(tmp_path, server, bench.clock(), point, skipped)
    bench.clock.advance(60)
    take_over(bench, recover_first=skipped % 2 == 0)
    assert_identified(bench, job, paths)
    assert [page_bytes(path) for path in paths] == pages
    assert len(server.log()) == requests
    changes = bench.journal.changes_of_job(job.job_id, state=ChangeState.APPLIED)
    assert len(changes) == ISSUES
    bench.run("undo", [str(change.change_id) for change in changes])
    assert [sha256(path) for path in paths] == originals


@pytest.mark.slow
@pytest.mark.parametrize("skipped", [0, 1, ISSUES - 1])
def test_a_worker_killed_while_it_asks_loses_no_answer(
    bench: Workbench, tmp_path: Path, server: ReplayServer, skipped: int
) -> None:
    paths = comics(bench)
    job = bench.submit("identify", paths)
    killed_at(tmp_path, server, bench.clock(), "guard", skipped)
    bench.clock.advance(60)
    others = [each.worker_id for each in bench.manager.workers.all()]
    bench.manager.workers.rescue(
        [each for each in others if each != bench.worker_id], bench.clock()
    )
    finish(bench, job)
    assert_identified(bench, job, paths)
    assert server.paid_twice() == []

"""Workers and bridges are killed (SIGKILL) before, at and after the gate: books keep everything."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from comicmaintainer.library.journal import ChangeState
from comicmaintainer.media_servers.bridge import Bridge
from comicmaintainer.media_servers.client import Client
from comicmaintainer.media_servers.clients import clients_over
from comicmaintainer.media_servers.model import MediaServer, ProgressMode
from comicmaintainer.media_servers.servers import MediaServers
from tests.kit.forked import exit_code
from tests.kit.komga_double import KomgaDouble
from tests.media_servers.conftest import add_komga, bridge_of
from tests.media_servers.test_carrying import (
    Dying,
    carries,
    kept,
    newest,
    read_some,
    settle,
    shelf,
    work_off,
)
from tests.media_servers.test_ordering import names_of, other_reads, renamed
from tests.operations.workbench import Workbench

COMICS = 6


def killing_at(point: str) -> Callable[[str], None]:
    """Return what ends this process at the third time that it comes to a point."""
    times = [3]

    def reached(now: str) -> None:
        if now == point:
            times[0] -= 1
            if times[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return reached


def be_killed_at_work(folder: Path, at: float, point: str) -> None:
    """Work off what can be claimed, in this process, until that point."""
    bench = Workbench(folder, reached=killing_at(point))
    bench.clock.at = at
    bench.work(wanted=2)


class Killed(Dying):
    """A client whose process is killed around its first call of one method."""

    def _point(self, method: str, *, after: bool) -> None:
        if (method, after) == (self._method, self._after):
            os.kill(os.getpid(), signal.SIGKILL)

    def close(self) -> None:
        self._point("close", after=False)
        super().close()


def be_killed_at_the_bridge(folder: Path, at: float, method: str, after: bool) -> None:
    """Ask servers, in this process, until that call."""
    bench = Workbench(folder)
    bench.clock.at = at
    real = clients_over()

    def client_of(server: MediaServer) -> Client:
        return Killed(real(server), method, 1, after=after)

    other = Bridge(bench.database, client_of, holder="killed", now=bench.clock)
    for _ in range(20):
        bench.clock.advance(5)
        other.work()


def bury(bench: Workbench) -> None:
    """Free what dead workers held."""
    others = bench.database.rows(
        "SELECT worker_id FROM workers WHERE worker_id <> ?", (bench.worker_id,)
    )
    bench.manager.workers.rescue([row["worker_id"] for row in others], bench.clock())


def let_be_killed(bench: Workbench, point: str) -> None:
    bench.manager.workers.heartbeat(bench.worker_id, (), bench.clock())
    assert exit_code(be_killed_at_work, bench.folder, bench.clock.at, point) == -signal.SIGKILL
    bury(bench)


def ready(bench: Workbench, servers: MediaServers, komga: KomgaDouble) -> list[Path]:
    paths = shelf(bench, COMICS)
    read_some(komga, paths)
    other_reads(komga, paths)
    add_komga(servers, komga, ProgressMode.ORDERED)
    bridge_of(bench).work()
    return paths


FIRST = ("planned", "applied tags", "confirmed", "first part")


@pytest.mark.parametrize("point", [*FIRST, "applied rename", "catalogued", "held", "taken back"])
def test_killed_workers(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble, point: str
) -> None:
    paths = ready(bench, servers, komga)
    before, guest = kept(komga, {}), komga.progress_of("guest")
    job = bench.submit("process", paths)
    if point in FIRST:
        let_be_killed(bench, point)
    bench.work()  # all are at the gate
    assert all(path.exists() for path in paths)
    settle(bench, bridge, 3)
    if point in ("applied rename", "catalogued"):
        let_be_killed(bench, point)
    work_off(bench, bridge, job.job_id)
    settle(bench, bridge)
    names = names_of(bench, job.job_id)
    assert kept(komga, names) == before
    assert renamed(names, komga.progress_of("guest")) == guest
    applied = ChangeState.APPLIED
    changes = [e for e in bench.journal.changes_of_job(job.job_id) if e.state is applied]
    assert len(changes) == 2 * COMICS
    bench.submit("undo", [str(each.change_id) for each in changes])
    if point in ("held", "taken back"):
        let_be_killed(bench, point)
    work_off(bench, bridge, newest(bench))
    settle(bench, bridge)
    assert kept(komga, {}) == before
    assert komga.progress_of("guest") == guest
    assert carries(bench) == 0


CALLS = [("scan", False), ("scan", True), ("books", False), ("books", True)]
CALLS += [("enlist", False), ("enlist", True), ("close", False)]


@pytest.mark.parametrize(("method", "after"), CALLS)
def test_killed_bridges(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble,
    method: str, after: bool,
) -> None:  # fmt: skip
    paths = ready(bench, servers, komga)
    before, guest = kept(komga, {}), komga.progress_of("guest")
    job = bench.submit("process", paths)
    bench.work()
    arguments = (bench.folder, bench.clock.advance(200), method, after)
    assert exit_code(be_killed_at_the_bridge, *arguments) == -signal.SIGKILL
    bench.clock.advance(200)
    work_off(bench, bridge, job.job_id)
    settle(bench, bridge)
    names = names_of(bench, job.job_id)
    assert kept(komga, names) == before
    assert renamed(names, komga.progress_of("guest")) == guest
    assert carries(bench) == 0

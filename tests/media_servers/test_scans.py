"""After a job each server is asked to look at the folders that changed: once, and not sooner."""

from __future__ import annotations

from pathlib import Path

import pytest

from comicmaintainer.library.journal import ChangeState
from comicmaintainer.media_servers.bridge import LEASE_S, Bridge
from comicmaintainer.media_servers.model import ProgressMode
from comicmaintainer.media_servers.scan_store import QUIET_S
from comicmaintainer.media_servers.server_store import PAUSES_S
from comicmaintainer.media_servers.servers import MediaServers
from tests.kit.kavita_double import KavitaDouble
from tests.kit.komga_double import KomgaDouble
from tests.kit.server_double import Asked
from tests.media_servers.conftest import add_kavita, add_komga, bridge_of
from tests.operations.workbench import Workbench

pytestmark = pytest.mark.both_databases
OFF = ProgressMode.OFF


def comics(bench: Workbench, *names: str) -> list[Path]:
    """Comics known to the catalogue."""
    paths = [bench.comic(name) for name in names]
    bench.catalogued(*paths)
    return paths


def process(bench: Workbench, paths: list[Path]) -> str:
    job = bench.submit("process", paths)
    bench.work()
    assert [result.error for result in bench.results(job.job_id)] == [None] * len(paths)
    return job.job_id


def undo(bench: Workbench, job_id: str) -> None:
    changes = bench.journal.changes_of_job(job_id, limit=1000, state=ChangeState.APPLIED)
    undone = bench.run("undo", [str(change.change_id) for change in changes])
    assert [result.error for result in undone] == [None] * len(changes)


def settle(bench: Workbench, bridge: Bridge) -> None:
    """Let the time after a job pass, and the bridge do what is due."""
    bench.clock.advance(QUIET_S)
    bridge.work()


def waiting(bench: Workbench) -> int:
    return int(bench.database.value("SELECT count(*) FROM media_scans"))


def test_exactly_the_folders_that_changed_are_asked_for_once(
    bench: Workbench, servers: MediaServers, bridge: Bridge, kavita: KavitaDouble
) -> None:
    paths = comics(
        bench, "Mark/Mark_001_(2020).cbz", "Mark/Mark_002_(2020).cbz", "Tides/Tides_001_(2019).cbz",
        "Still/Still_001_(2018).cbz",
    )  # fmt: skip
    add_kavita(servers, kavita, OFF)
    process(bench, paths[:3])
    settle(bench, bridge)
    assert kavita.folders_asked == ["/data/comics/Mark", "/data/comics/Tides"]
    settle(bench, bridge)
    assert len(kavita.folders_asked) == 2
    assert waiting(bench) == 0


def test_komga_is_asked_once_for_its_library(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    paths = comics(bench, *(f"S{n % 5}/S{n % 5}_{n:03}_(2020).cbz" for n in range(20)))
    add_komga(servers, komga, OFF)
    process(bench, paths)
    settle(bench, bridge)
    settle(bench, bridge)
    assert komga.scans_asked == 1
    assert len(komga.books) == 20


def test_nothing_is_asked_while_a_job_changes_files_there(
    bench: Workbench, servers: MediaServers, bridge: Bridge, kavita: KavitaDouble
) -> None:
    paths = comics(bench, "Mark/Mark_001_(2020).cbz", "Mark/Mark_002_(2020).cbz")
    add_kavita(servers, kavita, OFF)
    bench.submit("process", paths)
    bench.work(wanted=1, until=lambda: True)
    settle(bench, bridge)
    assert kavita.folders_asked == []
    assert waiting(bench) == 1
    bench.work()
    bridge.work()
    assert kavita.folders_asked == []
    settle(bench, bridge)
    assert kavita.folders_asked == ["/data/comics/Mark"]


def test_an_undo_asks_too(
    bench: Workbench, servers: MediaServers, bridge: Bridge, kavita: KavitaDouble
) -> None:
    (path,) = comics(bench, "Mark/Mark_001_(2020).cbz")
    add_kavita(servers, kavita, OFF)
    job_id = process(bench, [path])
    settle(bench, bridge)
    undo(bench, job_id)
    settle(bench, bridge)
    assert path.exists()
    assert kavita.folders_asked == ["/data/comics/Mark"] * 2


def test_kavita_refuses_two_dots_so_the_library_is_scanned_once(
    bench: Workbench, servers: MediaServers, bridge: Bridge, kavita: KavitaDouble
) -> None:
    names = [f"{folder}/{folder}_001_(2020).cbz" for folder in ("Wait... what", "Mark", "Or..")]
    add_kavita(servers, kavita, OFF)
    process(bench, comics(bench, *names))
    settle(bench, bridge)
    assert kavita.folders_asked == ["/data/comics/Mark"]
    assert kavita.libraries_asked == 1
    assert waiting(bench) == 0
    assert servers.all()[0].problem is None


def test_folders_that_no_server_shows_are_not_asked_for(
    bench: Workbench, servers: MediaServers, bridge: Bridge, kavita: KavitaDouble
) -> None:
    path, other = comics(bench, "Mark/Mark_001_(2020).cbz", "Tides/Tides_001_(2019).cbz")
    added = add_kavita(servers, kavita, OFF)
    servers.change(added.server_id, path_map=[(str(other.parent), "/data/comics/Tides")])
    bench.run("delete", [other])
    process(bench, [path])
    settle(bench, bridge)
    assert kavita.folders_asked == ["/data/comics/Tides"]
    assert waiting(bench) == 0


def test_a_preview_and_a_job_that_changes_nothing_ask_nothing(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    paths = comics(bench, "Mark/Mark_001_(2020).cbz")
    process(bench, paths)
    add_komga(servers, komga, OFF)
    bench.run("process", [bench.library / "Mark" / "Mark 001 (2020).cbz"])
    bench.run("verify", [bench.library / "Mark" / "Mark 001 (2020).cbz"])
    settle(bench, bridge)
    assert komga.requests == []


def test_a_server_that_is_away_is_asked_later_and_less_and_less_often(
    bench: Workbench, servers: MediaServers, bridge: Bridge, kavita: KavitaDouble
) -> None:
    paths = comics(bench, "Mark/Mark_001_(2020).cbz")
    added = add_kavita(servers, kavita, OFF)
    kavita.is_away = True
    process(bench, paths)
    settle(bench, bridge)
    for pause_s in (*PAUSES_S, PAUSES_S[-1]):
        failing = servers.get(added.server_id)
        assert failing.problem == "Kavita stopped in the middle of its answer."
        assert failing.next_try_at == bench.clock.at + pause_s
        bench.clock.advance(pause_s - 1)
        bridge.work()
        assert servers.get(added.server_id).failures == failing.failures
        bench.clock.advance(1)
        bridge.work()
    kavita.is_away = False
    bench.clock.advance(PAUSES_S[-1])
    bridge.work()
    assert kavita.folders_asked == ["/data/comics/Mark"]
    well = servers.get(added.server_id)
    assert (well.problem, well.failures, well.answered_at) == (None, 0, bench.clock.at)


def test_of_what_was_asked_for_before_a_failure_nothing_is_asked_again(
    bench: Workbench, servers: MediaServers, bridge: Bridge, kavita: KavitaDouble
) -> None:
    paths = comics(bench, *(f"{name}/{name}_001_(2020).cbz" for name in "ABCD"))
    added = add_kavita(servers, kavita, OFF)
    answer = kavita.handle

    def fails_at_third(asked: Asked) -> tuple[int, object]:
        if len(kavita.folders_asked) == 2 and asked.line.endswith("scan-folder"):
            kavita.status = 500
            return 500, None
        return answer(asked)

    kavita.handle = fails_at_third  # type: ignore[method-assign]
    process(bench, paths)
    settle(bench, bridge)
    assert servers.get(added.server_id).failures == 1
    kavita.handle, kavita.status = answer, None  # type: ignore[method-assign]
    settle(bench, bridge)
    assert kavita.folders_asked == [f"/data/comics/{name}" for name in "ABCD"]


def test_each_server_is_asked_for_itself(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble,
    kavita: KavitaDouble,
) -> None:  # fmt: skip
    paths = comics(bench, "Mark/Mark_001_(2020).cbz")
    add_kavita(servers, kavita, OFF)
    added = add_komga(servers, komga, OFF)
    komga.is_away = True
    process(bench, paths)
    settle(bench, bridge)
    assert kavita.folders_asked == ["/data/comics/Mark"]
    assert servers.scans.waiting() == {added.server_id: 1}
    servers.remove(added.server_id)
    assert waiting(bench) == 0


def test_what_changes_while_a_server_is_asked_is_asked_for_again(
    bench: Workbench, servers: MediaServers, bridge: Bridge, kavita: KavitaDouble
) -> None:
    path, other = comics(bench, "Mark/Mark_001_(2020).cbz", "Mark/Mark_002_(2020).cbz")
    add_kavita(servers, kavita, OFF)
    job_id = process(bench, [path])
    answer = kavita.handle

    def changes_meanwhile(asked: Asked) -> tuple[int, object]:
        if asked.line.endswith("scan-folder"):
            kavita.handle = answer  # type: ignore[method-assign]
            with bench.database.transaction() as transaction:  # another file of the same job
                transaction.execute("UPDATE media_scans SET notes = notes + 1")
        return answer(asked)

    kavita.handle = changes_meanwhile  # type: ignore[method-assign]
    settle(bench, bridge)
    assert bench.database.value("SELECT job_id FROM media_scans") == job_id
    settle(bench, bridge)
    assert kavita.folders_asked == ["/data/comics/Mark"] * 2
    assert other.exists()


def test_one_process_at_a_time_asks_and_another_goes_on_after_its_death(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    paths = comics(bench, "Mark/Mark_001_(2020).cbz")
    add_komga(servers, komga, OFF)
    komga.is_away = True
    process(bench, paths)
    settle(bench, bridge)  # holds the lease from now on, and dies
    komga.is_away = False
    other = bridge_of(bench, "two")
    bench.clock.advance(PAUSES_S[0])
    other.work()
    assert komga.scans_asked == 0
    bench.clock.advance(LEASE_S)
    other.work()
    assert komga.scans_asked == 1


def test_without_a_server_nothing_is_noted_and_nothing_is_asked(
    bench: Workbench, bridge: Bridge, komga: KomgaDouble
) -> None:
    path, other = comics(bench, "Mark/Mark_001_(2020).cbz", "Tides/Tides_001_(2019).cbz")
    process(bench, [path, other])
    settle(bench, bridge)
    assert waiting(bench) == 0
    assert komga.requests == []


def test_a_server_that_is_off_is_asked_nothing(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    path, other = comics(bench, "Mark/Mark_001_(2020).cbz", "Tides/Tides_001_(2019).cbz")
    added = add_komga(servers, komga, OFF)
    process(bench, [path])
    servers.change(added.server_id, enabled=False)
    process(bench, [other])
    settle(bench, bridge)
    assert komga.requests == []
    servers.change(added.server_id, enabled=True)
    settle(bench, bridge)
    assert komga.scans_asked == 1

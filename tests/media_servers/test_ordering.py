"""Books keep everything by themselves: name and contents never change between two scans."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.errors import InvalidInput
from comicmaintainer.jobs.model import JobStatus
from comicmaintainer.media_servers.bridge import WAKE_EVERY_S, Bridge
from comicmaintainer.media_servers.model import ProgressMode
from comicmaintainer.media_servers.order_store import LONGEST_S, OrderStore, Wait
from comicmaintainer.media_servers.servers import MediaServers
from tests.kit.kavita_double import KavitaDouble
from tests.kit.komga_double import KomgaDouble
from tests.kit.syncs import noted_syncs
from tests.media_servers.conftest import add_kavita, add_komga
from tests.media_servers.test_carrying import (
    carries,
    kept,
    process,
    read_some,
    settle,
    shelf,
    undo,
    work_off,
)
from tests.operations.workbench import Workbench, sha256, tags

ORDERED = ProgressMode.ORDERED


def other_reads(komga: KomgaDouble, paths: list[Path]) -> dict[str, tuple[int, bool]]:
    """Somebody else, whose key we do not have, has read every other comic."""
    for path in paths[::2]:
        komga.read(path, 3, user="guest")
    return komga.progress_of("guest")


def renamed(names: dict[str, str], progress: dict[str, Any]) -> dict[str, Any]:
    return {names[name]: value for name, value in progress.items()}


@pytest.mark.parametrize("empties_trash", [False])
def test_200_comics_keep_everything_of_everybody(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble,
    empties_trash: bool,
) -> None:  # fmt: skip
    paths = shelf(bench, 200)
    read_some(komga, paths)
    guest = other_reads(komga, paths)
    komga.empties_trash = empties_trash
    before = kept(komga, {})
    hashes = {path.name: sha256(path) for path in paths}
    add_komga(servers, komga, ORDERED)
    names = process(bench, bridge, paths)
    settle(bench, bridge)
    assert len(names) == 200
    assert kept(komga, names) == before
    assert renamed(names, komga.progress_of("guest")) == guest
    assert komga.scans_asked == 2
    assert carries(bench) == 0
    undo(bench, bridge)
    settle(bench, bridge)
    assert kept(komga, {}) == before
    assert komga.progress_of("guest") == guest
    assert {path.name: sha256(path) for path in paths} == hashes
    assert komga.scans_asked == 4
    assert carries(bench) == 0
    assert set_by_us(komga) == []


def set_by_us(komga: KomgaDouble) -> list[str]:
    """The requests by which books would have been changed."""
    return [line for line in komga.lines if line.startswith(("PATCH", "DELETE"))]


def four(bench: Workbench, servers: MediaServers, komga: KomgaDouble) -> list[Path]:
    """Four comics that two people have read, in a server that recognises them in order."""
    paths = shelf(bench, 4)
    read_some(komga, paths)
    other_reads(komga, paths)
    add_komga(servers, komga, ORDERED)
    return paths


def all_progress(komga: KomgaDouble) -> list[Any]:
    return [komga.progress_of(user) for user in ("admin", "guest")]


def names_of(bench: Workbench, job_id: str) -> dict[str, str]:
    """The old names by the new ones."""
    found = [r for r in bench.results(job_id) if r.details is not None]
    return {Path(r.details["path"]).name: Path(r.item).name for r in found if r.details}


def worked_off(bench: Workbench, bridge: Bridge, job_id: str) -> dict[str, str]:
    """Work until a job has ended and the servers have seen all; return the names as above."""
    work_off(bench, bridge, job_id)
    settle(bench, bridge)
    return names_of(bench, job_id)


def to_the_gate(bench: Workbench, bridge: Bridge, paths: list[Path]) -> str:
    """Work until all comics are tagged and none is renamed; return the job."""
    bridge.work()
    job = bench.submit("process", paths)
    bench.work()
    assert OrderStore(bench.database).waiting(job.job_id) == len(paths)
    assert all(path.exists() and tags(path).series for path in paths)
    return job.job_id


def go_on(bench: Workbench, bridge: Bridge, rounds: int = 12) -> None:
    """Let items and the bridge do what they may, for a minute or two."""
    for _ in range(rounds):
        bench.clock.advance(WAKE_EVERY_S)
        bridge.work()
        bench.work()


def test_items_share_their_waits_before_and_behind_the_gate(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    paths = four(bench, servers, komga)
    noted: list[int] = []
    wait = OrderStore.wait

    def counted(store: OrderStore, waits: Sequence[Wait]) -> None:
        noted.append(len(waits))
        wait(store, waits)

    monkeypatch.setattr(OrderStore, "wait", counted)
    job_id = to_the_gate(bench, bridge, paths)
    assert noted == [len(paths)]
    synced = noted_syncs(monkeypatch)
    names = worked_off(bench, bridge, job_id)
    assert len(names) == len(paths)
    assert synced.count(paths[0].parent.name) == 1


def test_a_server_that_goes_away_at_the_gate_is_waited_for(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    paths = four(bench, servers, komga)
    before = all_progress(komga)
    job_id = to_the_gate(bench, bridge, paths)
    komga.is_away = True
    for _ in range(60):
        bench.clock.advance(60)
        bridge.work()
        bench.work()
    assert all(path.exists() for path in paths)
    assert bench.manager.get(job_id).processed_items == 0
    komga.is_away = False
    bench.clock.advance(900)
    names = worked_off(bench, bridge, job_id)
    assert [renamed(names, each) for each in all_progress(komga)] == before
    assert set_by_us(komga) == []


def test_a_server_that_is_away_from_the_beginning_is_asked_when_it_is_back(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    paths = four(bench, servers, komga)
    before = all_progress(komga)
    bench.clock.advance(5000)
    komga.is_away = True
    job = bench.submit("process", paths)
    for _ in range(20):
        bench.clock.advance(60)
        bridge.work()
        bench.work()
    assert all(tags(path).series for path in paths)
    komga.is_away, komga.scans = False, False
    bench.clock.advance(900)
    bridge.work()
    bench.work()
    assert all(path.exists() for path in paths)
    komga.scans = True
    komga.scan()
    names = worked_off(bench, bridge, job.job_id)
    assert [renamed(names, each) for each in all_progress(komga)] == before


def test_what_the_server_has_not_hashed_keeps_its_name(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    paths = four(bench, servers, komga)
    before = all_progress(komga)
    job_id = to_the_gate(bench, bridge, paths)
    komga.hashes_late = True
    go_on(bench, bridge)
    assert all(path.exists() for path in paths)
    (problem,) = set(servers.problems(servers.all()[0].server_id).values())
    assert problem == "The server has not computed its hash yet."
    komga.hashes_late = False
    komga.analyse()
    bench.clock.advance(900)
    names = worked_off(bench, bridge, job_id)
    assert [renamed(names, each) for each in all_progress(komga)] == before


def test_a_library_without_hashes_is_not_waited_for(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    komga.hashes = False
    paths = four(bench, servers, komga)
    before = komga.progress_of()
    names = process(bench, bridge, paths)
    settle(bench, bridge)
    assert renamed(names, komga.progress_of()) == before  # carried over
    assert carries(bench) == 0


def test_comics_that_the_server_does_not_know_are_changed_at_once(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    komga.scan()
    add_komga(servers, komga, ORDERED)
    bridge.work()
    paths = shelf(bench, 4)
    job = bench.submit("process", paths)
    bench.work()
    assert bench.manager.get(job.job_id).status is JobStatus.COMPLETED


def test_a_job_that_waits_can_be_paused_and_cancelled(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    paths = four(bench, servers, komga)
    before = all_progress(komga)
    job_id = to_the_gate(bench, bridge, paths)
    bench.manager.pause(job_id)
    go_on(bench, bridge)
    assert all(path.exists() for path in paths)
    assert komga.scans_asked == 1
    bench.manager.resume(job_id)
    bench.manager.cancel_job(job_id)
    go_on(bench, bridge)
    assert all(path.exists() for path in paths)
    assert all_progress(komga) == before
    undo(bench, bridge)
    settle(bench, bridge)
    assert all_progress(komga) == before
    assert not any(tags(path).series for path in paths)


def test_a_server_that_is_switched_off_holds_nothing_back(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    paths = four(bench, servers, komga)
    job_id = to_the_gate(bench, bridge, paths)
    servers.change(servers.all()[0].server_id, enabled=False)
    go_on(bench, bridge, 2)
    assert bench.manager.get(job_id).status is JobStatus.COMPLETED


def test_after_a_day_a_job_goes_on_and_progress_is_carried_over(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    paths = four(bench, servers, komga)
    before = komga.progress_of()
    job_id = to_the_gate(bench, bridge, paths)
    komga.is_away = True
    bench.clock.advance(LONGEST_S)
    for _ in range(20):
        bench.clock.advance(60)
        bridge.work()
        bench.work()
    assert bench.manager.get(job_id).status is JobStatus.COMPLETED
    komga.is_away = False
    bench.clock.advance(900)
    settle(bench, bridge)
    assert renamed(names_of(bench, job_id), komga.progress_of()) == before


def test_one_file_that_the_server_cannot_read_holds_nothing_back(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    paths = four(bench, servers, komga)
    job_id = to_the_gate(bench, bridge, paths)
    komga.unreadable.add(paths[0])
    work_off(bench, bridge, job_id)


def test_a_tag_job_waits_until_new_names_are_seen(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    paths = four(bench, servers, komga)
    before = all_progress(komga)
    bridge.work()
    first = bench.submit("process", paths, {"tags": False})
    bench.work()
    names = names_of(bench, first.job_id)
    assert len(names) == 4
    now = sorted(bench.library.rglob("*.cbz"))
    job = bench.submit("tag", now, {"set": {"summary": "New."}})
    bench.work()
    assert not any(tags(path).summary for path in now)
    work_off(bench, bridge, job.job_id)
    settle(bench, bridge)
    assert all(tags(path).summary for path in now)
    assert [renamed(names, each) for each in all_progress(komga)] == before
    assert set_by_us(komga) == []


def test_a_preview_is_applied_in_order(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    paths = four(bench, servers, komga)
    before = all_progress(komga)
    bridge.work()
    (*previews,) = bench.run("process", paths, preview=True)
    plans = {r.item: {"plan": r.details} for r in previews}
    job = bench.submit("process", paths, item_params=plans)
    names = worked_off(bench, bridge, job.job_id)
    assert [renamed(names, each) for each in all_progress(komga)] == before


def test_comics_that_leave_the_servers_library_are_not_waited_for(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    paths = four(bench, servers, komga)
    job_id = to_the_gate(bench, bridge, paths)
    komga.there = "/elsewhere"
    komga.scan()
    work_off(bench, bridge, job_id)


def test_only_komga_recognises_books_in_order(
    servers: MediaServers, kavita: KavitaDouble, komga: KomgaDouble
) -> None:
    with pytest.raises(InvalidInput, match="Only Komga"):
        add_kavita(servers, kavita, ORDERED)
    added = add_kavita(servers, kavita)
    with pytest.raises(InvalidInput, match="Only Komga"):
        servers.change(added.server_id, progress=ORDERED)
    assert add_komga(servers, komga, ORDERED).progress is ORDERED

"""Items wait for what servers know, and ask nothing where there is no server."""

from __future__ import annotations

from typing import Any

import pytest

from comicmaintainer.database import Database
from comicmaintainer.media_servers.keeping import FRESH_S, LOOK_S, SHORT_S, WAIT_S, Keeping
from comicmaintainer.media_servers.model import ProgressMode, ServerKind
from comicmaintainer.media_servers.order_store import STALE_S
from comicmaintainer.media_servers.servers import MediaServers
from tests.kit.clock import Clock
from tests.operations.workbench import Workbench

pytestmark = pytest.mark.both_databases


@pytest.fixture
def keeping(bench: Workbench) -> Keeping:
    return Keeping(bench.database, now=bench.clock, clock=bench.clock)


class Counting:
    """The database, which counts how often it is asked."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.asked = 0

    def rows(self, *args: Any) -> Any:
        self.asked += 1
        return self._database.rows(*args)


def test_without_a_server_items_ask_nothing(bench: Workbench) -> None:
    counting, clock = Counting(bench.database), Clock()
    keeping = Keeping(counting, now=clock, clock=clock)  # type: ignore[arg-type]
    for _ in range(1000):
        assert keeping.put_off() is None
        keeping.hold(1, "/comics/a.cbz")
    assert counting.asked == 1  # of the process, in this second
    clock.advance(LOOK_S)
    assert keeping.put_off() is None
    assert counting.asked == 2


def test_an_item_waits_for_a_fresh_reading_but_not_for_ever(
    bench: Workbench, servers: MediaServers, keeping: Keeping
) -> None:
    added = servers.add(ServerKind.KOMGA, "Komga", "http://komga", "key", patience_s=10)
    put_off = keeping.put_off()
    assert put_off is not None
    assert put_off.until == bench.clock.at + WAIT_S
    assert put_off.reason == "It waits until what Komga knows of the comics is read."
    assert servers.get(added.server_id).wanted_at == bench.clock.at
    bench.clock.advance(10)
    assert keeping.put_off() is None
    servers.books.finish(added.server_id, 1, bench.clock.at)
    assert servers.get(added.server_id).wanted_at is None
    bench.clock.advance(FRESH_S - 1)
    assert keeping.put_off() is None
    bench.clock.advance(1)
    assert keeping.put_off() is not None


def test_a_long_reading_does_not_hold_up_a_long_job(
    bench: Workbench, servers: MediaServers, keeping: Keeping
) -> None:
    added = servers.add(ServerKind.KOMGA, "Komga", "http://komga", "key")
    servers.books.finish(added.server_id, 1, bench.clock.at)
    bench.clock.advance(FRESH_S)
    assert keeping.put_off() is not None
    bench.clock.advance(SHORT_S)
    assert keeping.put_off() is None
    assert servers.get(added.server_id).wanted_at == bench.clock.at - SHORT_S
    bench.clock.advance(STALE_S)
    servers.change(added.server_id, patience_s=2 * STALE_S)
    bench.clock.advance(LOOK_S)
    assert keeping.put_off() is not None


@pytest.mark.parametrize("change", [{"enabled": False}, {"progress": ProgressMode.OFF}])
def test_a_server_that_keeps_nothing_is_not_waited_for(
    servers: MediaServers, keeping: Keeping, change: dict[str, Any]
) -> None:
    added = servers.add(ServerKind.KOMGA, "Komga", "http://komga", "key")
    servers.change(added.server_id, **change)
    assert keeping.put_off() is None


def test_previews_and_kinds_that_only_read_do_not_wait(
    bench: Workbench, servers: MediaServers
) -> None:
    path = bench.comic("Mark/Mark_001_(2020).cbz")
    bench.catalogued(path)
    servers.add(ServerKind.KOMGA, "Komga", "http://127.0.0.1:9", "key")
    for kind, preview in (("process", True), ("verify", False)):
        job = bench.submit(kind, [path], preview=preview)
        bench.work()
        assert len(bench.results(job.job_id)) == 1

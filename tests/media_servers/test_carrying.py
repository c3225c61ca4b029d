"""Progress, lists, collections and locked fields are the same before and after, whatever fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.jobs.model import JobStatus
from comicmaintainer.library.journal import ChangeState
from comicmaintainer.media_servers.book_model import Move, ServerBook
from comicmaintainer.media_servers.bridge import LEASE_S, Bridge
from comicmaintainer.media_servers.client import Client
from comicmaintainer.media_servers.clients import clients_over
from comicmaintainer.media_servers.model import MediaServer, ProgressMode, ServerLibrary
from comicmaintainer.media_servers.scan_store import QUIET_S
from comicmaintainer.media_servers.servers import MediaServers
from tests.kit.kavita_double import KavitaDouble
from tests.kit.komga_double import KomgaDouble, Listed
from tests.media_servers.conftest import add_kavita, add_komga
from tests.operations.workbench import Workbench

PAGES = 4
SERIES = ("Harbour", "Tides")


class Died(BaseException):
    """A process that ends at once, whatever would catch an error."""


class Dying:
    """A client that lets its process die before or after its `at`-th call of one method."""

    def __init__(self, client: Client, method: str, at: int, *, after: bool) -> None:
        self._client, self._method, self._left, self._after = client, method, at, after

    def _point(self, method: str, *, after: bool) -> None:
        if method == self._method and after == self._after:
            self._left -= 1
            if self._left == 0:
                raise Died

    def libraries(self) -> list[ServerLibrary]:
        return self._client.libraries()

    def scan(self, folders: Sequence[str]) -> Iterator[Sequence[str]]:
        self._point("scan", after=False)
        for names in self._client.scan(folders):
            self._point("scan", after=True)
            yield names

    def books(self) -> Iterator[Sequence[ServerBook]]:
        self._point("books", after=False)
        yield from self._client.books()
        self._point("books", after=True)

    def carry(self, move: Move) -> bool:
        self._point("carry", after=False)
        is_kept = self._client.carry(move)
        self._point("carry", after=True)
        return is_kept

    def enlist(self, moves: Sequence[Move]) -> None:
        self._point("enlist", after=False)
        self._client.enlist(moves)
        self._point("enlist", after=True)

    def close(self) -> None:
        self._client.close()


def shelf(bench: Workbench, count: int) -> list[Path]:
    """Comics in two folders, whose names and tags both get changed by the job."""
    paths = [
        bench.comic(f"{SERIES[n % 2]}/{SERIES[n % 2].lower()}_{n:03}_(2021).cbz", pages=PAGES)
        for n in range(1, count + 1)
    ]
    bench.catalogued(*paths)
    return paths


def read_some(komga: KomgaDouble, paths: Sequence[Path]) -> None:
    """Some are read, some begun; some are in a list, and have fields that people have set."""
    komga.scan()
    listed = []
    for number, path in enumerate(paths):
        book = komga.book_at(path)
        if number % 4 == 0:
            komga.read(path, PAGES)
        elif number % 4 == 1:
            komga.read(path, 2)
        if number % 3 == 0:
            listed.append(book.book_id)
        if number % 10 == 0:
            book.metadata |= {"title": f"Mine {number}", "titleLock": True}
    komga.read_lists["r1"] = Listed("r1", "Best", list(reversed(listed)))
    series = [each.series_id for each in komga.series.values()]
    komga.collections["c1"] = Listed("c1", "Sea", series)


def kept(komga: KomgaDouble, names: dict[str, str]) -> dict[str, Any]:
    """What people have made in the server, by the names that `names` gives to files."""
    return {
        "progress": {names.get(k, k): v for k, v in komga.progress_of().items()},
        "lists": {n: [names.get(e, e) for e in each] for n, each in komga.lists_of().items()},
        "collections": komga.lists_of(books=False),
        "titles": {
            names.get(book.path.name, book.path.name): book.metadata["title"]
            for book in komga.books.values()
            if book.metadata["titleLock"] and not book.deleted
        },
    }


def work_off(bench: Workbench, bridge: Bridge, job_id: str) -> None:
    """Let items and the bridge take turns until the job has ended."""
    for _ in range(50):
        bench.work()
        if bench.manager.get(job_id).status is JobStatus.COMPLETED:
            results = bench.results(job_id)
            assert [result.error for result in results] == [None] * len(results)
            return
        bridge.work()
        bench.clock.advance(2)
    raise AssertionError("the job has not ended")


def process(bench: Workbench, bridge: Bridge, paths: Sequence[Path]) -> dict[str, str]:
    """Rename and tag; return the old names by the new ones."""
    job = bench.submit("process", list(paths))
    work_off(bench, bridge, job.job_id)
    renamed = {}
    for result in bench.results(job.job_id):
        assert result.details is not None
        assert {each["type"] for each in result.details["changes"]} == {"tags", "rename"}
        renamed[Path(result.details["path"]).name] = Path(result.item).name
    return renamed


def process_while_away(
    bench: Workbench, bridge: Bridge, server: KomgaDouble | KavitaDouble, paths: Sequence[Path]
) -> dict[str, str]:
    """Process comics while a server that was read is away; it is back, and has scanned by itself.

    Return the old names by the new ones.
    """
    bridge.work()
    server.is_away = True
    names = process(bench, bridge, paths)
    settle(bench, bridge)
    server.is_away = False
    server.scan()
    return names


def file_away(bench: Workbench, bridge: Bridge, paths: Sequence[Path]) -> dict[str, str]:
    """Move the comics of one folder to another, tagged; return the old names by the new ones."""
    inboxes = {str(paths[0].parent): {"target": str(bench.library), "folders": "Filed/{series}"}}
    job = bench.submit("file", list(paths), {"inboxes": inboxes})
    work_off(bench, bridge, job.job_id)
    renamed = {}
    for result in bench.results(job.job_id):
        assert result.details is not None
        renamed[Path(result.details["path"]).name] = Path(result.item).name
    assert not any(path.exists() for path in paths)
    return renamed


def undo(bench: Workbench, bridge: Bridge) -> None:
    changes = bench.database.rows(
        "SELECT change_id FROM changes WHERE state = ? ORDER BY change_id DESC",
        (ChangeState.APPLIED,),
    )
    job = bench.submit("undo", [str(row["change_id"]) for row in changes])
    work_off(bench, bridge, job.job_id)


def settle(bench: Workbench, bridge: Bridge, rounds: int = 8) -> None:
    """Let the bridge do everything that is due in the next while."""
    for _ in range(rounds):
        bench.clock.advance(QUIET_S)
        bridge.work()


def newest(bench: Workbench) -> str:
    return str(bench.manager.list_jobs()[0]["job_id"])


def carries(bench: Workbench) -> int:
    return int(bench.database.value("SELECT count(*) FROM server_carries"))


@pytest.mark.parametrize("empties_trash", [False, True])
def test_200_comics_renamed_and_tagged_and_undone_keep_everything(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble,
    empties_trash: bool,
) -> None:  # fmt: skip
    paths = shelf(bench, 200)
    read_some(komga, paths)
    komga.empties_trash = empties_trash
    before = kept(komga, {})
    assert len(before["progress"]) == 100
    add_komga(servers, komga)
    names = process(bench, bridge, paths)
    settle(bench, bridge)
    assert {book.path.name for book in komga.books.values() if not book.deleted} == set(names)
    assert kept(komga, names) == before
    assert komga.scans_asked == 1
    assert carries(bench) == 0
    undo(bench, bridge)
    settle(bench, bridge)
    assert kept(komga, {}) == before
    assert komga.scans_asked == 2
    assert carries(bench) == 0


@pytest.mark.parametrize("cleans_up", [False, True])
def test_kavita_keeps_everything_of_200_chapters_that_become_others(
    bench: Workbench, servers: MediaServers, bridge: Bridge, kavita: KavitaDouble,
    cleans_up: bool,
) -> None:  # fmt: skip
    paths = shelf(bench, 200)
    kavita.reads_names_as = "Old "
    kavita.scan()
    for number, path in enumerate(paths):
        if number % 2 == 0:
            kavita.read(path, PAGES if number % 4 else 2)
    listed = [kavita.chapter_at(path).chapter_id for path in paths[60:0:-3]]
    kavita.lists = {
        7001: ("Best", listed),
        7002: (
            "Rest",
            [c.chapter_id for _, c in kavita.chapters() if c.chapter_id not in listed][:9],
        ),
    }
    kavita.collections = {7003: ("Sea", list(kavita.series)[:1])}
    kavita.cleans_up = cleans_up
    lists, collections = kavita.members_of(), kavita.collected()
    before, chapters = kavita.progress_of(), {c.chapter_id for _, c in kavita.chapters()}
    add_kavita(servers, kavita)
    names = process(bench, bridge, paths)
    settle(bench, bridge)
    assert not chapters & {c.chapter_id for _, c in kavita.chapters()}
    assert {names[name]: page for name, page in kavita.progress_of().items()} == before
    assert {k: [names[e] for e in v] for k, v in kavita.members_of().items()} == lists
    assert {k: {names[e] for e in v} for k, v in kavita.collected().items()} == collections
    undo(bench, bridge)
    settle(bench, bridge)
    assert kavita.progress_of() == before
    assert kavita.members_of() == lists
    assert kavita.collected() == collections
    assert carries(bench) == 0


def test_without_carrying_a_reader_loses_everything(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    paths = shelf(bench, 4)
    read_some(komga, paths)
    added = add_komga(servers, komga)
    servers.change(added.server_id, progress=ProgressMode.OFF)
    process(bench, bridge, paths)
    settle(bench, bridge)
    assert komga.progress_of() == {}
    assert carries(bench) == 0


def test_a_server_that_is_away_holds_the_job_back_only_so_long(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    paths = shelf(bench, 8)
    read_some(komga, paths)
    before = kept(komga, {})
    added = add_komga(servers, komga)
    servers.change(added.server_id, patience_s=60)
    bench.clock.advance(1)
    komga.is_away = True
    began_at = bench.clock.at
    names = process(bench, bridge, paths)
    assert 58 <= bench.clock.at - began_at <= 64
    komga.is_away = False
    bench.clock.advance(900)
    settle(bench, bridge)
    assert kept(komga, names) == before  # the old books are in its trash
    assert carries(bench) == 0


def test_a_server_that_goes_away_meanwhile_gets_it_later(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    paths = shelf(bench, 8)
    read_some(komga, paths)
    komga.empties_trash = True
    before = kept(komga, {})
    add_komga(servers, komga)
    names = process_while_away(bench, bridge, komga, paths)
    assert komga.progress_of() == {}
    bench.clock.advance(900)
    settle(bench, bridge)
    assert kept(komga, names) == before
    assert carries(bench) == 0


def test_what_is_read_until_the_scan_counts(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    paths = shelf(bench, 2)
    read_some(komga, paths)
    add_komga(servers, komga)
    names = process(bench, bridge, paths)
    komga.read(paths[1], 3)
    settle(bench, bridge)
    read = {names[name]: value for name, value in komga.progress_of().items()}
    assert read == {paths[0].name: (PAGES, True), paths[1].name: (3, False)}


def test_a_new_book_that_was_read_further_keeps_that(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    paths = shelf(bench, 2)
    read_some(komga, paths)
    add_komga(servers, komga)
    names = process(bench, bridge, paths)
    komga.scan()
    (begun,) = [name for name, old in names.items() if old == paths[1].name]
    komga.read(paths[1].with_name(begun), PAGES)
    settle(bench, bridge)
    assert komga.progress_of()[begun] == (PAGES, True)


def test_a_scan_that_takes_long_is_waited_for(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    paths = shelf(bench, 4)
    read_some(komga, paths)
    before = kept(komga, {})
    add_komga(servers, komga)
    komga.scans = komga.analyses = False
    names = process(bench, bridge, paths)
    settle(bench, bridge)
    assert carries(bench) == 4
    komga.scan()
    settle(bench, bridge)
    assert carries(bench) == 4
    (problem,) = set(servers.problems(servers.all()[0].server_id).values())
    assert problem == "The server has not read the file yet."
    komga.analyse()
    bench.clock.advance(900)
    settle(bench, bridge)
    assert kept(komga, names) == before


def test_two_jobs_before_the_server_looks(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    paths = shelf(bench, 6)
    read_some(komga, paths)
    before = kept(komga, {})
    add_komga(servers, komga)
    komga.scans = False
    names = process(bench, bridge, paths)
    job = bench.submit("tag", list(bench.library.rglob("*.cbz")), {"set": {"summary": "New."}})
    work_off(bench, bridge, job.job_id)
    komga.scans = True
    settle(bench, bridge)
    assert kept(komga, names) == before
    undo(bench, bridge)
    settle(bench, bridge)
    assert kept(komga, {}) == before


def test_comics_that_exchange_their_names_exchange_nothing_else(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    xml = "<Series>Mark</Series><Number>{}</Number><Year>2020</Year>"
    one = bench.comic("Mark/Mark #0001 (2020).cbz", xml.format(2), pages=4)
    two = bench.comic("Mark/Mark #0002 (2020).cbz", xml.format(1), pages=5)
    bench.catalogued(one, two)
    komga.scan()
    komga.read(one, 3)
    komga.read(two, 5)
    add_komga(servers, komga)
    job = bench.submit("rename", [one, two])
    work_off(bench, bridge, job.job_id)
    settle(bench, bridge)
    assert komga.progress_of() == {two.name: (3, False), one.name: (5, True)}
    undo(bench, bridge)
    settle(bench, bridge)
    assert komga.progress_of() == {one.name: (3, False), two.name: (5, True)}


def test_a_converted_comic_keeps_its_progress(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    path = bench.comic("Mark/Mark 001 (2020).cbr", pages=4)
    bench.catalogued(path)
    komga.scan()
    komga.read(path, 3)
    add_komga(servers, komga)
    job = bench.submit("convert", [path])
    work_off(bench, bridge, job.job_id)
    settle(bench, bridge)
    assert komga.progress_of() == {"Mark 001 (2020).cbz": (3, False)}
    undo(bench, bridge)
    settle(bench, bridge)
    assert komga.progress_of() == {path.name: (3, False)}


def test_a_series_that_moved_as_a_whole_keeps_its_collections_and_locked_fields(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    paths = shelf(bench, 8)
    read_some(komga, paths)
    komga.empties_trash = True
    moved = [path for path in paths if path.parent == paths[0].parent]
    series = komga.series_at(paths[0].parent)
    series.metadata |= {"summary": "Mine.", "summaryLock": True, "tags": ["a"], "genres": ["b"]}
    before, added = kept(komga, {}), add_komga(servers, komga)
    names = file_away(bench, bridge, moved)
    settle(bench, bridge)
    assert servers.problems(added.server_id) == {}
    new = komga.series_at(bench.library / "Filed" / series.folder.name)
    assert new.series_id != series.series_id
    assert (new.metadata["summary"], new.metadata["summaryLock"]) == ("Mine.", True)
    assert (new.metadata["tags"], new.metadata["tagsLock"]) == ([], False)
    assert kept(komga, names) == before
    undo(bench, bridge)
    settle(bench, bridge)
    again = komga.series_at(series.folder)
    assert again.series_id not in (series.series_id, new.series_id)
    assert (again.metadata["summary"], again.metadata["summaryLock"]) == ("Mine.", True)
    assert kept(komga, {}) == before
    assert carries(bench) == 0


def test_a_deleted_comic_that_comes_back_has_its_progress(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    paths = shelf(bench, 4)
    read_some(komga, paths)
    komga.empties_trash = True
    before = kept(komga, {})
    add_komga(servers, komga)
    job = bench.submit("delete", paths[:2])
    work_off(bench, bridge, job.job_id)
    settle(bench, bridge)
    assert len(komga.books) == 2
    assert carries(bench) == 2
    undo(bench, bridge)
    settle(bench, bridge)
    assert kept(komga, {}) == before
    assert carries(bench) == 0


def test_what_lies_beside_a_comic_carries_nothing(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    paths = shelf(bench, 2)
    read_some(komga, paths)
    before = kept(komga, {})
    add_komga(servers, komga)
    job = bench.submit("sidecar", paths)
    work_off(bench, bridge, job.job_id)
    assert all(path.with_suffix(".xml").exists() for path in paths)
    assert carries(bench) == 0
    job = bench.submit("rename", paths)
    work_off(bench, bridge, job.job_id)
    assert len(list(bench.library.rglob("* #*.xml"))) == 2
    assert carries(bench) == 2
    settle(bench, bridge)
    assert carries(bench) == 0
    undo(bench, bridge)
    settle(bench, bridge)
    assert kept(komga, {}) == before
    assert carries(bench) == 0


def die_at(bench: Workbench, point: str) -> None:
    """Let a worker die; this one, whose clock has gone on, is alive."""
    bench.manager.workers.heartbeat(bench.worker_id, (), bench.clock())
    bench.die_at(point)


POINTS = ("planned", "applied tags", "applied rename", "confirmed", "catalogued")


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_that_dies_loses_nothing(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble, point: str
) -> None:
    paths = shelf(bench, 4)
    read_some(komga, paths)
    komga.empties_trash = True
    before = kept(komga, {})
    add_komga(servers, komga)
    bridge.work()
    bench.submit("process", paths)
    die_at(bench, point)
    komga.scan()  # by itself, while nobody works
    bench.clock.advance(600)
    job_id = newest(bench)
    work_off(bench, bridge, job_id)
    settle(bench, bridge)
    names = {
        Path(r.details["path"]).name: Path(r.item).name
        for r in bench.results(job_id)
        if r.details is not None
    }
    assert kept(komga, names) == before
    bench.submit("undo", [str(c.change_id) for c in bench.journal.changes_of_job(job_id)])
    die_at(bench, "taken back")
    komga.scan()
    bench.clock.advance(600)
    work_off(bench, bridge, newest(bench))
    settle(bench, bridge)
    assert kept(komga, {}) == before
    assert carries(bench) == 0


STEPS = [
    (method, at, after)
    for method, at in (("scan", 1), ("books", 1), ("carry", 1), ("carry", 3), ("enlist", 1))
    for after in (False, True)
]


@pytest.mark.parametrize(("method", "at", "after"), STEPS)
def test_a_bridge_that_dies_loses_nothing(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble,
    method: str, at: int, after: bool,
) -> None:  # fmt: skip
    paths = shelf(bench, 8)
    read_some(komga, paths)
    komga.empties_trash = True
    before = kept(komga, {})
    add_komga(servers, komga)
    names = process(bench, bridge, paths)
    client_of = clients_over()

    def dying(server: MediaServer) -> Client:
        return Dying(client_of(server), method, at, after=after)

    other = Bridge(bench.database, dying, holder="two", now=bench.clock)
    bench.clock.advance(LEASE_S)
    with pytest.raises(Died):
        settle(bench, other, rounds=4)
    bench.clock.advance(LEASE_S)
    settle(bench, bridge)
    assert kept(komga, names) == before
    assert carries(bench) == 0

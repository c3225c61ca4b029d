"""Locked fields of Kavita's chapters and series are the same before and after, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.media_servers.book_model import Known, Move, ServerBook
from comicmaintainer.media_servers.bridge import LEASE_S, Bridge
from comicmaintainer.media_servers.carrying import NOT_KEPT
from comicmaintainer.media_servers.client import Client
from comicmaintainer.media_servers.clients import clients_over
from comicmaintainer.media_servers.model import MediaServer, ProgressMode
from comicmaintainer.media_servers.servers import MediaServers
from tests.kit.kavita_double import KavitaDouble
from tests.kit.server_double import Asked
from tests.media_servers.conftest import add_kavita
from tests.media_servers.test_carrying import (
    SERIES,
    Died,
    Dying,
    carries,
    process,
    process_while_away,
    settle,
    undo,
    work_off,
)
from tests.operations.workbench import Workbench

pytestmark = pytest.mark.both_databases
FOUND = "<Title>Found</Title><Summary>Found.</Summary><Writer>Ann, Bob</Writer><Genre>Sea</Genre>"
MINE: dict[str, Any] = {
    "titleName": "Mine", "titleNameLocked": True, "ageRating": 5, "ageRatingLocked": True,
    "writers": ["Cleo", "Dan"], "writerLocked": True, "tags": ["calm"], "tagsLocked": True,
    "sortOrder": 7.5, "sortOrderLocked": True,
}  # fmt: skip
OURS: dict[str, Any] = {
    "summary": "Ours.", "summaryLocked": True, "genres": ["Salt", "Wind"], "genresLocked": True,
    "publicationStatus": 2, "publicationStatusLocked": True, "locations": ["Pier"],
    "locationLocked": True, "releaseYear": 1987, "releaseYearLocked": True,
}  # fmt: skip


def shelf(bench: Workbench, kavita: KavitaDouble, count: int) -> list[Path]:
    """Comics that become other chapters of other series; people have locked fields of some."""
    paths = []
    for n in range(1, count + 1):
        name = SERIES[n % 2]
        path = bench.comic(f"{name}/{name.lower()}_{n:03}_(2021).cbz", FOUND, pages=4)
        paths.append(path)
    bench.catalogued(*paths)
    kavita.reads_names_as = "Old "
    kavita.scan()
    for n, path in enumerate(paths):
        if n % 3 == 0:
            kavita.chapter_at(path).metadata |= MINE
    kavita.series_named("Old tides").metadata |= OURS
    return paths


def renamed(locked: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """What is locked, by the names from before."""
    return {names.get(n, f"Old {n.lower()}"): fields for n, fields in locked.items()}


def asked(kavita: KavitaDouble, line: str) -> list[Asked]:
    return [each for each in kavita.requests if each.line == line]


CHAPTER_POST, SERIES_POST = "POST /api/Chapter/update", "POST /api/Series/metadata"


def test_without_carrying_locked_fields_are_lost(
    bench: Workbench, servers: MediaServers, bridge: Bridge, kavita: KavitaDouble
) -> None:
    paths = shelf(bench, kavita, 4)
    assert set(kavita.locked()) == {paths[0].name, paths[3].name, "Old tides"}
    add_kavita(servers, kavita, ProgressMode.OFF)
    process(bench, bridge, paths)
    settle(bench, bridge)
    assert kavita.locked() == {}


def test_locked_fields_of_chapters_and_series_are_kept_and_undone(
    bench: Workbench, servers: MediaServers, bridge: Bridge, kavita: KavitaDouble
) -> None:
    paths = shelf(bench, kavita, 40)
    before = kavita.locked()
    assert len(before) == 15
    add_kavita(servers, kavita)
    names = process(bench, bridge, paths)
    settle(bench, bridge)
    assert renamed(kavita.locked(), names) == before
    assert len(asked(kavita, CHAPTER_POST)) == 14
    assert len(asked(kavita, SERIES_POST)) == 1
    assert carries(bench) == 0
    undo(bench, bridge)
    settle(bench, bridge)
    assert kavita.locked() == before
    assert carries(bench) == 0


def test_what_is_not_locked_stays_as_kavita_has_found_it(
    bench: Workbench, servers: MediaServers, bridge: Bridge, kavita: KavitaDouble
) -> None:
    paths = shelf(bench, kavita, 2)
    add_kavita(servers, kavita)
    names = process(bench, bridge, paths)
    kavita.scan()
    untouched = {path.name: dict(c.metadata) for _, c in kavita.chapters() for path in c.files}
    settle(bench, bridge)
    for _, chapter in kavita.chapters():
        (path,) = chapter.files
        expected = untouched[path.name]
        if names[path.name] == paths[0].name:
            expected |= MINE
        # An empty text in place of none is what Kavita makes of it itself.
        expected["language"] = chapter.metadata["language"]
        assert chapter.metadata == expected
    series = kavita.series_named("Harbour").metadata
    assert (series["summary"], series["writers"]) == ("Found.", ["Ann", "Bob"])


def test_a_server_that_goes_away_meanwhile_gets_them_later(
    bench: Workbench, servers: MediaServers, bridge: Bridge, kavita: KavitaDouble
) -> None:
    paths = shelf(bench, kavita, 6)
    before = kavita.locked()
    add_kavita(servers, kavita)
    names = process_while_away(bench, bridge, kavita, paths)
    assert kavita.locked() == {}
    bench.clock.advance(900)
    settle(bench, bridge)
    assert renamed(kavita.locked(), names) == before
    assert carries(bench) == 0


@pytest.mark.parametrize("after", [False, True])
def test_a_bridge_that_dies_loses_none(
    bench: Workbench, servers: MediaServers, bridge: Bridge, kavita: KavitaDouble, after: bool
) -> None:
    paths = shelf(bench, kavita, 6)
    before = kavita.locked()
    add_kavita(servers, kavita)
    names = process(bench, bridge, paths)
    client_of = clients_over()

    def dying(server: MediaServer) -> Client:
        return Dying(client_of(server), "carry", 2, after=after)

    other = Bridge(bench.database, dying, holder="two", now=bench.clock)
    bench.clock.advance(LEASE_S)
    with pytest.raises(Died):
        settle(bench, other, rounds=4)
    bench.clock.advance(LEASE_S)
    settle(bench, bridge)
    assert renamed(kavita.locked(), names) == before
    assert carries(bench) == 0


def test_chapters_that_stay_are_not_written(
    bench: Workbench, servers: MediaServers, bridge: Bridge, kavita: KavitaDouble
) -> None:
    path = bench.comic("Mark/Mark 1.cbz", "<Series>Mark</Series><Number>1</Number>", pages=4)
    bench.catalogued(path)
    kavita.scan()
    kavita.chapter_at(path).metadata |= MINE
    add_kavita(servers, kavita)
    job = bench.submit("rename", [path])
    work_off(bench, bridge, job.job_id)
    settle(bench, bridge)
    (new,) = kavita.locked()
    assert new != path.name
    assert carries(bench) == 0
    assert asked(kavita, CHAPTER_POST) == asked(kavita, SERIES_POST) == []


def test_a_reading_asks_twice_for_each_series(
    bench: Workbench, servers: MediaServers, bridge: Bridge, kavita: KavitaDouble
) -> None:
    shelf(bench, kavita, 40)
    add_kavita(servers, kavita)
    bridge.work()
    assert len(asked(kavita, "GET /api/Series/volumes")) == 2
    assert len(asked(kavita, "GET /api/Series/metadata")) == 2
    assert asked(kavita, "GET /api/Series/chapter") == []


def test_a_field_that_was_emptied_and_locked(
    bench: Workbench, servers: MediaServers, bridge: Bridge, kavita: KavitaDouble
) -> None:
    paths = shelf(bench, kavita, 1)
    kavita.chapter_at(paths[0]).metadata |= {"genres": [], "genresLocked": True, "language": ""}
    add_kavita(servers, kavita)
    process(bench, bridge, paths)
    settle(bench, bridge)
    ((_, chapter),) = kavita.chapters()
    assert (chapter.metadata["genres"], chapter.metadata["genresLocked"]) == ([], True)
    assert carries(bench) == 0


def test_a_release_that_empties_no_list_is_not_asked_for_ever(
    bench: Workbench, servers: MediaServers, bridge: Bridge, kavita: KavitaDouble
) -> None:
    kavita.is_old = True
    paths = shelf(bench, kavita, 1)
    kavita.chapter_at(paths[0]).metadata |= {"genres": [], "genresLocked": True}
    add_kavita(servers, kavita)
    process(bench, bridge, paths)
    settle(bench, bridge)
    ((_, chapter),) = kavita.chapters()
    assert (chapter.metadata["genres"], chapter.metadata["genresLocked"]) == (["Sea"], True)
    assert chapter.metadata["writers"] == ["Cleo", "Dan"]
    assert carries(bench) == 0


def test_a_series_that_is_refused_keeps_nothing_else_back(
    bench: Workbench, servers: MediaServers, bridge: Bridge, kavita: KavitaDouble
) -> None:
    paths = shelf(bench, kavita, 8)
    before = kavita.locked()
    added = add_kavita(servers, kavita)
    kavita.refuses_series = True
    names = process(bench, bridge, paths)
    settle(bench, bridge, rounds=2)
    problems = servers.problems(added.server_id)
    assert {names[Path(path).name] for path in problems} == {
        path.name for path in paths if path.parent.name == "Tides"
    }
    assert set(problems.values()) == {"Kavita refuses the request (HTTP 400)."}
    assert servers.get(added.server_id).problem is None
    assert len({each for each in kavita.locked() if each in names}) == 3
    # One request a round, not one for each chapter.
    rounds = len(asked(kavita, "GET /api/Library/libraries"))
    assert 0 < len(asked(kavita, SERIES_POST)) < rounds
    kavita.refuses_series = False
    bench.clock.advance(900)
    settle(bench, bridge)
    assert renamed(kavita.locked(), names) == before
    assert carries(bench) == 0


def test_comics_that_exchange_their_numbers_exchange_their_locks(
    bench: Workbench, servers: MediaServers, bridge: Bridge, kavita: KavitaDouble
) -> None:
    xml = "<Series>Mark</Series><Number>{}</Number>"
    one = bench.comic("Mark/a.cbz", xml.format(1), pages=4)
    two = bench.comic("Mark/b.cbz", xml.format(2), pages=4)
    bench.catalogued(one, two)
    kavita.scan()
    kavita.chapter_at(one).metadata |= {"summary": "First.", "summaryLocked": True}
    kavita.chapter_at(two).metadata |= {"ageRating": 3, "ageRatingLocked": True}
    before = kavita.locked()
    add_kavita(servers, kavita)
    for path, number in ((one, "2"), (two, "1")):
        job = bench.submit("tag", [path], {"set": {"issue": number}})
        work_off(bench, bridge, job.job_id)
    settle(bench, bridge)
    assert [each.number for _, each in kavita.chapters()] == ["1", "2"]
    assert kavita.chapter_at(one).number == "2"
    assert kavita.locked() == before
    assert carries(bench) == 0


class Forgetful(KavitaDouble):
    """Keeps no lock, or shows no teams."""

    shows_teams = True

    def handle(self, asked: Asked) -> tuple[int, Any]:
        status, value = super().handle(asked)
        if asked.line == CHAPTER_POST:
            for _, chapter in self.chapters():
                chapter.metadata["titleNameLocked"] = False
        if asked.path == "/api/Series/chapter" and not self.shows_teams:
            del value["teams"]
        return status, value


def test_what_kavita_does_not_keep_or_show_is_told(
    bench: Workbench, servers: MediaServers, bridge: Bridge
) -> None:
    with Forgetful(bench.library, there="/data/comics") as kavita:
        paths = shelf(bench, kavita, 1)
        added = add_kavita(servers, kavita)
        process(bench, bridge, paths)
        settle(bench, bridge)
        assert set(servers.problems(added.server_id).values()) == {NOT_KEPT}
        assert carries(bench) == 1
        kavita.shows_teams, kavita.requests = False, []
        bench.clock.advance(900)
        settle(bench, bridge)
        (problem,) = servers.problems(added.server_id).values()
        assert problem.startswith("Kavita sent something other than what was asked for.")
        assert asked(kavita, CHAPTER_POST) == []


def test_setting_twice_changes_nothing(
    bench: Workbench, servers: MediaServers, bridge: Bridge, kavita: KavitaDouble
) -> None:
    paths = shelf(bench, kavita, 1)
    server = add_kavita(servers, kavita)
    client = clients_over()(servers.get(server.server_id))
    known = Known(locked={"summary": " Mine. ", "writers": ["Cleo"]})

    def target() -> ServerBook:
        (book,) = [book for books in client.books() for book in books]
        return book

    assert client.carry(Move("1000", known, target()))
    assert kavita.chapter_at(paths[0]).metadata["summary"] == "Mine."
    assert len(asked(kavita, CHAPTER_POST)) == 1
    assert client.carry(Move("1000", known, target()))
    assert len(asked(kavita, CHAPTER_POST)) == 1
    client.close()

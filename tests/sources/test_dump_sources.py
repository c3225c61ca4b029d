"""Sources that are read from files: the Grand Comics Database and MangaBaka."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from comicmaintainer.comics.metadata.model import (
    AlternativeName,
    Credit,
    Identifier,
    Manga,
    Price,
)
from comicmaintainer.database import Database
from comicmaintainer.errors import AnswerDelayed, InvalidInput, SourceOff, UnusableAnswer
from comicmaintainer.matching.questions import (
    CoverHash,
    IssueById,
    IssueList,
    IssuesNumbered,
    SeriesById,
    SeriesSearch,
)
from comicmaintainer.sources.source_settings import GivenSettings
from comicmaintainer.sources.sources import Sources
from tests.kit.clock import Clock
from tests.kit.source_dumps import write_gcd, write_mangabaka


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "config" / "sources"


@pytest.fixture
def sources(database: Database, clock: Clock, folder: Path) -> Sources:
    given = {name: GivenSettings(enabled=True) for name in ("gcd", "mangabaka")}
    return Sources.build(database, given, answer_days=30, now=clock, folder=folder)


@pytest.fixture
def gcd(sources: Sources, folder: Path) -> Iterator[Sources]:
    dump = write_gcd(folder / "gcd.db")
    before = dump.read_bytes()
    yield sources
    assert dump.read_bytes() == before
    assert {path.name for path in folder.iterdir()} <= {"gcd.db", "gcd.index", "gcd.index.lock"}


@pytest.fixture
def mangabaka(sources: Sources, folder: Path) -> Sources:
    write_mangabaka(folder / "mangabaka.sqlite")
    return sources


def test_without_a_file_the_source_says_where_to_put_it(sources: Sources, folder: Path) -> None:
    sentence = (
        "There is no file of MangaBaka: download it from https://mangabaka.org and put it at "
        f"{folder / 'mangabaka.db'}."
    )
    assert sources.active() == ()
    assert sources.state("mangabaka").missing == sentence
    with pytest.raises(SourceOff) as raised:
        sources.answer("mangabaka", SeriesById("10"))
    assert raised.value.message == sentence


def test_a_file_alone_switches_nothing_on(database: Database, clock: Clock, folder: Path) -> None:
    write_gcd(folder / "gcd.db")
    sources = Sources.build(database, {}, answer_days=30, now=clock, folder=folder)
    with pytest.raises(SourceOff, match="not switched on"):
        sources.test("gcd")
    assert [path.name for path in folder.iterdir()] == ["gcd.db"]


# --- the Grand Comics Database -----------------------------------------------------------------


def test_gcd_finds_series_by_their_words(gcd: Sources) -> None:
    assert gcd.active() == ("gcd",)
    (found,) = gcd.answer("gcd", SeriesSearch("lights: HARBOUR"))
    assert (found.id, found.name, found.start_year, found.end_year) == (
        "10",
        "Harbour Lights",
        2016,
        None,
    )
    assert (found.publisher, found.language, found.issue_count) == ("Tern Press", "en", 3)
    assert found.link == "https://www.comics.org/series/10/"
    (french,) = gcd.answer("gcd", SeriesSearch("lumieres du port"))
    assert french.id == "11"
    for name in ('"', "' OR 1=1 --", "*", "NOT", "zzz"):
        assert gcd.answer("gcd", SeriesSearch(name)) == ()


def test_gcd_lists_issues_without_variants_and_deleted_ones(gcd: Sources) -> None:
    issues = gcd.answer("gcd", IssueList("10"))
    assert [(i.id, i.number, i.year, i.month) for i in issues] == [
        ("100", "1", 2016, 3),
        ("101", "2", 2016, 4),
    ]
    assert (issues[0].page_count, issues[0].store_year) == (36, 2016)
    assert [i.id for i in gcd.answer("gcd", IssuesNumbered(("10", "11"), "1"))] == ["100", "110"]
    assert gcd.answer("gcd", IssueById("103")) is None
    assert gcd.answer("gcd", IssueById("77")) is None
    assert gcd.answer("gcd", SeriesById("12")) is None
    assert gcd.details("gcd", "103") is None


def test_gcd_knows_who_made_an_issue(gcd: Sources) -> None:
    details = gcd.details("gcd", "100")
    assert details is not None
    assert (details.series, details.issue, details.title) == ("Harbour Lights", "1", "Low Water")
    assert (details.year, details.month, details.day) == (2016, 3, None)
    assert details.credits == (
        Credit("Ada Marlow", ("Writer",)),
        Credit("Cleo Hart", ("Cover",)),
        Credit("Bo Linden", ("Penciller",)),
        Credit("Esi Brandt", ("Cover",)),
    )
    assert details.characters == ("The Ferryman", "Mara")
    assert details.genres == ("drama", "adventure")
    assert details.summary == "A ship comes in."
    assert details.prices == (Price("3.99", "US"), Price("4.99", "CA"))
    assert details.identifiers == (Identifier("Grand Comics Database", "100", primary=True),)
    assert details.store_date == "2016-01-13"
    assert details.non_empty().keys() <= gcd.info("gcd").fields


@pytest.mark.parametrize("table", ["gcd_story_credit", "gcd_story", "stddata_language"])
def test_gcd_does_with_fewer_tables(sources: Sources, folder: Path, table: str) -> None:
    write_gcd(folder / "gcd.db", without=table)
    details = sources.details("gcd", "101")
    assert details is not None
    assert details.series == "Harbour Lights"


def test_what_is_no_id_or_no_question_of_a_dump_is_refused(gcd: Sources) -> None:
    for question in (SeriesById("x"), IssueById("1 OR 1"), IssueList(""), CoverHash("https://x")):
        with pytest.raises(InvalidInput):
            gcd.answer("gcd", question)


# --- MangaBaka ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["harbour lights", "minato tomoshibi", "港の灯", "lights saga", "HARBOUR-LIGHTS"]
)
def test_mangabaka_finds_all_names_of_a_series(mangabaka: Sources, name: str) -> None:
    (found,) = mangabaka.answer("mangabaka", SeriesSearch(name))
    assert (found.id, found.name, found.issue_count) == ("10", "Harbour Lights", 3)
    assert found.aliases == ("Minato no Tomoshibi", "港の灯火", "Harbour Lights Saga")
    assert found.other_ids == {"anilist": "11", "mangaupdates": "abc12", "myanimelist": "12"}


def test_mangabaka_follows_merged_series_and_knows_volumes(mangabaka: Sources) -> None:
    assert mangabaka.answer("mangabaka", SeriesById("20")).id == "10"
    assert mangabaka.answer("mangabaka", SeriesById("77")) is None
    assert [i.id for i in mangabaka.answer("mangabaka", IssueList("10"))] == [
        "10v1",
        "10v2",
        "10v3",
    ]
    details = mangabaka.details("mangabaka", "10v2")
    assert details is not None
    assert (details.series, details.issue, details.publisher) == (
        "Harbour Lights",
        "2",
        "Tern Press",
    )
    assert details.credits == (
        Credit("Ada Marlow", ("Writer", "Artist")),
        Credit("Bo Linden", ("Artist",)),
    )
    assert details.genres == ("Slice Of Life",)
    assert details.tags == ()
    assert details.summary == "A harbour.\nIts lights."
    assert details.manga is Manga.YES_RIGHT_TO_LEFT
    assert details.community_rating == 4.12
    assert AlternativeName("Harbour Lights Saga", "en") in details.alternative_names
    assert details.non_empty().keys() <= mangabaka.info("mangabaka").fields


# --- the file and its index --------------------------------------------------------------------


def test_a_newer_file_is_indexed_anew(gcd: Sources, folder: Path) -> None:
    gcd.test("gcd")
    built = (folder / "gcd.index").stat().st_ino
    gcd.answer("gcd", SeriesSearch("harbour"))
    assert (folder / "gcd.index").stat().st_ino == built
    os.utime(folder / "gcd.db", (1_650_000_000, 1_650_000_000))
    gcd.answer("gcd", SeriesSearch("harbour"))
    assert (folder / "gcd.index").stat().st_ino != built


def test_a_file_that_is_being_copied_is_waited_for(
    gcd: Sources, folder: Path, clock: Clock
) -> None:
    os.utime(folder / "gcd.db", (clock.at - 3, clock.at - 3))
    with pytest.raises(AnswerDelayed, match="being copied") as raised:
        gcd.test("gcd")
    clock.at = raised.value.until
    gcd.test("gcd")


def test_an_index_that_another_process_builds_is_waited_for(
    gcd: Sources, folder: Path, clock: Clock
) -> None:
    with (folder / "gcd.index.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(AnswerDelayed, match="being indexed") as raised:
            gcd.answer("gcd", SeriesById("10"))
    assert raised.value.until > clock.at
    assert gcd.answer("gcd", SeriesById("10")).id == "10"


@pytest.mark.parametrize("content", [b"", b"this is no database" * 100, b"SQLite format 3\0" * 500])
def test_a_file_of_another_kind_is_one_sentence(
    sources: Sources, folder: Path, content: bytes
) -> None:
    path = write_gcd(folder / "gcd.db")
    path.write_bytes(content)
    os.utime(path, (1_600_000_000, 1_600_000_000))
    with pytest.raises(UnusableAnswer, match=rf"^{path} is damaged, .*Download it again\.$"):
        sources.test("gcd")
    assert not (folder / "gcd.index").exists()


def test_the_dump_of_another_source_is_refused(sources: Sources, folder: Path) -> None:
    write_mangabaka(folder / "gcd.db")
    with pytest.raises(UnusableAnswer, match="no such table"):
        sources.test("gcd")


def test_a_damaged_page_is_an_error_of_that_question(gcd: Sources, folder: Path) -> None:
    gcd.test("gcd")
    path = folder / "gcd.db"
    whole = path.read_bytes()
    status = path.stat()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(UnusableAnswer, match="damaged"):
        gcd.details("gcd", "100")
    path.write_bytes(whole)

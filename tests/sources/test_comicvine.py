"""What ComicVine's client makes of its answers."""

from __future__ import annotations

import pytest

from comicmaintainer.comics.images.image_headers import ImageFormat
from comicmaintainer.comics.metadata.model import Credit, Identifier, StoryArc
from comicmaintainer.errors import InvalidInput
from comicmaintainer.matching.questions import (
    CoverHash,
    FileCoverHashes,
    IssueById,
    IssueList,
    IssuesNumbered,
    SeriesById,
    SeriesDetailsById,
    SeriesSearch,
)
from comicmaintainer.sources.sources import Sources
from tests.kit.clock import Clock
from tests.kit.drawn_covers import drawn_cover
from tests.kit.replay_server import ReplayServer
from tests.sources.conftest import HurryingClock


@pytest.fixture
def clock() -> Clock:
    return HurryingClock()


def test_a_search_finds_series_with_what_tells_them_apart(sources: Sources) -> None:
    found = sources.answer("comicvine", SeriesSearch("harbour lights"))
    assert [(s.id, s.name, s.start_year, s.publisher, s.issue_count) for s in found] == [
        ("10", "Harbour Lights", 2016, "Tern Press", 250),
        ("11", "Harbour Lights", 1974, None, 3),
    ]
    assert found[0].aliases == ("Harbour Lights Comics", "The Harbour Lights")
    assert found[0].link == "https://comicvine.gamespot.com/v/4050-10/"
    assert found[0].source == "comicvine"


def test_a_name_with_other_signs_is_found_by_the_search(
    sources: Sources, server: ReplayServer
) -> None:
    (found,) = sources.answer("comicvine", SeriesSearch("Spider Tide"))
    assert found.id == "12"
    assert [each.resource for each in server.log()] == ["search"]


def test_many_series_of_one_name_are_listed_too(
    sources: Sources, server: ReplayServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("comicmaintainer.sources.comicvine.PAGE", 2)
    found = sources.answer("comicvine", SeriesSearch("Harbour Lights"))
    assert [each.id for each in found] == ["10", "11"]
    assert [each.resource for each in server.log()][:2] == ["search", "volumes"]


def test_signs_of_filters_in_a_name_do_no_harm(sources: Sources) -> None:
    assert sources.answer("comicvine", SeriesSearch("Harbour Lights,id:12|x")) == ()


def test_a_list_of_issues_comes_in_pages_of_a_hundred(
    sources: Sources, server: ReplayServer
) -> None:
    found = sources.answer("comicvine", IssueList("10"))
    assert [issue.number for issue in found] == [str(n) for n in range(1, 251)]
    assert (found[0].id, found[0].series_id, found[0].year, found[0].month) == (
        "101",
        "10",
        2016,
        1,
    )
    assert len(server.log()) == 3


def test_issues_with_a_number_are_one_request_for_all_series(
    sources: Sources, server: ReplayServer
) -> None:
    found = sources.answer("comicvine", IssuesNumbered(("10", "11", "12"), "1"))
    assert [(issue.series_id, issue.year) for issue in found] == [
        ("10", 2016),
        ("11", 1974),
        ("12", 1999),
    ]
    assert len(server.log()) == 1
    assert sources.answer("comicvine", IssuesNumbered(("11",), "½"))[0].id == "902"


def test_ids_are_found_with_and_without_their_type(sources: Sources) -> None:
    issue = sources.answer("comicvine", IssueById("4000-901"))
    assert (issue.id, issue.series_id, issue.number) == ("901", "11", "2")
    assert issue.variants[0].endswith("/covers/901b.jpg")
    assert sources.answer("comicvine", SeriesById("4050-12")).name == "Spider-Tide"
    assert sources.answer("comicvine", SeriesById("77")) is None
    assert sources.answer("comicvine", IssueById("77")) is None
    assert sources.details("comicvine", "77") is None


def test_an_id_that_is_none_is_refused_without_a_request(
    sources: Sources, server: ReplayServer
) -> None:
    for question in (IssueById("../x"), SeriesById("12,13"), IssueList("")):
        with pytest.raises(InvalidInput):
            sources.answer("comicvine", question)
    assert server.log() == []


def test_details_hold_all_that_is_known_and_no_html(sources: Sources) -> None:
    details = sources.details("comicvine", "101")
    assert details is not None
    assert (details.series, details.issue, details.count) == ("Harbour Lights", "1", 250)
    assert (details.year, details.month, details.day) == (2016, 1, 1)
    assert (details.publisher, details.series_start_year) == ("Tern Press", 2016)
    assert details.summary == "Number 1 of Harbour Lights & more.\n\nThe end."
    assert details.characters == ("The Ferryman",)
    assert details.teams == ("The Watch",)
    assert details.locations == ("The Quay",)
    assert details.story_arcs == (StoryArc("High Water"),)
    assert details.identifiers == (Identifier("Comic Vine", "101", primary=True),)
    assert details.web == ("https://comicvine.gamespot.com/i/4000-101/",)
    assert len(details.credits) == 3
    assert all(isinstance(each, Credit) and each.roles for each in details.credits)
    assert details.non_empty().keys() <= sources.info("comicvine").fields


def test_a_cover_is_hashed_by_the_function_that_was_passed_in(
    sources: Sources, server: ReplayServer
) -> None:
    cover = sources.answer("comicvine", IssueById("101")).cover
    hashed = sources.answer("comicvine", CoverHash(cover))
    assert hashed is not None
    assert sources.answer("comicvine", CoverHash(cover)) == hashed
    assert len(server.log("covers")) == 1


def test_a_cover_is_shown_as_it_was_sent_and_downloaded_once(
    sources: Sources, server: ReplayServer
) -> None:
    address = f"{server.root}/covers/101.jpg"
    for _ in range(2):
        image = sources.cover_image("comicvine", address)
        assert image is not None
        assert (image.content, image.format) == (drawn_cover("101"), ImageFormat.JPEG)
    assert len(server.log("covers")) == 1
    assert sources.cover_image("comicvine", "https://elsewhere.example/101.jpg") is None


@pytest.mark.parametrize("kind", ["bomb", "text", "gone"])
def test_what_is_no_cover_is_not_shown(sources: Sources, server: ReplayServer, kind: str) -> None:
    server.knobs.cover = kind
    assert sources.cover_image("comicvine", f"{server.root}/covers/101.jpg") is None


@pytest.mark.parametrize("kind", ["bomb", "text", "gone"])
def test_what_is_no_cover_has_no_hash(sources: Sources, server: ReplayServer, kind: str) -> None:
    server.knobs.cover = kind
    assert sources.answer("comicvine", CoverHash(f"{server.root}/covers/101.jpg")) is None


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:1/x.jpg", "https://elsewhere.example/x.jpg", "file:///etc/passwd", ""],
)
def test_a_cover_elsewhere_is_not_downloaded(
    sources: Sources, server: ReplayServer, address: str
) -> None:
    assert sources.answer("comicvine", CoverHash(address)) is None
    assert server.log() == []


def test_what_there_is_to_say_of_a_series_is_asked_once_and_kept(
    sources: Sources, server: ReplayServer
) -> None:
    assert sources.kept_answer("comicvine", SeriesDetailsById("10")) is None
    found = sources.answer("comicvine", SeriesDetailsById("10"))
    assert (found.facts.name, found.facts.issue_count) == ("Harbour Lights", 250)
    assert (found.description, found.is_ongoing) == ("Harbour Lights", None)
    assert sources.kept_answer("comicvine", SeriesDetailsById("10")) == found
    assert len(server.log()) == 1
    assert sources.answer("comicvine", SeriesDetailsById("77")) is None
    assert sources.kept_answer("no such source", SeriesDetailsById("10")) is None


def test_odd_values_in_an_answer_are_left_out(sources: Sources, server: ReplayServer) -> None:
    server.fail("odd", times=2)
    assert sources.answer("comicvine", IssueList("10")) == ()
    assert sources.answer("comicvine", SeriesById("10")) is None


def test_questions_about_files_are_not_for_sources(sources: Sources) -> None:
    with pytest.raises(InvalidInput):
        sources.answer("comicvine", FileCoverHashes("x"))
    with pytest.raises(InvalidInput, match="there are: metron, comicvine,"):
        sources.answer("mylar", SeriesById("1"))

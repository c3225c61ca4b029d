"""What the clients of AniList, MangaUpdates and MangaDex make of their answers."""

from __future__ import annotations

import pytest

from comicmaintainer.comics.metadata.model import AlternativeName, Credit, Identifier, Manga
from comicmaintainer.errors import AnswerDelayed, InvalidInput
from comicmaintainer.matching.questions import (
    FileCoverHashes,
    IssueById,
    IssueList,
    IssuesNumbered,
    SeriesById,
    SeriesSearch,
)
from comicmaintainer.sources.anilist import AniList
from comicmaintainer.sources.client import Client
from comicmaintainer.sources.mangadex import MangaDex
from comicmaintainer.sources.mangaupdates import MangaUpdates
from comicmaintainer.sources.sources import Sources
from tests.kit.clock import Clock
from tests.kit.replay_manga_shapes import mangadex_id
from tests.kit.replay_server import ReplayServer
from tests.sources.conftest import MANGA, HurryingClock

IDS = {"anilist": "11", "mangaupdates": "11", "mangadex": mangadex_id(11)}


@pytest.fixture
def clock() -> Clock:
    return HurryingClock()


@pytest.mark.parametrize("source", MANGA)
def test_a_search_finds_series(sources: Sources, server: ReplayServer, source: str) -> None:
    found = sources.answer(source, SeriesSearch("harbour lights"))
    assert {(s.name, s.start_year) for s in found} == {
        ("Harbour Lights", 2016),
        ("Harbour Lights", 1974),
    }
    assert IDS[source] in {s.id for s in found}
    assert all(s.source == source and s.aliases and s.link for s in found)
    assert len(server.log()) == 1
    assert sources.answer(source, SeriesSearch("harbour lights")) == found
    assert len(server.log()) == 1


@pytest.mark.parametrize("source", MANGA)
def test_volumes_are_issues(sources: Sources, source: str) -> None:
    id_ = IDS[source]
    assert sources.answer(source, SeriesById(id_)).issue_count == 3
    volumes = sources.answer(source, IssueList(id_))
    assert {"1", "2"} < {each.number for each in volumes}
    first = sources.answer(source, IssueById(f"{id_}v1"))
    assert (first.id, first.series_id, first.number) == (f"{id_}v1", id_, "1")
    assert first in volumes
    assert sources.answer(source, IssuesNumbered((id_,), "2"))[0].id == f"{id_}v2"
    assert sources.answer(source, IssuesNumbered((id_,), "9")) == ()


@pytest.mark.parametrize("source", MANGA)
def test_details_are_those_of_the_series_with_the_volume(sources: Sources, source: str) -> None:
    details = sources.details(source, f"{IDS[source]}v2")
    assert details is not None
    assert (details.series, details.issue) == ("Harbour Lights", "2")
    assert (details.series_start_year, details.volume_count) == (1974, 3)
    assert details.genres == ("Drama",)
    assert details.manga is Manga.YES_RIGHT_TO_LEFT
    assert details.credits[0].person == "Ada Marlow"
    assert details.summary
    assert "<" not in details.summary
    assert details.identifiers[0].value == IDS[source]
    assert details.non_empty().keys() <= sources.info(source).fields
    whole = sources.details(source, IDS[source])
    assert whole is not None
    assert whole.issue is None


@pytest.mark.parametrize("source", MANGA)
def test_what_is_not_there_is_none(sources: Sources, source: str) -> None:
    missing = mangadex_id(77) if source == "mangadex" else "77"
    assert sources.answer(source, SeriesById(missing)) is None
    assert sources.answer(source, IssueById(f"{missing}v1")) is None
    assert sources.answer(source, IssueList(missing)) == ()
    assert sources.details(source, missing) is None


@pytest.mark.parametrize("client", [AniList(), MangaUpdates(), MangaDex()])
def test_another_series_than_asked_for_is_no_answer(client: Client) -> None:
    name = client.info.name
    asked, other = (mangadex_id(10), mangadex_id(11)) if name == "mangadex" else ("10", "11")
    titles = {"title": {"en": "Owl", "english": "Owl"}}
    answer = {
        "anilist": {"Media": {"id": 11, **titles}},
        "mangaupdates": {"series_id": 11, "title": "Owl"},
        "mangadex": {"result": "ok", "data": {"id": other, "attributes": titles}},
    }[name]
    for series_id, is_answered in ((asked, False), (other, True)):
        for asking in (client.answer(SeriesById(series_id)), client.details(f"{series_id}v1")):
            next(asking)
            with pytest.raises(StopIteration) as end:
                asking.send(answer)
            assert (end.value.value is not None) is is_answered


@pytest.mark.parametrize("source", MANGA)
def test_what_is_no_id_is_refused(sources: Sources, server: ReplayServer, source: str) -> None:
    for id_ in ("../1", "x", "", "1 OR 1"):
        with pytest.raises(InvalidInput):
            sources.answer(source, SeriesById(id_))
    with pytest.raises(InvalidInput):
        sources.answer(source, FileCoverHashes("x"))
    assert server.log() == []


@pytest.mark.parametrize("source", MANGA)
@pytest.mark.parametrize("kind", ["odd", "html", "500"])
def test_an_answer_in_another_shape_is_an_error_of_the_source(
    sources: Sources, server: ReplayServer, source: str, kind: str
) -> None:
    server.fail(kind)
    if kind == "odd" and source == "mangaupdates":
        assert sources.answer(source, SeriesSearch("x")) == ()
        return
    with pytest.raises(AnswerDelayed, match=rf"^{sources.info(source).title} (sent|answered) "):
        sources.answer(source, SeriesSearch("harbour"))


@pytest.mark.parametrize("source", MANGA)
def test_the_connection_can_be_tested_without_a_key(
    sources: Sources, server: ReplayServer, source: str
) -> None:
    assert source in sources.active()
    sources.test(source)
    assert len(server.log(source)) == 1


def test_anilist_knows_languages_and_leaves_spoilers_out(sources: Sources) -> None:
    details = sources.details("anilist", "11")
    assert details is not None
    assert details.alternative_names == (
        AlternativeName("Harbour Lights no", "ja-Latn"),
        AlternativeName("港の灯", "ja"),
        AlternativeName("Harbour Lights Saga"),
    )
    assert details.tags == ("Ships",)
    assert details.credits == (
        Credit("Ada Marlow", ("Writer",)),
        Credit("Bo Linden", ("Artist",)),
    )
    assert details.community_rating == 4.2
    assert details.characters == ("The Ferryman",)
    assert details.identifiers[1] == Identifier("MyAnimeList", "12")


def test_mangaupdates_prefers_the_english_publisher(sources: Sources) -> None:
    details = sources.details("mangaupdates", "11")
    assert details is not None
    assert details.publisher == "Tern Press"
    assert details.credits == (Credit("Ada Marlow", ("Writer", "Artist")),)
    assert details.community_rating == 3.95


def test_mangadex_has_covers_of_volumes_and_ids_of_others(sources: Sources) -> None:
    id_ = mangadex_id(10)
    volumes = sources.answer("mangadex", IssueList(id_))
    assert len(volumes) == 250
    assert volumes[0].cover is not None
    assert volumes[0].cover.startswith(f"https://uploads.mangadex.org/covers/{id_}/")
    series = sources.answer("mangadex", SeriesById(id_))
    assert series.other_ids == {"anilist": "10", "myanimelist": "11"}
    details = sources.details("mangadex", id_)
    assert details is not None
    assert details.tags == ("Ships",)
    assert details.alternative_names[1] == AlternativeName("Harbour Lights no", "ja-Latn")

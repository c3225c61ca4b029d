"""AniList: series of manga, with their names in several languages; no key is needed to read.

API: https://docs.anilist.co, one address that takes GraphQL. It allows 90 requests a minute, and
says that it is limited to 30 until further notice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comicmaintainer.comics.metadata.model import (
    AlternativeName,
    ComicMetadata,
    Credit,
    Identifier,
)
from comicmaintainer.errors import InvalidInput, SourceFailed
from comicmaintainer.matching.model import SeriesFacts
from comicmaintainer.matching.questions import Question
from comicmaintainer.outgoing.transport import Reply
from comicmaintainer.sources import readings
from comicmaintainer.sources.client import Judge, left_of
from comicmaintainer.sources.model import Asking, Left, Limit, Request, Signature, SourceInfo
from comicmaintainer.sources.plain_text import plain_text
from comicmaintainer.sources.volumes import (
    answer_by_volumes,
    if_asked_for,
    manga_of,
    split_id,
    with_volume,
)

NAME = "anilist"
LIMIT = Limit(30, 60.0, shared=True)
_FEWEST_VOTES = 60
"""Tags below this rank are guesses."""
_SERIES = (
    "id idMal title{romaji english native} synonyms startDate{year} endDate{year} format volumes "
    "countryOfOrigin coverImage{large} siteUrl"
)
_SEARCH = (
    "query($search:String){Page(perPage:50){media(search:$search,type:MANGA){" + _SERIES + "}}}"
)
_ONE = "query($id:Int){Media(id:$id,type:MANGA){" + _SERIES + "}}"
_DETAILS = (
    "query($id:Int){Media(id:$id,type:MANGA){" + _SERIES + " description(asHtml:true) genres "
    "averageScore isAdult tags{name rank isMediaSpoiler} staff(perPage:25){edges{role "
    "node{name{full}}}} characters(perPage:25,sort:ROLE){nodes{name{full}}}}}"
)
_ROLES = {
    "story & art": ("Writer", "Artist"),
    "story": ("Writer",),
    "original story": ("Writer",),
    "original creator": ("Writer",),
    "art": ("Artist",),
    "illustration": ("Illustrator",),
}

INFO = SourceInfo(
    name=NAME,
    title="AniList",
    site="https://anilist.co",
    credit="Data from AniList (anilist.co), for non-commercial use.",
    sent="Names of series and ids are sent to AniList.",
    fields=frozenset(
        {
            "series", "issue", "summary", "credits", "genres", "tags", "characters", "age_rating",
            "community_rating", "manga", "web", "identifiers", "series_start_year", "volume_count",
            "alternative_names",
        }
    ),
    address="https://graphql.anilist.co",
    limits=(LIMIT,),
    image_hosts=("anilist.co",),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AniList:
    """The client of AniList."""

    info: SourceInfo = INFO

    def answer(self, question: Question) -> Asking[Any]:
        """Answer a question of matching; see `Client`."""
        return answer_by_volumes(question, _search, _read)

    def details(self, issue_id: str) -> Asking[ComicMetadata | None]:
        """Find out everything about the series of a volume: one request."""
        series_id, _ = split_id(issue_id)
        found = _media((yield _one(_DETAILS, series_id)))
        if if_asked_for(_series_facts(found), series_id) is None:
            return None
        details = _details(found)
        return None if details is None else with_volume(details, issue_id)

    def test(self) -> Request:
        """Ask for one id."""
        return _request("{Media(id:30013,type:MANGA){id}}", {})

    def signature(self, secrets: Mapping[str, str]) -> Signature:  # noqa: ARG002
        """Reading needs no key."""
        return Signature()

    def judge(self, reply: Reply) -> Any:
        """Return the data of the answer; see `Client`."""
        answer = Judge(self.info.title).judged(reply)
        if answer is None:
            return None
        data = readings.record(answer).get("data")
        if not isinstance(data, dict):
            raise SourceFailed("AniList answered with an error.")
        return data

    def left(self, resource: str, reply: Reply) -> tuple[Left, ...]:  # noqa: ARG002
        """Return what the headers say."""
        return left_of(reply.headers, "x-ratelimit-", LIMIT)


def _request(query: str, variables: Mapping[str, Any]) -> Request:
    return Request("graphql", "/", body={"query": query, "variables": dict(variables)})


def _one(query: str, series_id: str) -> Request:
    if not (series_id.isascii() and series_id.isdigit() and len(series_id) < 10):
        raise InvalidInput("This is no id of AniList, which is a number.")
    return _request(query, {"id": int(series_id)})


def _search(name: str) -> Asking[tuple[SeriesFacts, ...]]:
    found = readings.record((yield _request(_SEARCH, {"search": name})))
    media = readings.records(readings.record(found.get("Page")).get("media"))
    return tuple(series for each in media if (series := _series_facts(each)) is not None)


def _read(series_id: str) -> Asking[SeriesFacts | None]:
    return if_asked_for(_series_facts(_media((yield _one(_ONE, series_id)))), series_id)


def _media(found: Any) -> Mapping[str, Any]:
    return readings.record(readings.record(found).get("Media"))


def _names(found: Mapping[str, Any]) -> tuple[tuple[str, str | None], ...]:
    """Return the names of a series with their languages, the one to use first."""
    titles = readings.record(found.get("title"))
    country = (readings.line(found.get("countryOfOrigin")) or "").lower()
    native = {"jp": "ja", "kr": "ko", "cn": "zh", "tw": "zh"}.get(country)
    named = [
        (readings.line(titles.get("english")), "en"),
        (readings.line(titles.get("romaji")), f"{native}-Latn" if native else None),
        (readings.line(titles.get("native")), native),
        *((name, None) for name in readings.lines(found.get("synonyms"))),
    ]
    unique: dict[str, str | None] = {}
    for name, language in named:
        if name:
            unique.setdefault(name, language)
    return tuple(unique.items())


def _series_facts(found: Mapping[str, Any]) -> SeriesFacts | None:
    id_, names = readings.identity(found.get("id")), _names(found)
    if id_ is None or not names:
        return None
    mal = readings.identity(found.get("idMal"))
    return SeriesFacts(
        source=NAME,
        id=id_,
        name=names[0][0],
        aliases=tuple(name for name, _ in names[1:]),
        start_year=readings.whole(readings.record(found.get("startDate")).get("year")),
        end_year=readings.whole(readings.record(found.get("endDate")).get("year")),
        issue_count=readings.whole(found.get("volumes")),
        format=readings.line(found.get("format")),
        link=readings.link(found.get("siteUrl")),
        cover=readings.link(readings.record(found.get("coverImage")).get("large")),
        other_ids={"myanimelist": mal} if mal else {},
    )


def _details(found: Mapping[str, Any]) -> ComicMetadata | None:
    series = _series_facts(found)
    if series is None:
        return None
    mal = series.other_ids.get("myanimelist")
    score = readings.whole(found.get("averageScore"))
    people = readings.records(readings.record(found.get("characters")).get("nodes"))
    characters = (readings.line(readings.record(each.get("name")).get("full")) for each in people)
    tags = [
        each
        for each in readings.records(found.get("tags"))
        if each.get("isMediaSpoiler") is not True
        and (readings.whole(each.get("rank")) or 0) >= _FEWEST_VOTES
    ]
    return ComicMetadata(
        series=series.name,
        summary=plain_text(found.get("description")),
        credits=_credits(found),
        genres=readings.lines(found.get("genres")),
        tags=readings.names(tags),
        characters=tuple(dict.fromkeys(name for name in characters if name)),
        age_rating="Adult" if found.get("isAdult") is True else None,
        community_rating=None if score is None or score > 100 else score / 20,
        manga=manga_of(readings.line(found.get("countryOfOrigin"))),
        web=(series.link,) if series.link else (),
        identifiers=(
            Identifier("AniList", series.id, primary=True),
            *((Identifier("MyAnimeList", mal),) if mal else ()),
        ),
        series_start_year=series.start_year,
        volume_count=series.issue_count or None,
        alternative_names=tuple(AlternativeName(*each) for each in _names(found)[1:]),
    )


def _credits(found: Mapping[str, Any]) -> tuple[Credit, ...]:
    roles: dict[str, tuple[str, ...]] = {}
    for edge in readings.records(readings.record(found.get("staff")).get("edges")):
        node = readings.record(edge.get("node"))
        person = readings.line(readings.record(node.get("name")).get("full"))
        role = (readings.line(edge.get("role")) or "").casefold()
        if person and role in _ROLES:
            roles[person] = tuple(dict.fromkeys((*roles.get(person, ()), *_ROLES[role])))
    return tuple(Credit(person, named) for person, named in roles.items())

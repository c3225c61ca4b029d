"""MangaDex: series of manga, with a cover for each volume; no key is needed to read.

API: https://api.mangadex.org/docs/. It allows five requests a second, and asks that its images are
not linked to; they are downloaded, hashed and thrown away.
"""

from __future__ import annotations

import re
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
from comicmaintainer.matching.model import IssueFacts, SeriesFacts
from comicmaintainer.matching.questions import IssueById, IssueList, IssuesNumbered, Question
from comicmaintainer.outgoing.transport import Reply
from comicmaintainer.sources import readings
from comicmaintainer.sources.client import Judge
from comicmaintainer.sources.model import Asking, Left, Limit, Request, Signature, SourceInfo
from comicmaintainer.sources.plain_text import plain_text
from comicmaintainer.sources.volumes import (
    answer_by_volumes,
    if_asked_for,
    manga_of,
    may_exist,
    split_id,
    volume_of,
    volumes_of,
    with_volume,
)

NAME = "mangadex"
PAGE = 100
MOST_COVER_PAGES = 10
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FILE = re.compile(r"[\w-]+\.(jpg|jpeg|png|gif|webp)")
_INCLUDES = tuple(("includes[]", each) for each in ("author", "artist", "cover_art"))
_RATINGS = tuple(
    ("contentRating[]", each) for each in ("safe", "suggestive", "erotica", "pornographic")
)
_COVERS = "https://uploads.mangadex.org/covers"
_IDS = {"al": "anilist", "mu": "mangaupdates", "mal": "myanimelist"}
_TITLES = {"anilist": "AniList", "mangaupdates": "MangaUpdates", "myanimelist": "MyAnimeList"}

INFO = SourceInfo(
    name=NAME,
    title="MangaDex",
    site="https://mangadex.org",
    credit="Data and covers from MangaDex (mangadex.org).",
    sent="Names of series and ids are sent to MangaDex.",
    fields=frozenset(
        {
            "series", "issue", "summary", "credits", "genres", "tags", "age_rating", "manga",
            "web", "identifiers", "series_start_year", "volume_count", "alternative_names",
            "last_modified",
        }
    ),
    address="https://api.mangadex.org",
    limits=(Limit(5, 1.0, shared=True),),
    image_hosts=("mangadex.org",),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MangaDex:
    """The client of MangaDex."""

    info: SourceInfo = INFO

    def answer(self, question: Question) -> Asking[Any]:
        """Answer a question of matching; see `Client`."""
        match question:
            case IssueList():
                return _volumes(question.series_id)
            case IssuesNumbered():
                return _numbered(question.series_ids, question.number)
            case IssueById():
                return _volume(question.id)
            case _:
                return answer_by_volumes(question, _search, _read)

    def details(self, issue_id: str) -> Asking[ComicMetadata | None]:
        """Find out everything about the series of a volume: one request."""
        series_id, _ = split_id(issue_id)
        found = readings.record(readings.record((yield _one(series_id))).get("data"))
        if if_asked_for(_series_facts(found), series_id) is None:
            return None
        details = _details(found)
        return None if details is None else with_volume(details, issue_id)

    def test(self) -> Request:
        """Ask for one series."""
        return Request("manga", "/manga", (("limit", "1"),))

    def signature(self, secrets: Mapping[str, str]) -> Signature:  # noqa: ARG002
        """Reading needs no key."""
        return Signature()

    def judge(self, reply: Reply) -> Any:
        """Return the answer; see `Client`."""
        answer = Judge(self.info.title).judged(reply)
        if answer is None or readings.record(answer).get("result") == "ok":
            return answer
        raise SourceFailed("MangaDex answered with an error.")

    def left(self, resource: str, reply: Reply) -> tuple[Left, ...]:  # noqa: ARG002
        """MangaDex says what is left of other limits only."""
        return ()


# --- questions -----------------------------------------------------------------------------------


def _one(series_id: str) -> Request:
    return Request("manga", f"/manga/{_checked_id(series_id)}", _INCLUDES)


def _search(name: str) -> Asking[tuple[SeriesFacts, ...]]:
    query = (("title", name), ("limit", str(PAGE)), *_INCLUDES, *_RATINGS)
    found = readings.record((yield Request("manga", "/manga", query)))
    made = (_series_facts(each) for each in readings.records(found.get("data")))
    return tuple(each for each in made if each is not None)


def _read(series_id: str) -> Asking[SeriesFacts | None]:
    answer = readings.record((yield _one(series_id)))
    return if_asked_for(_series_facts(readings.record(answer.get("data"))), series_id)


def _volumes(series_id: str) -> Asking[tuple[IssueFacts, ...]]:
    """Return the volumes that have a cover, and those before the last that have none."""
    series = yield from _read(series_id)
    if series is None:
        return ()
    covers = yield from _covers(series_id)
    known = {each.number: each for each in volumes_of(series)}
    known |= {number: volume_of(series, number, cover) for number, cover in covers.items()}
    return tuple(known.values())


def _volume(issue_id: str) -> Asking[IssueFacts | None]:
    series_id, number = split_id(issue_id)
    volumes = yield from _volumes(series_id)
    return next((each for each in volumes if each.number == number), None)


def _numbered(series_ids: tuple[str, ...], number: str) -> Asking[tuple[IssueFacts, ...]]:
    found = []
    for series_id in series_ids:
        series = yield from _read(series_id)
        volumes = yield from _volumes(series_id)
        named = [each for each in volumes if each.number == number]
        if not named and series is not None and may_exist(series, number):
            named = [volume_of(series, number)]
        found += named
    return tuple(found)


def _covers(series_id: str) -> Asking[dict[str, str]]:
    """Return the address of a cover of each volume, the original edition's before others."""
    covers: dict[str, str] = {}
    for page in range(MOST_COVER_PAGES):
        query = (
            ("manga[]", series_id), ("limit", str(PAGE)), ("offset", str(page * PAGE)),
            ("order[volume]", "asc"),
        )  # fmt: skip
        answer = readings.record((yield Request("cover", "/cover", query)))
        for each in readings.records(answer.get("data")):
            attributes = readings.record(each.get("attributes"))
            number = readings.line(attributes.get("volume"))
            file = readings.line(attributes.get("fileName")) or ""
            if number and len(number) < 12 and _FILE.fullmatch(file):
                covers.setdefault(number, f"{_COVERS}/{series_id}/{file}.512.jpg")
        if (page + 1) * PAGE >= (readings.whole(answer.get("total")) or 0):
            break
    return covers


def _checked_id(text: str) -> str:
    if not _UUID.fullmatch(text):
        raise InvalidInput("This is no id of MangaDex, which is a UUID.")
    return text


# --- values --------------------------------------------------------------------------------------


def _names(attributes: Mapping[str, Any]) -> tuple[tuple[str, str | None], ...]:
    """Return the names of a series with their languages, the one to use first."""
    titles = [attributes.get("title"), *_listed(attributes.get("altTitles"))]
    named = [
        (name, _language(language))
        for each in titles
        for language, value in readings.record(each).items()
        if (name := readings.line(value))
    ]
    unique: dict[str, str | None] = {}
    for name, language in named:
        unique.setdefault(name, language)
    return tuple(unique.items())


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _language(text: str) -> str | None:
    """Return an ISO 639 code, with the script where it is not the usual one ("ja-ro")."""
    known = re.fullmatch(r"([a-z]{2,3})(-ro)?(-[a-z]{2})?", text)
    return (f"{known[1]}-Latn" if known[2] else known[1]) if known else None


def _series_facts(found: Mapping[str, Any]) -> SeriesFacts | None:
    id_ = readings.identity(found.get("id"))
    attributes = readings.record(found.get("attributes"))
    names = _names(attributes)
    if id_ is None or not _UUID.fullmatch(id_) or not names:
        return None
    links = readings.record(attributes.get("links"))
    ids = {name: readings.identity(links.get(key)) for key, name in _IDS.items()}
    has_ended = attributes.get("status") in ("completed", "cancelled")
    return SeriesFacts(
        source=NAME,
        id=id_,
        name=names[0][0],
        aliases=tuple(name for name, _ in names[1:]),
        start_year=readings.whole(attributes.get("year")),
        issue_count=readings.whole(attributes.get("lastVolume")) or None if has_ended else None,
        language=_language(readings.line(attributes.get("originalLanguage")) or ""),
        link=f"https://mangadex.org/title/{id_}",
        cover=_main_cover(id_, found),
        other_ids={name: id_ for name, id_ in ids.items() if id_},
    )


def _main_cover(series_id: str, found: Mapping[str, Any]) -> str | None:
    for attributes in _related(found, "cover_art"):
        file = readings.line(attributes.get("fileName")) or ""
        if _FILE.fullmatch(file):
            return f"{_COVERS}/{series_id}/{file}.512.jpg"
    return None


def _related(found: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    return [
        readings.record(each.get("attributes"))
        for each in readings.records(found.get("relationships"))
        if each.get("type") == kind
    ]


def _details(found: Mapping[str, Any]) -> ComicMetadata | None:
    series = _series_facts(found)
    if series is None:
        return None
    attributes = readings.record(found.get("attributes"))
    descriptions = readings.record(attributes.get("description"))
    groups: dict[str, list[str]] = {}
    for each in readings.records(attributes.get("tags")):
        tag = readings.record(each.get("attributes"))
        name = readings.line(readings.record(tag.get("name")).get("en"))
        if name:
            groups.setdefault(readings.line(tag.get("group")) or "", []).append(name)
    return ComicMetadata(
        series=series.name,
        summary=plain_text(descriptions.get("en")),
        credits=_credits(found),
        genres=tuple(groups.get("genre", ())),
        tags=tuple(groups.get("theme", ())),
        age_rating={"erotica": "Mature", "pornographic": "Adult"}.get(
            readings.line(attributes.get("contentRating")) or ""
        ),
        manga=manga_of(series.language),
        web=(series.link,) if series.link else (),
        identifiers=(
            Identifier("MangaDex", series.id, primary=True),
            *(Identifier(_TITLES[name], id_) for name, id_ in series.other_ids.items()),
        ),
        series_start_year=series.start_year,
        volume_count=series.issue_count,
        alternative_names=tuple(AlternativeName(*each) for each in _names(attributes)[1:]),
        last_modified=readings.line(attributes.get("updatedAt")),
    )


def _credits(found: Mapping[str, Any]) -> tuple[Credit, ...]:
    roles: dict[str, tuple[str, ...]] = {}
    for kind, role in (("author", "Writer"), ("artist", "Artist")):
        for attributes in _related(found, kind):
            person = readings.line(attributes.get("name"))
            if person:
                roles[person] = (*roles.get(person, ()), role)
    return tuple(Credit(person, tuple(dict.fromkeys(named))) for person, named in roles.items())

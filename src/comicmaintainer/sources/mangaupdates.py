"""MangaUpdates: series of manga, their other names, authors and publishers; no key is needed.

API: https://api.mangaupdates.com/v1. It states no limit and asks for reason, so requests are few.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from comicmaintainer.comics.metadata.model import (
    AlternativeName,
    ComicMetadata,
    Credit,
    Identifier,
    Manga,
)
from comicmaintainer.errors import InvalidInput, SourceFailed
from comicmaintainer.matching.model import SeriesFacts
from comicmaintainer.matching.questions import Question
from comicmaintainer.outgoing.transport import Reply
from comicmaintainer.sources import readings
from comicmaintainer.sources.client import Judge
from comicmaintainer.sources.model import Asking, Left, Limit, Request, Signature, SourceInfo
from comicmaintainer.sources.plain_text import plain_text
from comicmaintainer.sources.volumes import (
    answer_by_volumes,
    if_asked_for,
    split_id,
    with_volume,
)

NAME = "mangaupdates"
PAGE = 50
_ROLES = {"author": "Writer", "artist": "Artist"}

INFO = SourceInfo(
    name=NAME,
    title="MangaUpdates",
    site="https://www.mangaupdates.com",
    credit="Data from MangaUpdates (mangaupdates.com).",
    sent="Names of series and ids are sent to MangaUpdates.",
    fields=frozenset(
        {
            "series", "issue", "publisher", "summary", "credits", "genres", "community_rating",
            "manga", "web", "identifiers", "series_start_year", "volume_count",
            "alternative_names",
        }
    ),
    address="https://api.mangaupdates.com/v1",
    limits=(Limit(1, 2.0, shared=True),),
    image_hosts=("mangaupdates.com",),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MangaUpdates:
    """The client of MangaUpdates."""

    info: SourceInfo = INFO

    def answer(self, question: Question) -> Asking[Any]:
        """Answer a question of matching; see `Client`."""
        return answer_by_volumes(question, _search, _read)

    def details(self, issue_id: str) -> Asking[ComicMetadata | None]:
        """Find out everything about the series of a volume: one request."""
        series_id, _ = split_id(issue_id)
        found = readings.record((yield _one(series_id)))
        if if_asked_for(_series_facts(found), series_id) is None:
            return None
        details = _details(found)
        return None if details is None else with_volume(details, issue_id)

    def test(self) -> Request:
        """Ask for the list of genres."""
        return Request("genres", "/genres")

    def signature(self, secrets: Mapping[str, str]) -> Signature:  # noqa: ARG002
        """Reading needs no key."""
        return Signature()

    def judge(self, reply: Reply) -> Any:
        """Return the answer; see `Client`."""
        answer = Judge(self.info.title).judged(reply)
        is_known = {"results", "series_id"} & readings.record(answer).keys()
        if answer is None or is_known or isinstance(answer, list):
            return answer
        raise SourceFailed("MangaUpdates sent something else than what was asked for.")

    def left(self, resource: str, reply: Reply) -> tuple[Left, ...]:  # noqa: ARG002
        """MangaUpdates does not say what is left."""
        return ()


def _one(series_id: str) -> Request:
    if not (series_id.isascii() and series_id.isdigit() and len(series_id) < 16):
        raise InvalidInput("This is no id of MangaUpdates, which is a number.")
    return Request("series", f"/series/{series_id}")


def _search(name: str) -> Asking[tuple[SeriesFacts, ...]]:
    body = {"search": name, "stype": "title", "page": 1, "perpage": PAGE}
    found = readings.record((yield Request("series", "/series/search", body=body)))
    made = []
    for each in readings.records(found.get("results")):
        hit = readings.line(each.get("hit_title"))
        series = _series_facts(readings.record(each.get("record")))
        if series is not None:
            is_other = hit is not None and hit != series.name
            made.append(replace(series, aliases=(hit,)) if is_other and hit else series)
    return tuple(made)


def _read(series_id: str) -> Asking[SeriesFacts | None]:
    return if_asked_for(_series_facts(readings.record((yield _one(series_id)))), series_id)


def _series_facts(found: Mapping[str, Any]) -> SeriesFacts | None:
    id_, name = readings.identity(found.get("series_id")), readings.line(found.get("title"))
    if id_ is None or name is None:
        return None
    image = readings.record(readings.record(found.get("image")).get("url"))
    return SeriesFacts(
        source=NAME,
        id=id_,
        name=name,
        aliases=readings.names(found.get("associated"), "title"),
        start_year=readings.year_of(found.get("year")),
        publisher=_publisher(found),
        issue_count=_volume_count(found.get("status")),
        format=readings.line(found.get("type")),
        link=readings.link(found.get("url")),
        cover=readings.link(image.get("original")),
    )


def _details(found: Mapping[str, Any]) -> ComicMetadata | None:
    series = _series_facts(found)
    if series is None:
        return None
    rating = found.get("bayesian_rating")
    is_rating = isinstance(rating, int | float) and 0 < rating <= 10
    return ComicMetadata(
        series=series.name,
        publisher=series.publisher,
        summary=plain_text(found.get("description")),
        credits=_credits(found.get("authors")),
        genres=readings.names(found.get("genres"), "genre"),
        community_rating=round(rating / 2, 2) if is_rating else None,  # type: ignore[operator]
        manga=manga_of_type(series.format),
        web=(series.link,) if series.link else (),
        identifiers=(Identifier("MangaUpdates", series.id, primary=True),),
        series_start_year=series.start_year,
        volume_count=series.issue_count or None,
        alternative_names=tuple(AlternativeName(alias) for alias in series.aliases),
    )


def _volume_count(value: Any) -> int | None:
    """Return the number of volumes of a status ("27 Volumes (Complete)"), if it has ended."""
    match = re.match(r"(\d{1,4}) Volumes? \(Complete", readings.line(value) or "")
    return int(match[1]) if match else None


def _publisher(found: Mapping[str, Any]) -> str | None:
    """Return the English publisher, or else the original one."""
    named = list(readings.records(found.get("publishers")))
    for kind in ("English", "Original"):
        for each in named:
            if each.get("type") == kind and (name := readings.line(each.get("publisher_name"))):
                return name
    return None


def _credits(value: Any) -> tuple[Credit, ...]:
    roles: dict[str, tuple[str, ...]] = {}
    for each in readings.records(value):
        person = readings.line(each.get("name"))
        role = _ROLES.get((readings.line(each.get("type")) or "").casefold())
        if person and role:
            roles[person] = tuple(dict.fromkeys((*roles.get(person, ()), role)))
    return tuple(Credit(person, named) for person, named in roles.items())


def manga_of_type(kind: str | None) -> Manga | None:
    """Return how a comic of a type ("Manga", "Manhwa", …) is read."""
    match (kind or "").casefold():
        case "manga" | "doujinshi" | "artbook":
            return Manga.YES_RIGHT_TO_LEFT
        case "manhwa" | "manhua" | "oel":
            return Manga.YES
        case _:
            return None

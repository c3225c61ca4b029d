"""The shapes of AniList, MangaUpdates and MangaDex: issues of the catalogue are volumes."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Any

from tests.kit.replay_catalogue import CatalogueSeries
from tests.kit.replay_shapes import Asked, JsonAnswer, World

_SPACE = uuid.UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")


def mangadex_id(series_id: int) -> str:
    """Return the id that the replay server's MangaDex has for a series."""
    return str(uuid.uuid5(_SPACE, f"series {series_id}"))


@dataclass(frozen=True, slots=True)
class AniListShape:
    """One address that takes GraphQL; the two queries that we send are told apart, no more."""

    world: World

    def resource(self, asked: Asked) -> str:
        """Everything counts together."""
        return "graphql"

    def answer(self, asked: Asked) -> JsonAnswer:
        """Return the media that a search or an id finds."""
        variables = (asked.body or {}).get("variables") or {}
        if "search" in variables:
            found = self.world.catalogue.with_words(variables["search"])[:50]
            return 200, {"data": {"Page": {"media": [self._media(each) for each in found]}}}
        series = self.world.catalogue.series.get(variables.get("id", 10))
        if series is None:
            error = {"message": "Not Found.", "status": 404}
            return 404, {"errors": [error], "data": {"Media": None}}
        return 200, {"data": {"Media": self._media(series)}}

    def _media(self, series: CatalogueSeries) -> dict[str, Any]:
        return {
            "id": series.id,
            "idMal": series.id + 1,
            "title": {"romaji": f"{series.name} no", "english": series.name, "native": "港の灯"},
            "synonyms": [f"{series.name} Saga"],
            "startDate": {"year": series.start_year},
            "endDate": {"year": None},
            "format": "MANGA",
            "volumes": len(series.issues) or None,
            "countryOfOrigin": "JP",
            "coverImage": {"large": self.world.cover(series.issues[0].id)},
            "siteUrl": f"https://anilist.co/manga/{series.id}",
            "description": "<i>A harbour</i> &amp; its lights.<br>The end.",
            "genres": ["Drama"],
            "averageScore": 84,
            "isAdult": False,
            "tags": [
                {"name": "Ships", "rank": 90, "isMediaSpoiler": False},
                {"name": "The Ferryman Did It", "rank": 95, "isMediaSpoiler": True},
                {"name": "Robots", "rank": 12, "isMediaSpoiler": False},
            ],
            "staff": {
                "edges": [
                    {"role": "Story", "node": {"name": {"full": "Ada Marlow"}}},
                    {"role": "Art", "node": {"name": {"full": "Bo Linden"}}},
                    {"role": "Assistant", "node": {"name": {"full": "Cleo Hart"}}},
                ]
            },
            "characters": {"nodes": [{"name": {"full": "The Ferryman"}}]},
        }


@dataclass(frozen=True, slots=True)
class MangaUpdatesShape:
    """`/series/search` (POST), `/series/N`, `/genres`."""

    world: World

    def resource(self, asked: Asked) -> str:
        """Return the first part of the path."""
        return asked.path.strip("/").partition("/")[0]

    def answer(self, asked: Asked) -> JsonAnswer:
        """Return a search's results or a series."""
        path = asked.path.strip("/")
        if path == "genres":
            return 200, [{"id": 1, "genre": "Drama"}]
        if path == "series/search":
            found = self.world.catalogue.with_words(asked.body["search"])[:50]
            return 200, {
                "total_hits": len(found),
                "page": 1,
                "per_page": 50,
                "results": [
                    {"record": self._record(each), "hit_title": f"{each.name} Saga"}
                    for each in found
                ],
            }
        number = path.removeprefix("series/")
        series = self.world.catalogue.series.get(int(number) if number.isdigit() else -1)
        if series is None:
            return 404, {"status": "exception", "reason": "Series not found"}
        return 200, {**self._record(series), **self._more(series)}

    def _record(self, series: CatalogueSeries) -> dict[str, Any]:
        address = self.world.cover(series.issues[0].id)
        return {
            "series_id": series.id,
            "title": series.name,
            "url": f"https://www.mangaupdates.com/series/{series.id}",
            "description": f"About **{series.name}**.",
            "image": {"url": {"original": address, "thumb": address}, "height": 1, "width": 1},
            "type": "Manga",
            "year": str(series.start_year),
            "bayesian_rating": 7.9,
            "genres": [{"genre": "Drama"}],
        }

    def _more(self, series: CatalogueSeries) -> dict[str, Any]:
        return {
            "associated": [{"title": f"{series.name} Saga"}],
            "status": f"{len(series.issues)} Volumes (Complete)",
            "authors": [
                {"name": "Ada Marlow", "author_id": 1, "type": "Author"},
                {"name": "Ada Marlow", "author_id": 1, "type": "Artist"},
            ],
            "publishers": [
                {"publisher_name": "Ostrava House", "type": "Original"},
                {"publisher_name": "Tern Press", "type": "English"},
            ],
        }


@dataclass(frozen=True, slots=True)
class MangaDexShape:
    """`/manga`, `/manga/UUID`, `/cover`."""

    world: World

    def resource(self, asked: Asked) -> str:
        """Return the first part of the path."""
        return asked.path.strip("/").partition("/")[0]

    def answer(self, asked: Asked) -> JsonAnswer:
        """Return a collection or an entity."""
        first, _, rest = asked.path.strip("/").partition("/")
        if first == "cover":
            return self._covers(asked)
        if not rest:
            found = self.world.catalogue.with_words(asked.query.get("title", ""))
            limit = int(asked.query.get("limit", 10))
            return 200, _collection([self._manga(each) for each in found], limit, 0)
        series = self._series(rest)
        if series is None:
            return 404, {"result": "error", "errors": [{"status": 404, "title": "Not found"}]}
        return 200, {"result": "ok", "response": "entity", "data": self._manga(series)}

    def _series(self, id_: str) -> CatalogueSeries | None:
        known = self.world.catalogue.series.values()
        return next((each for each in known if mangadex_id(each.id) == id_), None)

    def _covers(self, asked: Asked) -> JsonAnswer:
        series = self._series(asked.query.get("manga[]", ""))
        issues = series.issues if series else ()
        rows = [
            {
                "id": mangadex_id(-issue.id),
                "type": "cover_art",
                "attributes": {
                    "volume": issue.number,
                    "fileName": f"{mangadex_id(-issue.id)}.jpg",
                    "locale": "ja",
                },
            }
            for issue in issues
        ]
        return 200, _collection(rows, 100, int(asked.query.get("offset", 0)))

    def _manga(self, series: CatalogueSeries) -> dict[str, Any]:
        genre = {"name": {"en": "Drama"}, "group": "genre"}
        theme = {"name": {"en": "Ships"}, "group": "theme"}
        return {
            "id": mangadex_id(series.id),
            "type": "manga",
            "attributes": {
                "title": {"en": series.name},
                "altTitles": [{"ja": "港の灯"}, {"ja-ro": f"{series.name} no"}],
                "description": {"en": "A harbour **and** its lights."},
                "links": {"al": str(series.id), "mal": str(series.id + 1), "raw": "https://x"},
                "originalLanguage": "ja",
                "lastVolume": str(len(series.issues)),
                "status": "completed",
                "year": series.start_year,
                "contentRating": "safe",
                "tags": [{"attributes": genre}, {"attributes": theme}],
                "updatedAt": re.sub(" ", "T", self.world.modified()) + "+00:00",
            },
            "relationships": [
                {"type": "author", "attributes": {"name": "Ada Marlow"}},
                {"type": "artist", "attributes": {"name": "Bo Linden"}},
                {"type": "cover_art", "attributes": {"fileName": "main.jpg"}},
            ],
        }


def _collection(rows: list[Any], limit: int, offset: int) -> dict[str, Any]:
    return {
        "result": "ok",
        "response": "collection",
        "data": rows[offset : offset + limit],
        "limit": limit,
        "offset": offset,
        "total": len(rows),
    }

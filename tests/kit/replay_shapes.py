"""The shapes in which sources answer, made from a catalogue: ComicVine's and Metron's.

A shape is asked with a path below the address of its API, and the query; it returns an HTTP status
and a JSON value. It has no limits and no errors of its own: those are the server's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tests.kit.replay_catalogue import CatalogueIssue, CatalogueSeries, ReplayCatalogue

PAGE = 100
JsonAnswer = tuple[int, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: the path below the API's address, the query, and the JSON of its body."""

    path: str
    query: Mapping[str, str]
    body: Any = None


class Shape(Protocol):
    """How one source answers."""

    def resource(self, asked: Asked) -> str:
        """Return what the source counts a request under."""

    def answer(self, asked: Asked) -> JsonAnswer:
        """Return the status and the JSON."""


@dataclass(frozen=True, slots=True)
class World:
    """What all shapes know: the catalogue, the server's own address, and when things changed."""

    catalogue: ReplayCatalogue
    root: str
    modified: Callable[[], str]
    cover_hash: Callable[[int], str]

    def cover(self, seed: object) -> str:
        """Return the address of a cover."""
        return f"{self.root}/covers/{seed}.jpg"

    def summary(self, issue: CatalogueIssue) -> str:
        """Return a summary in HTML."""
        name = self.catalogue.series[issue.series_id].name
        return f"<p>Number {issue.number} of <em>{name}</em> &amp; more.</p><p>The end.</p>"


# --- ComicVine -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ComicVineShape:
    """`/volumes`, `/issues`, `/search`, `/volume/4050-N`, `/issue/4000-N`, `/publisher/4010-N`."""

    world: World

    def resource(self, asked: Asked) -> str:
        """Return the first part of the path."""
        return asked.path.strip("/").partition("/")[0]

    def answer(self, asked: Asked) -> JsonAnswer:
        """Return ComicVine's envelope."""
        first, _, rest = asked.path.strip("/").partition("/")
        match first:
            case "volumes":
                return self._page(asked, self._volumes(asked), self._volume)
            case "search":
                return self._page(asked, self._search(asked), self._volume)
            case "issues":
                return self._page(asked, self._issues(asked), self._issue)
            case "volume":
                series = self.world.catalogue.series.get(_number(rest))
                return self._one(asked, series, self._volume_details)
            case "issue":
                issue = self.world.catalogue.issues.get(_number(rest))
                return self._one(asked, issue, self._issue_details)
            case "publisher":
                return self._one(asked, rest, lambda _: {"id": _number(rest), "name": "P"})
        return 200, envelope(101, "Object Not Found", [])

    def _volumes(self, asked: Asked) -> list[CatalogueSeries]:
        filters = _filters(asked)
        catalogue = self.world.catalogue
        if "id" in filters:
            wanted = _numbers(filters["id"])
            return [catalogue.series[each] for each in wanted if each in catalogue.series]
        return catalogue.containing(filters.get("name", ""))

    def _search(self, asked: Asked) -> list[CatalogueSeries]:
        return self.world.catalogue.with_words(asked.query.get("query", ""))

    def _issues(self, asked: Asked) -> list[CatalogueIssue]:
        filters, catalogue = _filters(asked), self.world.catalogue
        series = [catalogue.series.get(each) for each in _numbers(filters.get("volume", ""))]
        found = [issue for each in series if each is not None for issue in each.issues]
        if "id" in filters:
            wanted = _numbers(filters["id"])
            found = [catalogue.issues[each] for each in wanted if each in catalogue.issues]
        if "issue_number" in filters:
            found = [i for i in found if i.number.casefold() == filters["issue_number"].casefold()]
        if "cover_date" in filters:
            begin, _, end = (_date(part) for part in filters["cover_date"].partition("|"))
            found = [i for i in found if i.cover_date and begin <= i.cover_date <= end]
        return sorted(found, key=lambda issue: issue.id)

    def _page(self, asked: Asked, found: list[Any], make: Callable[[Any], Any]) -> JsonAnswer:
        limit = max(1, min(PAGE, int(asked.query.get("limit", PAGE))))
        offset = int(asked.query.get("offset", 0))
        if "page" in asked.query and "offset" not in asked.query:
            offset = (int(asked.query["page"]) - 1) * limit
        made = [_chosen(asked, make(each)) for each in found[offset : offset + limit]]
        return 200, envelope(1, "OK", made, limit=limit, offset=offset, total=len(found))

    def _one(self, asked: Asked, found: Any, make: Callable[[Any], Any]) -> JsonAnswer:
        if found is None:
            return 200, envelope(101, "Object Not Found", [])
        made = _chosen(asked, make(found))
        return 200, envelope(1, "OK", made, limit=1, offset=0, total=1)

    def _volume(self, series: CatalogueSeries) -> dict[str, Any]:
        first = series.issues[0].id if series.issues else 0
        year = series.start_year
        return {
            "aliases": f"{series.name} Comics\r\nThe {series.name}",
            "api_detail_url": f"{self.world.root}/comicvine/api/volume/4050-{series.id}/",
            "count_of_issues": len(series.issues),
            "description": f"<p>{series.name}</p>",
            "id": series.id,
            "image": self._image(first),
            "name": series.name,
            "publisher": series.publisher and {"id": series.publisher_id, "name": series.publisher},
            "resource_type": "volume",
            "site_detail_url": f"https://comicvine.gamespot.com/v/4050-{series.id}/",
            "start_year": None if year is None else str(year),
        }

    def _volume_details(self, series: CatalogueSeries) -> dict[str, Any]:
        nothing: dict[str, Any] = {"characters": [], "people": [], "locations": [], "concepts": []}
        return {**self._volume(series), **nothing}

    def _issue(self, issue: CatalogueIssue) -> dict[str, Any]:
        series = self.world.catalogue.series[issue.series_id]
        return {
            "aliases": None,
            "associated_images": [],
            "cover_date": issue.cover_date,
            "description": self.world.summary(issue),
            "id": issue.id,
            "image": self._image(issue.id),
            "issue_number": issue.number,
            "name": None,
            "site_detail_url": f"https://comicvine.gamespot.com/i/4000-{issue.id}/",
            "store_date": None,
            "volume": {
                "api_detail_url": f"{self.world.root}/comicvine/api/volume/4050-{series.id}/",
                "id": series.id,
                "name": series.name,
                "site_detail_url": f"https://comicvine.gamespot.com/v/4050-{series.id}/",
            },
        }

    def _issue_details(self, issue: CatalogueIssue) -> dict[str, Any]:
        people = [{"id": len(n), "name": n, "role": role} for n, role in issue.credits()]
        return {
            **self._issue(issue),
            "associated_images": [{"id": 1, "original_url": self.world.cover(f"{issue.id}b")}],
            "character_credits": [{"id": 1, "name": "The Ferryman"}],
            "date_last_updated": self.world.modified(),
            "deck": None,
            "location_credits": [{"id": 1, "name": "The Quay"}],
            "person_credits": people,
            "story_arc_credits": [{"id": 1, "name": "High Water"}],
            "team_credits": [{"id": 1, "name": "The Watch"}],
        }

    def _image(self, issue_id: int) -> dict[str, Any]:
        sizes = ("icon", "medium", "screen", "screen_large", "small", "super", "thumb", "tiny")
        address = self.world.cover(issue_id)
        return {
            **{f"{size}_url": address for size in (*sizes, "original")},
            "image_tags": "All Images",
        }


def envelope(
    status: int, error: str, results: Any, *, limit: int = 0, offset: int = 0, total: int = 0
) -> dict[str, Any]:
    """Return what ComicVine puts around every answer."""
    count = len(results) if isinstance(results, list) else 1
    return {
        "error": error,
        "limit": limit,
        "offset": offset,
        "number_of_page_results": count,
        "number_of_total_results": total,
        "status_code": status,
        "results": results,
        "version": "1.0",
    }


def _filters(asked: Asked) -> dict[str, str]:
    pairs = (part.partition(":") for part in asked.query.get("filter", "").split(","))
    return {name: value for name, _, value in pairs if name}


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split("|") if part.strip().isdigit()]


def _number(text: str) -> int:
    digits = re.sub(r"^\d+-", "", text.strip("/").partition("/")[0])
    return int(digits) if digits.isdigit() else -1


def _date(text: str) -> str:
    parts = text.split("-")
    return "-".join(part.zfill(2) for part in parts)


def _chosen(asked: Asked, made: dict[str, Any]) -> dict[str, Any]:
    wanted = [name for name in asked.query.get("field_list", "").split(",") if name]
    return {name: made[name] for name in wanted if name in made} if wanted else made


# --- Metron --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MetronShape:
    """`/series/`, `/series/N/`, `/issue/`, `/issue/N/`, `/publisher/`."""

    world: World

    def resource(self, asked: Asked) -> str:
        """Metron counts all requests together."""
        return asked.path.strip("/").partition("/")[0]

    def answer(self, asked: Asked) -> JsonAnswer:
        """Return a page or a thing."""
        first, _, rest = asked.path.strip("/").partition("/")
        catalogue = self.world.catalogue
        match first, rest.strip("/"):
            case "series", "":
                return self._page(asked, self._series(asked), self._series_row)
            case "issue", "":
                return self._page(asked, self._issues(asked), self._issue_row)
            case "publisher", "":
                return self._page(asked, [], self._series_row)
            case "series", id_:
                return _found(catalogue.series.get(_number(id_)), self._series_details)
            case "issue", id_:
                return _found(catalogue.issues.get(_number(id_)), self._issue_details)
        return 404, {"detail": "Not found."}

    def _series(self, asked: Asked) -> list[CatalogueSeries]:
        found = list(self.world.catalogue.series.values())
        words = (asked.query.get("name") or asked.query.get("q") or "").lower().split()
        found = [each for each in found if all(word in each.name.lower() for word in words)]
        if "year_began" in asked.query:
            found = [s for s in found if str(s.start_year) == asked.query["year_began"]]
        if "cv_id" in asked.query:
            found = [s for s in found if str(s.id) == asked.query["cv_id"]]
        return sorted(found, key=lambda each: (each.name, each.start_year or 0, each.id))

    def _issues(self, asked: Asked) -> list[CatalogueIssue]:
        query, catalogue = asked.query, self.world.catalogue
        if "cv_id" in query:
            issue = catalogue.issues.get(_number(query["cv_id"]))
            return [issue] if issue else []
        series = catalogue.series.get(_number(query.get("series_id", "")))
        found = list(series.issues) if series else []
        if "number" in query:
            found = [i for i in found if i.number.casefold() == query["number"].casefold()]
        if "cover_year" in query:
            found = [i for i in found if str(i.year) == query["cover_year"]]
        if "modified_gt" in query and self.world.modified() <= query["modified_gt"]:
            found = []
        return found

    def _page(self, asked: Asked, found: list[Any], make: Callable[[Any], Any]) -> JsonAnswer:
        page = int(asked.query.get("page", 1))
        start, size = (page - 1) * PAGE, PAGE
        if start >= len(found) and page > 1:
            return 404, {"detail": "Invalid page."}
        more = start + size < len(found)
        address = f"{self.world.root}/metron/api/{asked.path.strip('/')}/?page={page + 1}"
        return 200, {
            "count": len(found),
            "next": address if more else None,
            "previous": None,
            "results": [make(each) for each in found[start : start + size]],
        }

    def _series_row(self, series: CatalogueSeries) -> dict[str, Any]:
        publisher = {"id": series.publisher_id, "name": series.publisher or "Unknown"}
        return {
            "id": series.id,
            "series": f"{series.name} ({series.start_year})",
            "year_began": series.start_year,
            "year_end": None,
            "volume": 1,
            "issue_count": len(series.issues),
            "publisher": publisher,
            "series_type": {"id": 1, "name": "Ongoing Series"},
            "cv_id": series.id,
            "gcd_id": None,
            "modified": self.world.modified(),
        }

    def _series_details(self, series: CatalogueSeries) -> dict[str, Any]:
        row = {k: v for k, v in self._series_row(series).items() if k != "series"}
        return {
            **row,
            "name": series.name,
            "sort_name": series.name,
            "alt_names": [f"{series.name} Comics"],
            "language": "en",
            "status": "Ongoing",
            "imprint": None,
            "desc": "",
            "genres": [{"id": 1, "name": "Adventure"}],
            "associated": [],
            "resource_url": f"https://metron.cloud/series/{series.id}/",
        }

    def _issue_row(self, issue: CatalogueIssue) -> dict[str, Any]:
        series = self.world.catalogue.series[issue.series_id]
        return {
            "id": issue.id,
            "series": {"name": series.name, "volume": 1, "year_began": series.start_year},
            "number": issue.number,
            "issue": f"{series.name} ({series.start_year}) #{issue.number}",
            "cover_date": issue.cover_date,
            "store_date": None,
            "image": self.world.cover(issue.id),
            "cover_hash": self.world.cover_hash(issue.id),
            "modified": self.world.modified(),
        }

    def _issue_details(self, issue: CatalogueIssue) -> dict[str, Any]:
        series = self.world.catalogue.series[issue.series_id]
        people = [
            {"id": len(n), "creator": n, "role": [{"id": 1, "name": role.title()}]}
            for n, role in issue.credits()
        ]
        return {
            **self._issue_row(issue),
            "publisher": {"id": series.publisher_id, "name": series.publisher or "Unknown"},
            "imprint": None,
            "series": {
                "id": series.id,
                "name": series.name,
                "sort_name": series.name,
                "volume": 1,
                "year_began": series.start_year,
                "series_type": {"id": 1, "name": "Ongoing Series"},
                "genres": [{"id": 1, "name": "Adventure"}],
            },
            "alt_number": "",
            "title": "",
            "name": ["The Crossing", "Low Water"],
            "foc_date": None,
            "price": "3.99",
            "rating": {"id": 2, "name": "CCA" if (series.start_year or 2000) < 1975 else "Teen"},
            "sku": "",
            "isbn": "",
            "upc": "76194134182700111",
            "page": 32,
            "desc": self.world.summary(issue),
            "arcs": [{"id": 1, "name": "High Water"}],
            "credits": people,
            "characters": [{"id": 1, "name": "The Ferryman"}],
            "teams": [{"id": 1, "name": "The Watch"}],
            "universes": [{"id": 1, "name": "Tidewater"}],
            "reprints": [{"id": 1, "issue": "Paper Crown (1969) #2"}],
            "variants": [
                {"name": "B", "sku": "", "upc": "", "image": self.world.cover(f"{issue.id}b")}
            ],
            "cv_id": issue.id,
            "gcd_id": issue.id * 2,
            "resource_url": f"https://metron.cloud/issue/{issue.id}/",
        }


def _found(thing: Any, make: Callable[[Any], Any]) -> JsonAnswer:
    return (404, {"detail": "Not found."}) if thing is None else (200, make(thing))

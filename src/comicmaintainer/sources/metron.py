"""Metron: the best data of American comics, kept by volunteers; a token, or user and password.

API: https://metron.cloud/docs/. Lists come in pages, with the address of the next one. All requests
count against two limits, a burst and a sustained one; each answer says what is left of both. An
answer "not modified" counts too, so nothing is gained by asking for it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from comicmaintainer.comics.metadata.model import (
    ComicMetadata,
    Credit,
    Identifier,
    Price,
    StoryArc,
    Universe,
)
from comicmaintainer.comics.metadata.vocabulary import (
    FORMAT_TO_METRON,
    METRON_AGES,
    ROLE_TO_METRON,
)
from comicmaintainer.errors import InvalidInput, SourceFailed
from comicmaintainer.matching.model import IssueFacts, SeriesDetails, SeriesFacts
from comicmaintainer.matching.questions import (
    IssueById,
    IssueList,
    IssuesNumbered,
    Question,
    SeriesById,
    SeriesDetailsById,
    SeriesSearch,
)
from comicmaintainer.outgoing.transport import Reply
from comicmaintainer.sources import readings
from comicmaintainer.sources.client import Judge, left_of
from comicmaintainer.sources.model import (
    Asking,
    Left,
    Limit,
    Request,
    Secret,
    Signature,
    SourceInfo,
)
from comicmaintainer.sources.plain_text import plain_text

T = TypeVar("T")

NAME = "metron"
MOST_SEARCH_PAGES = 5
MOST_ISSUE_PAGES = 100
BURST = Limit(20, 60.0, shared=True)
SUSTAINED = Limit(5000, 86400.0, shared=True)
_HASH_DIGITS = 16
_GOING_ON = frozenset({"Ongoing", "Hiatus"})
"""The states of a series (others are "Completed" and "Cancelled") that will have more issues."""

INFO = SourceInfo(
    name=NAME,
    title="Metron",
    site="https://metron.cloud",
    credit="Data from Metron (metron.cloud), under CC BY-SA 4.0.",
    sent=(
        "Names of series, issue numbers and ids are sent to Metron, with your token or your user "
        "name and password."
    ),
    fields=frozenset(
        {
            "series", "issue", "title", "volume", "year", "month", "day", "publisher", "imprint",
            "summary", "credits", "genres", "characters", "teams", "story_arcs", "format",
            "age_rating", "web", "gtin", "upc", "identifiers", "collection_title",
            "series_sort_name", "series_start_year", "universes", "reprints", "prices",
            "store_date", "last_modified",
        }
    ),
    address="https://metron.cloud/api",
    secrets=(
        Secret("token", "an API token"),
        Secret("user", "a user name"),
        Secret("password", "a password"),
    ),
    needs=(("token",), ("user", "password")),
    limits=(BURST, SUSTAINED),
    image_hosts=("metron.cloud",),
    has_issue_details=True,
    has_series_details=True,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Metron:
    """The client of Metron."""

    info: SourceInfo = INFO

    def answer(self, question: Question) -> Asking[Any]:
        """Answer a question of matching; see `Client`."""
        match question:
            case SeriesSearch():
                return self._search(question.name)
            case SeriesById():
                return self._series(question.id)
            case SeriesDetailsById():
                return self._series_details(question.id)
            case IssueById():
                return self._issue(question.id)
            case IssueList():
                return self._issues((question.series_id,), None)
            case IssuesNumbered():
                return self._issues(question.series_ids, question.number)
            case _:
                raise InvalidInput(f"Metron can't answer {type(question).__name__}.")

    def details(self, issue_id: str) -> Asking[ComicMetadata | None]:
        """Find out everything about an issue: one request."""
        found = readings.record((yield _one("issue", issue_id)))
        is_asked_for = readings.identity(found.get("id")) == issue_id
        return _details(found) if is_asked_for else None

    def test(self) -> Request:
        """Ask for publishers that have no name, which is the smallest answer."""
        return Request("publisher", "/publisher/", (("name", "-"),))

    def signature(self, secrets: Mapping[str, str]) -> Signature:
        """Return the token, or else user and password."""
        if "token" in secrets:
            return Signature(headers={"Authorization": f"Bearer {secrets['token']}"})
        pair = f"{secrets.get('user', '')}:{secrets.get('password', '')}".encode()
        return Signature(headers={"Authorization": f"Basic {base64.b64encode(pair).decode()}"})

    def judge(self, reply: Reply) -> Any:
        """Return the answer; see `Client`."""
        answer = Judge(self.info.title).judged(reply)
        if answer is None or {"id", "results"} & readings.record(answer).keys():
            return answer
        raise SourceFailed("Metron sent something else than what was asked for.")

    def left(self, resource: str, reply: Reply) -> tuple[Left, ...]:  # noqa: ARG002
        """Return what the headers say of both limits."""
        return (
            *left_of(reply.headers, "x-ratelimit-burst-", BURST),
            *left_of(reply.headers, "x-ratelimit-sustained-", SUSTAINED),
        )

    # --- questions -------------------------------------------------------------------------------

    def _search(self, name: str) -> Asking[tuple[SeriesFacts, ...]]:
        return _each_once(
            (
                yield from _pages(
                    "series", ("name", name), make=_series_facts, most=MOST_SEARCH_PAGES
                )
            )
        )

    def _series(self, series_id: str) -> Asking[SeriesFacts | None]:
        series = _series_facts(readings.record((yield _one("series", series_id))))
        return series if series is not None and series.id == series_id else None

    def _series_details(self, series_id: str) -> Asking[SeriesDetails | None]:
        found = readings.record((yield _one("series", series_id)))
        series = _series_facts(found)
        if series is None or series.id != series_id:
            return None
        status = readings.line(found.get("status"))
        return SeriesDetails(
            series,
            plain_text(found.get("desc")),
            readings.line(readings.record(found.get("imprint")).get("name")),
            readings.whole(found.get("volume")),
            None if status is None else status in _GOING_ON,
        )

    def _issue(self, issue_id: str) -> Asking[IssueFacts | None]:
        issue = _issue_facts(readings.record((yield _one("issue", issue_id))), None)
        return issue if issue is not None and issue.id == issue_id else None

    def _issues(
        self, series_ids: tuple[str, ...], number: str | None
    ) -> Asking[tuple[IssueFacts, ...]]:
        found: list[IssueFacts] = []
        for each in series_ids:
            series_id = _checked_id(each)
            query = [("series_id", series_id)]
            if number is not None:
                query.append(("number", number))
            make = partial(_issue_facts, series_id=series_id)
            found += yield from _pages("issue", *query, make=make, most=MOST_ISSUE_PAGES)
        return _each_once(found)


# --- requests ------------------------------------------------------------------------------------


def _one(resource: str, id_: str) -> Request:
    return Request(resource, f"/{resource}/{_checked_id(id_)}/")


def _pages(
    resource: str, *query: tuple[str, str], make: Callable[[Mapping[str, Any]], T | None], most: int
) -> Asking[list[T]]:
    """Ask for one page after the other; the first has no number, as `next` is only a hint.

    Of each page, only what is made of it is held.
    """
    found: list[T] = []
    for page in range(1, most + 1):
        paged = (*query, ("page", str(page))) if page > 1 else query
        answer = readings.record((yield Request(resource, f"/{resource}/", paged)))
        rows = readings.records(answer.get("results"))
        found += [made for row in rows if (made := make(row)) is not None]
        if not answer.get("next"):
            break
    return found


def _checked_id(text: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) < 13):
        raise InvalidInput("This is no id of Metron, which is a number.")
    return text


# --- values --------------------------------------------------------------------------------------


def _each_once(found: Iterable[Any]) -> tuple[Any, ...]:
    return tuple({each.id: each for each in found}.values())


def _series_facts(found: Mapping[str, Any]) -> SeriesFacts | None:
    id_, start = readings.identity(found.get("id")), readings.whole(found.get("year_began"))
    name = readings.line(found.get("name")) or _bare_name(found.get("series"), start)
    if id_ is None or name is None:
        return None
    return SeriesFacts(
        source=NAME,
        id=id_,
        name=name,
        aliases=readings.lines(found.get("alt_names")),
        start_year=start,
        end_year=readings.whole(found.get("year_end")),
        publisher=readings.line(readings.record(found.get("publisher")).get("name")),
        issue_count=readings.whole(found.get("issue_count")),
        format=readings.line(readings.record(found.get("series_type")).get("name")),
        language=readings.line(found.get("language")),
        link=readings.link(found.get("resource_url")),
        other_ids=_other_ids(found),
    )


def _bare_name(value: Any, start_year: int | None) -> str | None:
    """Return the name of a list's row, where the year is behind it: "Harbour Lights (2016)"."""
    name = readings.line(value)
    return name and re.sub(rf" \({start_year}\)$", "", name)


def _issue_facts(found: Mapping[str, Any], series_id: str | None) -> IssueFacts | None:
    id_ = readings.identity(found.get("id"))
    of_series = readings.identity(readings.record(found.get("series")).get("id")) or series_id
    if id_ is None or of_series is None:
        return None
    year, month, _ = readings.date_of(found.get("cover_date"))
    variants = (
        readings.link(each.get("image")) for each in readings.records(found.get("variants"))
    )
    stories = readings.lines(found.get("name"))
    return IssueFacts(
        source=NAME,
        id=id_,
        series_id=of_series,
        number=readings.line(found.get("number")) or "",
        title="; ".join(stories) or None,
        year=year,
        month=month,
        store_year=readings.year_of(found.get("store_date")),
        page_count=readings.whole(found.get("page")),
        cover=readings.link(found.get("image")),
        variants=tuple(each for each in variants if each),
        cover_hash=_hash(found.get("cover_hash")),
        link=readings.link(found.get("resource_url")),
        other_ids=_other_ids(found),
    )


def _details(found: Mapping[str, Any]) -> ComicMetadata:
    year, month, day = readings.date_of(found.get("cover_date"))
    series = readings.record(found.get("series"))
    kind = readings.line(readings.record(series.get("series_type")).get("name")) or ""
    rating = readings.line(readings.record(found.get("rating")).get("name"))
    web = readings.link(found.get("resource_url"))
    return ComicMetadata(
        series=readings.line(series.get("name")),
        issue=readings.line(found.get("number")),
        title="; ".join(readings.lines(found.get("name"))) or None,
        volume=readings.whole(series.get("volume")),
        year=year,
        month=month,
        day=day,
        publisher=readings.line(readings.record(found.get("publisher")).get("name")),
        imprint=readings.line(readings.record(found.get("imprint")).get("name")),
        summary=plain_text(found.get("desc")),
        credits=_credits(found.get("credits")),
        genres=readings.names(series.get("genres")),
        characters=readings.names(found.get("characters")),
        teams=readings.names(found.get("teams")),
        story_arcs=tuple(map(StoryArc, readings.names(found.get("arcs")))),
        format=FORMAT_TO_METRON.get(kind.casefold()),
        age_rating=METRON_AGES.get((rating or "").casefold()),
        web=(web,) if web else (),
        gtin=readings.line(found.get("isbn")),
        upc=readings.line(found.get("upc")),
        identifiers=_identifiers(found),
        collection_title=readings.line(found.get("title")),
        series_sort_name=readings.line(series.get("sort_name")),
        series_start_year=readings.whole(series.get("year_began")),
        universes=_universes(found.get("universes")),
        reprints=readings.names(found.get("reprints"), "issue"),
        prices=_prices(found),
        store_date=readings.iso_date(found.get("store_date")),
        last_modified=readings.line(found.get("modified")),
    )


def _other_ids(found: Mapping[str, Any]) -> dict[str, str]:
    ids = {
        "comicvine": readings.identity(found.get("cv_id")),
        "gcd": readings.identity(found.get("gcd_id")),
    }
    return {source: id_ for source, id_ in ids.items() if id_}


def _identifiers(found: Mapping[str, Any]) -> tuple[Identifier, ...]:
    own, others = readings.identity(found.get("id")), _other_ids(found)
    titles = {"comicvine": "Comic Vine", "gcd": "Grand Comics Database"}
    first = (Identifier("Metron", own, primary=True),) if own else ()
    return (*first, *(Identifier(titles[source], id_) for source, id_ in others.items()))


def _credits(value: Any) -> tuple[Credit, ...]:
    found = []
    for each in readings.records(value):
        person = readings.line(each.get("creator"))
        if person:
            roles = readings.names(each.get("role"))
            found.append(Credit(person, tuple(ROLE_TO_METRON.get(r.casefold(), r) for r in roles)))
    return tuple(found)


def _universes(value: Any) -> tuple[Universe, ...]:
    named = ((readings.line(e.get("name")), e) for e in readings.records(value))
    return tuple(Universe(name, readings.line(e.get("designation"))) for name, e in named if name)


def _prices(found: Mapping[str, Any]) -> tuple[Price, ...]:
    """Return the price, which is that in the United States unless another currency is given."""
    currency = readings.line(found.get("price_currency")) or "USD"
    amount = readings.line(found.get("price")) or ""
    country = {"USD": "US", "CAD": "CA", "GBP": "GB"}.get(currency)
    is_amount = re.fullmatch(r"\d{1,6}(\.\d{1,2})?", amount) is not None
    return (Price(amount, country),) if is_amount and country else ()


def _hash(value: Any) -> int | None:
    text = readings.line(value) or ""
    if not re.fullmatch(rf"[0-9a-fA-F]{{{_HASH_DIGITS}}}", text):
        return None
    return int(text, 16)

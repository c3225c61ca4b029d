"""ComicVine: the widest coverage of American comics; a key is needed.

API: https://comicvine.gamespot.com/api/documentation. Every answer has a `status_code` of its own:
1 fine, 100 a wrong key, 101 no such thing, 102 and 104 a wrong question, 107 a limit. Lists come
in pages of 100. An id has its type in front in addresses (4050-12 a volume, 4000-34 an issue). What
has another id than the one that was asked for counts as no answer.

The filter `volume:1|2|3` of /issues lists the issues of all these volumes, as ComicTagger
(comictalker/talkers/comicvine.py) and Kapowarr (backend/implementations/comicvine.py, 50 volumes a
request) use it. So short lists share a request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from comicmaintainer.comics.metadata.model import ComicMetadata, Credit, Identifier, StoryArc
from comicmaintainer.comics.metadata.vocabulary import ROLE_TO_METRON
from comicmaintainer.errors import InvalidInput, SourceFailed, SourceStopped, UnusableAnswer
from comicmaintainer.matching.model import IssueFacts, SeriesDetails, SeriesFacts
from comicmaintainer.matching.questions import (
    IssueById,
    IssueList,
    IssueLists,
    IssuesNumbered,
    Question,
    SeriesById,
    SeriesDetailsById,
    SeriesSearch,
)
from comicmaintainer.outgoing.transport import Reply
from comicmaintainer.sources import readings
from comicmaintainer.sources.client import Judge, SourceLimit
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
from comicmaintainer.sources.sharing import Portion

T = TypeVar("T")

NAME = "comicvine"
PAGE = 100
MOST_SEARCH_PAGES = 5
MOST_ISSUE_PAGES = 100
MOST_SERIES_IN_A_FILTER = 60
_SERIES_FIELDS = "id,name,aliases,start_year,publisher,count_of_issues,site_detail_url,image"
_SERIES_DETAIL_FIELDS = f"{_SERIES_FIELDS},deck,description"
_ISSUE_FIELDS = (
    "id,name,issue_number,cover_date,store_date,image,associated_images,site_detail_url,volume"
)
_DETAIL_FIELDS = (
    f"{_ISSUE_FIELDS},aliases,description,deck,date_last_updated,person_credits,character_credits,"
    "team_credits,location_credits,story_arc_credits"
)
_ABOUT_THE_QUESTION = (102, 104)
"""An address or a filter that ComicVine does not understand."""
_IMAGE_SIZES = ("medium_url", "small_url", "super_url", "original_url")
"""A hash needs no large image."""

INFO = SourceInfo(
    name=NAME,
    title="ComicVine",
    site="https://comicvine.gamespot.com",
    credit="Data from ComicVine (comicvine.gamespot.com), for non-commercial use.",
    sent="Names of series, issue numbers and ids are sent to ComicVine, with your API key.",
    fields=frozenset(
        {
            "series", "issue", "title", "count", "year", "month", "day", "publisher", "summary",
            "credits", "characters", "teams", "locations", "story_arcs", "web", "identifiers",
            "series_start_year", "store_date", "last_modified",
        }
    ),
    address="https://comicvine.gamespot.com/api",
    secrets=(Secret("key", "an API key"),),
    needs=(("key",),),
    limits=(Limit(1, 1.0, shared=True), Limit(200, 3600.0)),
    image_hosts=("gamespot.com", "comicvine.com"),
    has_issue_details=True,
    asks_together=True,
    has_series_details=True,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ComicVine:
    """The client of ComicVine."""

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
                return self._lists((question,))
            case IssueLists():
                return self._lists(question.lists)
            case IssuesNumbered():
                return self._numbered(question.series_ids, question.number)
            case _:
                raise InvalidInput(f"ComicVine can't answer {type(question).__name__}.")

    def details(self, issue_id: str) -> Asking[ComicMetadata | None]:
        """Find out everything about an issue: one request for it and one for its series."""
        answer = yield _one("issue", issue_id, _DETAIL_FIELDS)
        found = readings.record(readings.record(answer).get("results"))
        if readings.identity(found.get("id")) != _checked_id(issue_id):
            return None
        series_id = readings.identity(readings.record(found.get("volume")).get("id"))
        series = (yield from self._series(series_id)) if series_id else None
        return _details(found, series)

    def test(self) -> Request:
        """Ask for one publisher, which is the smallest answer."""
        return _request("publisher", "/publisher/4010-10/", ("field_list", "id"))

    def signature(self, secrets: Mapping[str, str]) -> Signature:
        """Return the key, which ComicVine takes in the query."""
        return Signature(query=(("api_key", secrets.get("key", "")),))

    def judge(self, reply: Reply) -> Any:
        """Return the answer; see `Client`."""
        answer = Judge(self.info.title).judged(reply)
        if answer is None:
            return None
        status = readings.record(answer).get("status_code")
        if status == 1 and isinstance(answer.get("results"), list | dict):
            return {"results": answer["results"], "total": answer.get("number_of_total_results")}
        if status == 100:
            raise SourceStopped("ComicVine refuses the API key. Check it in the settings.")
        if status == 101:
            return None
        if status in _ABOUT_THE_QUESTION:
            raise UnusableAnswer(f"ComicVine refuses this question (status {status}).")
        if status == 107:
            raise SourceLimit("ComicVine says that its limit is reached.")
        raise SourceFailed(f"ComicVine answered with an error ({_short(status)}).")

    def left(self, resource: str, reply: Reply) -> tuple[Left, ...]:  # noqa: ARG002
        """ComicVine does not say what is left."""
        return ()

    # --- questions -------------------------------------------------------------------------------

    def _search(self, name: str) -> Asking[tuple[SeriesFacts, ...]]:
        answer = yield _request(
            "search", "/search/", ("field_list", _SERIES_FIELDS), ("limit", str(PAGE)),
            ("query", name), ("resources", "volume"),
        )  # fmt: skip
        found = _made(readings.record(answer).get("results"), _series_facts)
        if found and len(found) < PAGE:
            return _each_once(found)
        # A full page may lack one of many series of that name; the filter has them all, but it
        # takes the name to the letter.
        listed = yield from _pages(
            "volumes", ("field_list", _SERIES_FIELDS), ("filter", f"name:{_filter_text(name)}"),
            make=_series_facts, most=MOST_SEARCH_PAGES,
        )  # fmt: skip
        return _each_once((*found, *listed))

    def _series(self, series_id: str) -> Asking[SeriesFacts | None]:
        answer = yield _one("volume", series_id, _SERIES_FIELDS)
        series = _series_facts(readings.record(readings.record(answer).get("results")))
        return series if series is not None and series.id == _checked_id(series_id) else None

    def _series_details(self, series_id: str) -> Asking[SeriesDetails | None]:
        answer = yield _one("volume", series_id, _SERIES_DETAIL_FIELDS)
        found = readings.record(readings.record(answer).get("results"))
        series = _series_facts(found)
        if series is None or series.id != _checked_id(series_id):
            return None
        text = plain_text(found.get("description")) or plain_text(found.get("deck"))
        return SeriesDetails(series, text)

    def _issue(self, issue_id: str) -> Asking[IssueFacts | None]:
        answer = yield _one("issue", issue_id, _DETAIL_FIELDS)
        issue = _issue_facts(readings.record(readings.record(answer).get("results")))
        return issue if issue is not None and issue.id == _checked_id(issue_id) else None

    def _lists(self, lists: Sequence[IssueList]) -> Asking[tuple[IssueFacts, ...]]:
        found: list[IssueFacts] = []
        portions = [_portion(each) for each in lists]
        for at, (each, portion) in enumerate(zip(lists, portions, strict=True)):
            id_ = _checked_id(each.series_id)
            along = tuple(later for later in portions[at + 1 :] if later is not None)
            listed = yield from _pages(
                "issues", *_list_query((id_,)), make=_issue_facts, most=MOST_ISSUE_PAGES,
                first=replace(_list_page((id_,)), portion=portion, along=along),
            )  # fmt: skip
            found += (issue for issue in listed if issue.series_id == id_)
        return _each_once(found)

    def _numbered(self, series_ids: tuple[str, ...], number: str) -> Asking[tuple[IssueFacts, ...]]:
        found: list[IssueFacts] = []
        ids = [_checked_id(each) for each in series_ids]
        for start in range(0, len(ids), MOST_SERIES_IN_A_FILTER):
            some = "|".join(ids[start : start + MOST_SERIES_IN_A_FILTER])
            wanted = f"volume:{some},issue_number:{_filter_text(number)}"
            found += yield from _pages(
                "issues", ("field_list", _ISSUE_FIELDS), ("filter", wanted),
                make=_issue_facts, most=MOST_ISSUE_PAGES,
            )  # fmt: skip
        return _each_once(each for each in found if each.series_id in ids)


# --- requests ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _SharedLists:
    """How the lists of several volumes become one page of issues."""

    room: int = PAGE

    def together(self, ids: Sequence[str]) -> Request:
        """Return the first page of the issues of these volumes."""
        return _list_page(ids)

    def apart(self, answer: Any, ids: Sequence[str]) -> Mapping[str, Any]:
        """Return the lists of those volumes that have issues, if there is no second page."""
        rows = tuple(readings.records(readings.record(answer).get("results")))
        if (readings.whole(readings.record(answer).get("total")) or 0) > len(rows):
            return {}
        parts: dict[str, list[Any]] = {}
        for row in rows:
            id_ = readings.identity(readings.record(row.get("volume")).get("id"))
            if id_ is not None and id_ in ids:
                parts.setdefault(id_, []).append(row)
        return {id_: {"results": part, "total": len(part)} for id_, part in parts.items()}


_SHARED_LISTS = _SharedLists()


def _portion(wanted: IssueList) -> Portion | None:
    """What a list is of a shared request; None if it is long or empty, or nobody knows."""
    if wanted.count is None or not 0 < wanted.count <= PAGE:
        return None
    return Portion(_checked_id(wanted.series_id), wanted.count, _SHARED_LISTS)


def _list_query(ids: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return ("field_list", _ISSUE_FIELDS), ("filter", f"volume:{'|'.join(ids)}")


def _list_page(ids: Sequence[str]) -> Request:
    return _page("issues", 0, *_list_query(ids))


def _page(resource: str, page: int, *query: tuple[str, str]) -> Request:
    """One page in the order of ids, so that pages do not overlap."""
    paged = (("limit", str(PAGE)), ("offset", str(page * PAGE)), ("sort", "id:asc"))
    return _request(resource, f"/{resource}/", *query, *paged)


def _request(resource: str, path: str, *query: tuple[str, str]) -> Request:
    return Request(resource, path, (*query, ("format", "json")))


def _one(resource: str, id_: str, fields: str) -> Request:
    kind = {"volume": "4050", "issue": "4000"}[resource]
    return _request(resource, f"/{resource}/{kind}-{_checked_id(id_)}/", ("field_list", fields))


def _pages(
    resource: str,
    *query: tuple[str, str],
    make: Callable[[Mapping[str, Any]], T | None],
    most: int,
    first: Request | None = None,
) -> Asking[list[T]]:
    """Ask for one page after the other; of each, only what is made of it is held.

    `first` asks for the first one, if it is more than a page.
    """
    found: list[T] = []
    for page in range(most):
        request = first if page == 0 and first is not None else _page(resource, page, *query)
        answer = readings.record((yield request))
        found += _made(answer.get("results"), make)
        if (page + 1) * PAGE >= (readings.whole(answer.get("total")) or 0):
            break
    return found


def _checked_id(text: str) -> str:
    """Return the number of an id, which may have its type in front.

    Raises:
        InvalidInput: it is no id of ComicVine.
    """
    number = text.rpartition("-")[2]
    if not (number.isascii() and number.isdigit() and len(number) < 13):
        raise InvalidInput("This is no id of ComicVine, which is a number.")
    return number


def _filter_text(text: str) -> str:
    """Return a text without the signs that separate filters and their values."""
    return " ".join(text.translate({ord(sign): " " for sign in ",|:"}).split())


# --- values --------------------------------------------------------------------------------------


def _made(rows: Any, make: Callable[[Mapping[str, Any]], T | None]) -> list[T]:
    return [made for row in readings.records(rows) if (made := make(row)) is not None]


def _each_once(found: Iterable[Any]) -> tuple[Any, ...]:
    return tuple({each.id: each for each in found}.values())


def _series_facts(found: Mapping[str, Any]) -> SeriesFacts | None:
    id_, name = readings.identity(found.get("id")), readings.line(found.get("name"))
    if id_ is None or name is None:
        return None
    aliases = found.get("aliases")
    return SeriesFacts(
        source=NAME,
        id=id_,
        name=name,
        aliases=readings.lines(aliases.splitlines()) if isinstance(aliases, str) else (),
        start_year=readings.year_of(found.get("start_year")),
        publisher=readings.line(readings.record(found.get("publisher")).get("name")),
        issue_count=readings.whole(found.get("count_of_issues")),
        link=readings.link(found.get("site_detail_url")),
        cover=_image(found.get("image")),
    )


def _issue_facts(found: Mapping[str, Any]) -> IssueFacts | None:
    id_ = readings.identity(found.get("id"))
    series_id = readings.identity(readings.record(found.get("volume")).get("id"))
    if id_ is None or series_id is None:
        return None
    year, month, _ = readings.date_of(found.get("cover_date"))
    variants = (
        readings.link(each.get("original_url"))
        for each in readings.records(found.get("associated_images"))
    )
    return IssueFacts(
        source=NAME,
        id=id_,
        series_id=series_id,
        number=readings.line(found.get("issue_number")) or "",
        title=readings.line(found.get("name")),
        year=year,
        month=month,
        store_year=readings.year_of(found.get("store_date")),
        cover=_image(found.get("image")),
        variants=tuple(each for each in variants if each),
        link=readings.link(found.get("site_detail_url")),
    )


def _details(found: Mapping[str, Any], series: SeriesFacts | None) -> ComicMetadata:
    year, month, day = readings.date_of(found.get("cover_date"))
    volume = readings.record(found.get("volume"))
    id_ = readings.identity(found.get("id"))
    web = readings.link(found.get("site_detail_url"))
    return ComicMetadata(
        series=readings.line(volume.get("name")),
        issue=readings.line(found.get("issue_number")),
        title=readings.line(found.get("name")),
        count=series.issue_count if series else None,
        year=year,
        month=month,
        day=day,
        publisher=series.publisher if series else None,
        summary=plain_text(found.get("description")) or plain_text(found.get("deck")),
        credits=_credits(found.get("person_credits")),
        characters=readings.names(found.get("character_credits")),
        teams=readings.names(found.get("team_credits")),
        locations=readings.names(found.get("location_credits")),
        story_arcs=tuple(map(StoryArc, readings.names(found.get("story_arc_credits")))),
        web=(web,) if web else (),
        identifiers=(Identifier("Comic Vine", id_, primary=True),) if id_ else (),
        series_start_year=series.start_year if series else None,
        store_date=readings.iso_date(found.get("store_date")),
        last_modified=readings.line(found.get("date_last_updated")),
    )


def _credits(value: Any) -> tuple[Credit, ...]:
    found = []
    for each in readings.records(value):
        person = readings.line(each.get("name"))
        roles = (readings.line(each.get("role")) or "").split(",")
        named = [role.strip() for role in roles if role.strip()]
        if person:
            found.append(
                Credit(person, tuple(ROLE_TO_METRON.get(r.casefold(), r.title()) for r in named))
            )
    return tuple(found)


def _image(value: Any) -> str | None:
    sizes = readings.record(value)
    return next((found for size in _IMAGE_SIZES if (found := readings.link(sizes.get(size)))), None)


def _short(status: Any) -> str:
    return f"status {status}" if isinstance(status, int) else "no status"

"""The Grand Comics Database: comics of the whole world, from the dump that it offers.

Tables and columns: https://github.com/GrandComicsDatabase/gcd-django, models of the app `gcd`. Rows
that were deleted there stay in the dump, marked. Covers are not part of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from comicmaintainer.comics.metadata.model import ComicMetadata, Credit, Identifier, Price
from comicmaintainer.database.dump_file import DumpFile, IndexTable
from comicmaintainer.errors import InvalidInput
from comicmaintainer.matching.model import IssueFacts, SeriesFacts
from comicmaintainer.matching.questions import (
    IssueById,
    IssueList,
    IssuesNumbered,
    Question,
    SeriesById,
    SeriesSearch,
)
from comicmaintainer.sources import readings
from comicmaintainer.sources.model import SourceInfo
from comicmaintainer.sources.name_index import found_series, name_table
from comicmaintainer.sources.plain_text import plain_text

NAME = "gcd"
MOST_ISSUES = 10_000
MOST_STORIES = 200
_COMIC_STORY = 19
_COVER = 6
_ROLES = {
    "script": "Writer",
    "pencils": "Penciller",
    "inks": "Inker",
    "colors": "Colorist",
    "letters": "Letterer",
    "editing": "Editor",
}
_COUNTRIES = {
    "USD": "US", "CAD": "CA", "GBP": "GB", "AUD": "AU", "DEM": "DE", "FRF": "FR", "JPY": "JP",
    "SEK": "SE", "NOK": "NO", "DKK": "DK", "ITL": "IT", "ESP": "ES", "MXN": "MX", "BRL": "BR",
}  # fmt: skip
_PRICE = re.compile(r"(\d{1,6}(?:\.\d{1,2})?) ([A-Z]{3})")
_NOTES = re.compile(r"\([^)]*\)|\[[^\]]*\]|\?")
_NOBODY = frozenset({"", "none", "various", "typeset", "unknown"})

INFO = SourceInfo(
    name=NAME,
    title="the Grand Comics Database",
    site="https://www.comics.org/download/",
    credit="Data from the Grand Comics Database (comics.org), under CC BY-SA 4.0.",
    sent="Nothing is sent: a file that you download is read.",
    fields=frozenset(
        {
            "series", "issue", "title", "count", "year", "month", "day", "publisher", "summary",
            "credits", "genres", "characters", "language", "web", "gtin", "upc", "identifiers",
            "series_sort_name", "series_start_year", "prices", "store_date",
        }
    ),
)  # fmt: skip

_TABLES = (
    name_table("SELECT name, id FROM dump.gcd_series WHERE coalesce(deleted, 0) = 0"),
    IndexTable(
        "CREATE TABLE issues (series INTEGER, issue INTEGER, PRIMARY KEY (series, issue))"
        " WITHOUT ROWID",
        "INSERT INTO issues",
        ("SELECT series_id, id FROM dump.gcd_issue WHERE coalesce(deleted, 0) = 0",),
    ),
    IndexTable(
        "CREATE TABLE stories (issue INTEGER, story INTEGER, PRIMARY KEY (issue, story))"
        " WITHOUT ROWID",
        "INSERT INTO stories",
        ("SELECT issue_id, id FROM dump.gcd_story WHERE coalesce(deleted, 0) = 0",),
        is_needed=False,
    ),
    IndexTable(
        "CREATE TABLE credits (story INTEGER, credit INTEGER, PRIMARY KEY (story, credit))"
        " WITHOUT ROWID",
        "INSERT INTO credits",
        ("SELECT story_id, id FROM dump.gcd_story_credit WHERE coalesce(deleted, 0) = 0",),
        is_needed=False,
    ),
)
_SERIES = (
    "SELECT s.*, p.name AS publisher_name FROM dump.gcd_series AS s"
    " LEFT JOIN dump.gcd_publisher AS p ON p.id = s.publisher_id WHERE s.id = ?"
)
_ISSUES = (
    "SELECT i.* FROM main.issues AS x JOIN dump.gcd_issue AS i ON i.id = x.issue"
    " WHERE x.series = ? AND i.variant_of_id IS NULL"
)
_STORIES = (
    "SELECT s.* FROM main.stories AS x JOIN dump.gcd_story AS s ON s.id = x.story"
    " WHERE x.issue = ? ORDER BY s.sequence_number LIMIT ?"
)
_CREDITS = (
    "SELECT n.name AS person, t.name AS role FROM main.stories AS x"
    " JOIN main.credits AS y ON y.story = x.story"
    " JOIN dump.gcd_story AS s ON s.id = x.story AND s.type_id = ?"
    " JOIN dump.gcd_story_credit AS c ON c.id = y.credit"
    " JOIN dump.gcd_credit_type AS t ON t.id = c.credit_type_id"
    " JOIN dump.gcd_creator_name_detail AS n ON n.id = c.creator_id"
    " WHERE x.issue = ? ORDER BY c.id"
)
_CREDIT_TABLES = ("gcd_story", "gcd_story_credit", "gcd_credit_type", "gcd_creator_name_detail")


@dataclass(frozen=True, slots=True)
class Gcd:
    """The reader of GCD's dump."""

    info: SourceInfo = INFO
    tables: tuple[IndexTable, ...] = field(default=_TABLES, repr=False)

    def answer(self, dump: DumpFile, question: Question) -> Any:
        """Answer a question of matching; see `DumpReader`."""
        match question:
            case SeriesSearch():
                found = (_series(dump, id_) for id_ in found_series(dump, question.name))
                return tuple(each for each in found if each is not None)
            case SeriesById():
                return _series(dump, _checked_id(question.id))
            case IssueById():
                row = _row(dump, "SELECT * FROM dump.gcd_issue WHERE id = ?", question.id)
                return None if row is None else _issue_facts(row)
            case IssueList():
                return _issues(dump, question.series_id, None)
            case IssuesNumbered():
                return tuple(
                    issue
                    for series_id in question.series_ids
                    for issue in _issues(dump, series_id, question.number)
                )
            case _:
                raise InvalidInput(f"This source can't answer {type(question).__name__}.")

    def details(self, dump: DumpFile, issue_id: str) -> ComicMetadata | None:
        """Return everything that is known of an issue."""
        row = _row(dump, "SELECT * FROM dump.gcd_issue WHERE id = ?", issue_id)
        if row is None or row.get("deleted"):
            return None
        series_row = _row(dump, _SERIES, str(row.get("series_id"))) or {}
        return _details(dump, row, series_row)


def _checked_id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 13):
        raise InvalidInput("This is no id of the Grand Comics Database, which is a number.")
    return int(text)


def _row(dump: DumpFile, sql: str, id_: str) -> Mapping[str, Any] | None:
    rows = dump.rows(sql, (_checked_id(id_),))
    return dict(rows[0]) if rows else None


def _series(dump: DumpFile, series_id: int) -> SeriesFacts | None:
    rows = dump.rows(_SERIES, (series_id,))
    return _series_facts(dump, dict(rows[0])) if rows else None


def _series_facts(dump: DumpFile, row: Mapping[str, Any]) -> SeriesFacts | None:
    id_, name = readings.identity(row.get("id")), readings.line(row.get("name"))
    if id_ is None or name is None or row.get("deleted"):
        return None
    return SeriesFacts(
        source=NAME,
        id=id_,
        name=name,
        start_year=readings.whole(row.get("year_began")),
        end_year=readings.whole(row.get("year_ended")),
        publisher=readings.line(row.get("publisher_name")),
        issue_count=readings.whole(row.get("issue_count")),
        format=readings.line(row.get("publishing_format")),
        language=_language(dump, row.get("language_id")),
        link=f"https://www.comics.org/series/{id_}/",
    )


def _language(dump: DumpFile, language_id: Any) -> str | None:
    if language_id is None or "code" not in dump.columns("stddata_language"):
        return None
    rows = dump.rows("SELECT code FROM dump.stddata_language WHERE id = ?", (language_id,))
    return readings.line(rows[0]["code"]) if rows else None


def _issues(dump: DumpFile, series_id: str, number: str | None) -> tuple[IssueFacts, ...]:
    rows = dump.rows(
        f"{_ISSUES} ORDER BY i.sort_code, i.id LIMIT ?", (_checked_id(series_id), MOST_ISSUES)
    )
    issues = (_issue_facts(dict(row)) for row in rows)
    return tuple(
        each
        for each in issues
        if each is not None and (number is None or each.number.casefold() == number.casefold())
    )


def _issue_facts(row: Mapping[str, Any]) -> IssueFacts | None:
    id_, series_id = readings.identity(row.get("id")), readings.identity(row.get("series_id"))
    if id_ is None or series_id is None or row.get("deleted"):
        return None
    year, month, _ = readings.date_of(row.get("key_date"))
    pages = row.get("page_count")
    return IssueFacts(
        source=NAME,
        id=id_,
        series_id=series_id,
        number=_number(row),
        title=readings.line(row.get("title")),
        year=year,
        month=month,
        store_year=readings.year_of(row.get("on_sale_date")),
        page_count=int(pages) if isinstance(pages, int | float) and 0 < pages < 10_000 else None,
        link=f"https://www.comics.org/issue/{id_}/",
    )


def _number(row: Mapping[str, Any]) -> str:
    """Return the number; an issue that has none ("[nn]") is the first."""
    number = readings.line(row.get("number")) or ""
    return "1" if number == "[nn]" else number.strip("[]")


def _details(
    dump: DumpFile, row: Mapping[str, Any], series_row: Mapping[str, Any]
) -> ComicMetadata:
    year, month, day = readings.date_of(row.get("key_date"))
    series = _series_facts(dump, series_row)
    id_ = readings.identity(row.get("id")) or ""
    stories = _stories(dump, row["id"])
    comics = [each for each in stories if each.get("type_id") == _COMIC_STORY]
    titles = dict.fromkeys(t for each in comics if (t := readings.line(each.get("title"))))
    synopses = (plain_text(each.get("synopsis")) for each in comics)
    return ComicMetadata(
        series=series.name if series else None,
        issue=_number(row) or None,
        title=readings.line(row.get("title")) or "; ".join(titles) or None,
        count=series.issue_count if series else None,
        year=year,
        month=month,
        day=day,
        publisher=series.publisher if series else None,
        summary="\n\n".join(text for text in synopses if text) or None,
        credits=_credits(dump, row["id"], comics, stories),
        genres=_listed(comics, "genre"),
        characters=_listed(comics, "characters"),
        language=series.language if series else None,
        web=(f"https://www.comics.org/issue/{id_}/",),
        gtin=readings.line(row.get("valid_isbn")),
        upc=readings.line(row.get("barcode")),
        identifiers=(Identifier("Grand Comics Database", id_, primary=True),),
        series_sort_name=readings.line(series_row.get("sort_name")),
        series_start_year=series.start_year if series else None,
        prices=_prices(row.get("price")),
        store_date=readings.iso_date(row.get("on_sale_date")),
    )


def _stories(dump: DumpFile, issue_id: int) -> list[dict[str, Any]]:
    """Return the stories of an issue in order, covers among them; none if the dump has none."""
    if not dump.columns("gcd_story"):
        return []
    return [dict(each) for each in dump.rows(_STORIES, (issue_id, MOST_STORIES))]


def _listed(stories: list[dict[str, Any]], column: str) -> tuple[str, ...]:
    """Return what stories list in a column, without the notes in brackets, each once."""
    texts = (readings.line(each.get(column)) or "" for each in stories)
    parts = (part.strip() for text in texts for part in _NOTES.sub("", text).split(";"))
    return tuple(dict.fromkeys(part for part in parts if part))


def _credits(
    dump: DumpFile, issue_id: int, comics: list[dict[str, Any]], stories: list[dict[str, Any]]
) -> tuple[Credit, ...]:
    """Return who made the stories, as text in older dumps and as rows in newer ones."""
    roles: dict[str, dict[str, None]] = {}

    def add(person: str, role: str) -> None:
        if person.casefold() not in _NOBODY:
            roles.setdefault(person, {})[role] = None

    for column, role in _ROLES.items():
        for person in _listed(comics, column):
            add(person, role)
    for person in _listed([s for s in stories if s.get("type_id") == _COVER], "pencils"):
        add(person, "Cover")
    if all(dump.columns(table) for table in _CREDIT_TABLES):
        for story_type in (_COMIC_STORY, _COVER):
            for row in dump.rows(_CREDITS, (story_type, issue_id)):
                name, kind = readings.line(row["person"]), readings.line(row["role"]) or ""
                made = "Cover" if story_type == _COVER else _ROLES.get(kind.casefold())
                if name and made:
                    add(name, made)
    return tuple(Credit(person, tuple(named)) for person, named in roles.items())


def _prices(value: Any) -> tuple[Price, ...]:
    found = _PRICE.findall(readings.line(value) or "")
    return tuple(
        Price(amount, _COUNTRIES[currency]) for amount, currency in found if currency in _COUNTRIES
    )

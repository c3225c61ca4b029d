"""MangaBaka: series of manga with their ids at many other sources, from its daily dump.

The dump is `series.sqlite` of https://mangabaka.org, with one table `series`; lists are JSON in its
columns. Columns come and go, so each is read only where it is there.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from comicmaintainer import json_input
from comicmaintainer.comics.metadata.model import (
    AlternativeName,
    ComicMetadata,
    Credit,
    Identifier,
)
from comicmaintainer.database.dump_file import DumpFile, IndexTable
from comicmaintainer.errors import InvalidInput
from comicmaintainer.matching.model import SeriesFacts
from comicmaintainer.matching.questions import Question
from comicmaintainer.sources import readings
from comicmaintainer.sources.mangaupdates import manga_of_type
from comicmaintainer.sources.model import Asking, SourceInfo
from comicmaintainer.sources.name_index import found_series, name_table
from comicmaintainer.sources.plain_text import plain_text
from comicmaintainer.sources.volumes import answer_by_volumes, split_id, with_volume

NAME = "mangabaka"
_IDS = {
    "anilist": ("source_anilist_id", "AniList"),
    "mangaupdates": ("source_manga_updates_id", "MangaUpdates"),
    "mangadex": ("source_mangadex_id", "MangaDex"),
    "myanimelist": ("source_my_anime_list_id", "MyAnimeList"),
    "kitsu": ("source_kitsu_id", "Kitsu"),
}
_TITLE_LISTS = ("titles", "secondary_titles", "secondary_titles_en")
_TITLE = "CASE WHEN e.type = 'object' THEN json_extract(e.value, '$.title') END"
_ACTIVE = "FROM dump.series WHERE state = 'active'"

INFO = SourceInfo(
    name=NAME,
    title="MangaBaka",
    site="https://mangabaka.org",
    credit="Data from MangaBaka (mangabaka.org).",
    sent="Nothing is sent: a file that you download is read.",
    fields=frozenset(
        {
            "series", "issue", "publisher", "summary", "credits", "genres", "tags", "age_rating",
            "community_rating", "manga", "web", "identifiers", "series_start_year",
            "volume_count", "alternative_names",
        }
    ),
)  # fmt: skip

_TABLES = (
    name_table(
        f"SELECT title, id {_ACTIVE}",
        f"SELECT native_title, id {_ACTIVE} AND native_title IS NOT NULL",
        f"SELECT romanized_title, id {_ACTIVE} AND romanized_title IS NOT NULL",
        *(
            f"SELECT title, id FROM (SELECT {_TITLE} AS title, s.id FROM dump.series AS s,"
            f" json_each(CASE WHEN json_valid(s.{column}) THEN s.{column} ELSE '[]' END) AS e"
            " WHERE s.state = 'active') WHERE title IS NOT NULL"
            for column in _TITLE_LISTS
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class MangaBaka:
    """The reader of MangaBaka's dump."""

    info: SourceInfo = INFO
    tables: tuple[IndexTable, ...] = field(default=_TABLES, repr=False)

    def answer(self, dump: DumpFile, question: Question) -> Any:
        """Answer a question of matching; see `DumpReader`."""

        def search(name: str) -> Asking[tuple[SeriesFacts, ...]]:
            yield from ()
            found = (_facts(_row(dump, id_)) for id_ in found_series(dump, name))
            return tuple(each for each in found if each is not None)

        def read(series_id: str) -> Asking[SeriesFacts | None]:
            yield from ()
            return _facts(_row(dump, _checked_id(series_id)))

        return _run(answer_by_volumes(question, search, read))

    def details(self, dump: DumpFile, issue_id: str) -> ComicMetadata | None:
        """Return everything that is known of the series of a volume."""
        details = _details(_row(dump, _checked_id(split_id(issue_id)[0])))
        return None if details is None else with_volume(details, issue_id)


def _run(asking: Generator[Any, Any, Any]) -> Any:
    """Return the result of a generator that has no request to make."""
    try:
        next(asking)
    except StopIteration as finished:
        return finished.value
    raise AssertionError("a dump makes no requests")


def _checked_id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 13):
        raise InvalidInput("This is no id of MangaBaka, which is a number.")
    return int(text)


def _row(dump: DumpFile, series_id: int) -> Mapping[str, Any]:
    """Return a series, or the one that it was merged with; empty if there is neither."""
    for _ in range(3):
        rows = dump.rows("SELECT * FROM dump.series WHERE id = ?", (series_id,))
        row = dict(rows[0]) if rows else {}
        merged = row.get("merged_with")
        if row.get("state") != "merged" or not isinstance(merged, int):
            return row
        series_id = merged
    return {}


def _json(row: Mapping[str, Any], column: str) -> Any:
    text = row.get(column)
    try:
        return json_input.parse_plain(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _names(row: Mapping[str, Any]) -> tuple[tuple[str, str | None], ...]:
    """Return the names of a series with their languages, the one to use first."""
    named: dict[str, str | None] = {}
    for column in ("title", "romanized_title", "native_title"):
        name = readings.line(row.get(column))
        if name:
            named.setdefault(name, None)
    for column in _TITLE_LISTS:
        for each in readings.records(_json(row, column)):
            name = readings.line(each.get("title"))
            if name and (name not in named or named[name] is None):
                named[name] = readings.line(each.get("language"))
    return tuple(named.items())


def _facts(row: Mapping[str, Any]) -> SeriesFacts | None:
    id_, names = readings.identity(row.get("id")), _names(row)
    if id_ is None or not names or row.get("state") not in (None, "active"):
        return None
    ids = {source: readings.identity(row.get(column)) for source, (column, _) in _IDS.items()}
    return SeriesFacts(
        source=NAME,
        id=id_,
        name=names[0][0],
        aliases=tuple(name for name, _ in names[1:]),
        start_year=readings.whole(row.get("year")),
        publisher=_publisher(row),
        issue_count=readings.whole(readings.line(row.get("final_volume"))) or None,
        format=readings.line(row.get("type")),
        link=f"https://mangabaka.org/{id_}",
        other_ids={source: value for source, value in ids.items() if value},
    )


def _publisher(row: Mapping[str, Any]) -> str | None:
    """Return the English publisher, or else the first."""
    named = list(readings.records(_json(row, "publishers")))
    english = [each for each in named if each.get("type") == "English"]
    found = (readings.line(each.get("name")) for each in (*english, *named))
    return next((name for name in found if name), None)


def _details(row: Mapping[str, Any]) -> ComicMetadata | None:
    series = _facts(row)
    if series is None:
        return None
    rating = row.get("rating")
    is_rating = isinstance(rating, int | float) and 0 < rating <= 100
    adult = {"erotica": "Mature", "pornographic": "Adult"}
    return ComicMetadata(
        series=series.name,
        publisher=series.publisher,
        summary=plain_text(row.get("description")),
        credits=_credits(row),
        genres=_labels(row, "genres"),
        tags=_labels(row, "tags"),
        age_rating=adult.get(readings.line(row.get("content_rating")) or ""),
        community_rating=round(rating / 20, 2) if is_rating else None,  # type: ignore[operator]
        manga=manga_of_type(series.format),
        web=(series.link,) if series.link else (),
        identifiers=tuple(
            Identifier(_IDS[source][1], id_) for source, id_ in series.other_ids.items()
        ),
        series_start_year=series.start_year,
        volume_count=series.issue_count,
        alternative_names=tuple(AlternativeName(*each) for each in _names(row)[1:]),
    )


def _labels(row: Mapping[str, Any], column: str) -> tuple[str, ...]:
    """Return the words of a list ("slice_of_life") as people write them."""
    words = readings.lines(_json(row, column))
    return tuple(word.replace("_", " ").title() if "_" in word or word.islower() else word
                 for word in words)  # fmt: skip


def _credits(row: Mapping[str, Any]) -> tuple[Credit, ...]:
    roles: dict[str, tuple[str, ...]] = {}
    for column, role in (("authors", "Writer"), ("artists", "Artist")):
        for person in readings.lines(_json(row, column)):
            roles[person] = (*roles.get(person, ()), role)
    return tuple(Credit(person, named) for person, named in roles.items())

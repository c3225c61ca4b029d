"""Volumes of manga as issues, for sources that know series and only count their volumes.

A volume's id is that of its series and its number ("30013v4"); a series' own id stands for the
series as a whole. A volume of a series whose count is not known may exist, so it is not denied.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from comicmaintainer.comics.metadata.model import ComicMetadata, Manga
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
from comicmaintainer.sources.model import Asking

MOST_VOLUMES = 1000

Search = Callable[[str], Asking[tuple[SeriesFacts, ...]]]
Read = Callable[[str], Asking[SeriesFacts | None]]


def answer_by_volumes(question: Question, search: Search, read: Read) -> Asking[Any]:
    """Answer a question of matching with `search` and `read`, which ask for series."""
    match question:
        case SeriesSearch():
            return (yield from search(question.name))
        case SeriesById():
            return (yield from read(question.id))
        case IssueById():
            series_id, number = split_id(question.id)
            series = yield from read(series_id)
            return None if series is None or number is None else volume_of(series, number)
        case IssueList():
            series = yield from read(question.series_id)
            return () if series is None else volumes_of(series)
        case IssuesNumbered():
            found = []
            for series_id in question.series_ids:
                series = yield from read(series_id)
                if series is not None and may_exist(series, question.number):
                    found.append(volume_of(series, question.number))
            return tuple(found)
        case _:
            raise InvalidInput(f"This source can't answer {type(question).__name__}.")


def split_id(issue_id: str) -> tuple[str, str | None]:
    """Return the id of the series, and the number of the volume if there is one."""
    series_id, mark, number = issue_id.rpartition("v")
    return (series_id, number) if mark else (issue_id, None)


def volume_of(series: SeriesFacts, number: str, cover: str | None = None) -> IssueFacts:
    """Return a volume of a series."""
    return IssueFacts(
        source=series.source,
        id=f"{series.id}v{number}",
        series_id=series.id,
        number=number,
        cover=cover,
        link=series.link,
    )


def volumes_of(series: SeriesFacts) -> tuple[IssueFacts, ...]:
    """Return the volumes of a series whose count is known."""
    count = min(series.issue_count or 0, MOST_VOLUMES)
    return tuple(volume_of(series, str(number)) for number in range(1, count + 1))


def if_asked_for(series: SeriesFacts | None, series_id: str) -> SeriesFacts | None:
    """Return a series if it has the id that was asked for; another one is no answer."""
    return series if series is not None and series.id == series_id else None


def may_exist(series: SeriesFacts, number: str) -> bool:
    """Return whether a series may have a volume of this number."""
    if series.issue_count is None or not number.isdecimal():
        return True
    return 1 <= int(number) <= series.issue_count


def with_volume(metadata: ComicMetadata, issue_id: str) -> ComicMetadata:
    """Return what is known of a series, as that of one of its volumes if the id names one."""
    _, number = split_id(issue_id)
    return metadata.with_values(issue=number) if number else metadata


def manga_of(country: str | None) -> Manga | None:
    """Return how a comic of a country (ISO 3166) or language (ISO 639) is read."""
    match (country or "").lower():
        case "jp" | "ja":
            return Manga.YES_RIGHT_TO_LEFT
        case "":
            return None
        case _:
            return Manga.YES

"""Kavita's locked fields of chapters and series.

A chapter or series is written as a whole, so it is read first, and the locked values and their
locks are laid over what Kavita has found. People, genres and tags are kept by their names, since
their ids change.

Source: https://github.com/Kareadita/Kavita: ChapterDto, UpdateChapterDto, SeriesMetadataDto,
ChapterController.UpdateChapterMetadata and SeriesService.UpdateSeriesMetadata. The lock of an ISBN
can be set but not read, those of a chapter's teams and locations are not stored: they are no fields
here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from comicmaintainer.errors import UnusableAnswer
from comicmaintainer.media_servers.book_model import Known, Move
from comicmaintainer.media_servers.client import Exchange

Fields = Mapping[str, str]
"""The lock of each field."""
_TITLED = ("genres", "tags")
_PEOPLE = {
    "writers": "writer",
    "coverArtists": "coverArtist",
    "publishers": "publisher",
    "characters": "character",
    "pencillers": "penciller",
    "inkers": "inker",
    "imprints": "imprint",
    "colorists": "colorist",
    "letterers": "letterer",
    "editors": "editor",
    "translators": "translator",
}
_BOTH: Fields = {
    **{name: f"{name}Locked" for name in ("ageRating", "language", "summary", *_TITLED)},
    **{name: f"{role}Locked" for name, role in _PEOPLE.items()},
}
CHAPTER: Fields = {
    **_BOTH,
    **{name: f"{name}Locked" for name in ("titleName", "sortOrder", "releaseDate")},
}
SERIES: Fields = {
    **_BOTH,
    "locations": "locationLocked",
    **{name: f"{name}Locked" for name in ("publicationStatus", "releaseYear")},
}
_LISTS = frozenset((*_TITLED, *_PEOPLE, "teams", "locations"))
_TEXTS = frozenset({"summary", "webLinks", "isbn", "language", "titleName"})
_ALWAYS = _LISTS | {"webLinks"}
_OUTSIDE_IDS = (
    "aniListId", "malId", "hardcoverId", "metronId", "comicVineId", "mangaBakaId", "cbrId",
)  # fmt: skip
_WRITTEN = frozenset(("id", "isbn", *_ALWAYS, *_OUTSIDE_IDS, *CHAPTER, *CHAPTER.values()))
"""What is written of a chapter, as far as Kavita shows it."""
_VERBATIM = frozenset({"ageRating", "language", "publicationStatus", "summary", "titleName"})
"""Kavita keeps these as they are sent. Names it spells its own way, and some releases keep no empty
list, so of other fields only the lock is looked at."""


def locked_of(value: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    """Return the fields that people have locked, with their values; names in place of people."""
    return {
        name: _plain(name, value.get(name))
        for name, lock in fields.items()
        if value.get(lock) is True
    }


class KavitaFields:
    """Reads and sets locked fields; `headers` signs a request."""

    def __init__(self, exchange: Exchange, headers: Callable[[], dict[str, str]]) -> None:
        self._exchange = exchange
        self._headers = headers
        self._succeeded: dict[tuple[str, str], bool | UnusableAnswer] = {}

    def of_series(self, series_id: str) -> dict[str, Any]:
        """Return the locked fields of a series."""
        return locked_of(self._series(series_id), SERIES)

    def set_chapter(self, move: Move) -> bool:
        """Set and lock the fields that a new chapter lacks; return whether Kavita has kept them.

        Locks of another comic, which the chapter was before, go.
        """
        if move.former_id is None:
            return True
        wanted, there = move.known.locked, move.target.known.locked
        lacking = _lacking(wanted, there)
        foreign = [name for name in there if move.is_of_other and name not in wanted]
        if not lacking and not foreign:
            return True
        chapter_id = move.target.book_id
        whole = self._whole(self._chapter(chapter_id), CHAPTER)
        written = {name: whole[name] for name in _WRITTEN if name in whole}
        body = _laid_over(written, lacking, CHAPTER) | {CHAPTER[name]: False for name in foreign}
        self._exchange.send("/api/Chapter/update", headers=self._headers(), body=body)
        now = locked_of(self._chapter(chapter_id), CHAPTER)
        return _is_kept(lacking, now) and not any(name in now for name in foreign)

    def set_series(self, former: Known, new_id: str) -> bool:
        """Set and lock what a series lacks of the one before it; return whether Kavita kept it.

        What is locked there already stays. It is tried once for all chapters of a series.

        Raises:
            UnusableAnswer: Kavita refuses it.
        """
        key = (former.series_id, new_id)
        if key not in self._succeeded:
            try:
                self._succeeded[key] = self._set_series(former.series_locked, new_id)
            except UnusableAnswer as error:
                self._succeeded[key] = error
        outcome = self._succeeded[key]
        if isinstance(outcome, UnusableAnswer):
            raise outcome
        return outcome

    def _set_series(self, wanted: Mapping[str, Any], new_id: str) -> bool:
        value = self._series(new_id)
        there = locked_of(value, SERIES)
        lacking = {name: each for name, each in wanted.items() if name not in there}
        if not lacking:
            return True
        whole = _laid_over(self._whole(value, SERIES), lacking, SERIES)
        body = {"seriesMetadata": {**whole, "seriesId": int(new_id)}}
        self._exchange.send("/api/Series/metadata", headers=self._headers(), body=body)
        return _is_kept(lacking, self.of_series(new_id))

    def _chapter(self, chapter_id: str) -> Mapping[str, Any]:
        return self._read("/api/Series/chapter", "chapterId", chapter_id)

    def _series(self, series_id: str) -> Mapping[str, Any]:
        return self._read("/api/Series/metadata", "seriesId", series_id)

    def _read(self, path: str, name: str, its_id: str) -> Mapping[str, Any]:
        value = self._exchange.json(path, headers=self._headers(), query=((name, its_id),))
        if not isinstance(value, dict):
            raise self._exchange.unusable()
        return value

    def _whole(self, value: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
        """Return what is written back of a value as it was read, without null."""
        # What Kavita did not show would be written as empty.
        if not value.keys() >= _ALWAYS | fields.keys():
            raise self._exchange.unusable()
        lists: dict[str, Any] = {name: value[name] or [] for name in _LISTS}
        return {**value, **lists, **{name: value[name] or "" for name in _TEXTS if name in value}}


def _laid_over(
    whole: Mapping[str, Any], locked: Mapping[str, Any], fields: Fields
) -> dict[str, Any]:
    values = {name: _written(name, value) for name, value in locked.items()}
    return {**whole, **values, **{fields[name]: True for name in locked}}


def _lacking(wanted: Mapping[str, Any], there: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are not locked, or have other values."""
    return {
        name: value
        for name, value in wanted.items()
        if name not in there or not _is_same(value, there[name])
    }


def _is_kept(wanted: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    return all(
        name in now and (name not in _VERBATIM or _is_same(value, now[name]))
        for name, value in wanted.items()
    )


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return sorted(str(each).casefold() for each in one) == sorted(
            str(each).casefold() for each in other
        )
    if isinstance(one, str) or isinstance(other, str):
        return str(one or "").strip() == str(other or "").strip()
    return bool(one == other)


def _plain(name: str, value: Any) -> Any:
    """Return a value as it is kept."""
    if name not in _LISTS:
        return value
    told = [each.get(_key_of(name)) for each in value or () if isinstance(each, dict)]
    return [each for each in told if isinstance(each, str)]


def _written(name: str, value: Any) -> Any:
    """Return a value as Kavita takes it."""
    if name in _LISTS:
        return [{"id": 0, _key_of(name): each} for each in value]
    return (value or "") if name in _TEXTS else value


def _key_of(name: str) -> str:
    return "title" if name in _TITLED else "name"

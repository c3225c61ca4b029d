"""The metadata of Kavita's chapters and series, played: what a scan finds, and what is written.

As ChapterDto, UpdateChapterDto, SeriesMetadataDto, ChapterController and SeriesService in
https://github.com/Kareadita/Kavita have it. People, genres and tags are kept by their names here.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lxml import etree

TITLED = ("genres", "tags")
PEOPLE = {
    "writers": "writerLocked", "coverArtists": "coverArtistLocked",
    "publishers": "publisherLocked", "characters": "characterLocked",
    "pencillers": "pencillerLocked", "inkers": "inkerLocked", "imprints": "imprintLocked",
    "colorists": "coloristLocked", "letterers": "lettererLocked", "editors": "editorLocked",
    "translators": "translatorLocked", "teams": "teamLocked", "locations": "locationLocked",
}  # fmt: skip
LISTS = (*TITLED, *PEOPLE)
SCALARS: Mapping[str, Any] = {"summary": "", "language": None, "ageRating": 0}
CHAPTER_SCALARS: Mapping[str, Any] = {
    **SCALARS, "titleName": "", "sortOrder": 0.0, "releaseDate": "0001-01-01T00:00:00",
}  # fmt: skip
SERIES_SCALARS: Mapping[str, Any] = {**SCALARS, "publicationStatus": 0, "releaseYear": 0}
OUTSIDE_IDS: Mapping[str, Any] = {
    "aniListId": 0, "malId": 0, "hardcoverId": 0, "metronId": 0, "comicVineId": None,
    "mangaBakaId": 0, "cbrId": 0,
}  # fmt: skip
NEVER_STORED = {"chapter": {"teamLocked", "locationLocked"}, "series": {"teamLocked"}}
_TEXTS = frozenset({"summary", "webLinks", "isbn", "titleName"})


class Refusal(Exception):
    """The request is answered with 400."""


def locks_of(scalars: Mapping[str, Any]) -> dict[str, str]:
    """By field its lock."""
    return {**{name: f"{name}Locked" for name in (*scalars, *TITLED)}, **PEOPLE}


def unset_chapter() -> dict[str, Any]:
    return {**_unset(CHAPTER_SCALARS), **OUTSIDE_IDS, "isbn": "", "isbnLocked": False}


def unset_series() -> dict[str, Any]:
    return _unset(SERIES_SCALARS)


def _unset(scalars: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {**scalars, "webLinks": ""}
    values |= {name: [] for name in LISTS}
    return values | dict.fromkeys(locks_of(scalars).values(), False)


def chapter_found(metadata: dict[str, Any], path: Path, number: str) -> None:
    """Take from a file what is not locked, as UpdateChapterFromComicInfo does."""
    told: dict[str, Any] = {"sortOrder": float(number)}
    with zipfile.ZipFile(path) as archive:
        if "ComicInfo.xml" in archive.namelist():
            root = etree.fromstring(archive.read("ComicInfo.xml"))
            told |= {"titleName": root.findtext("Title"), "summary": root.findtext("Summary")}
            told["language"] = root.findtext("LanguageISO")
            for name, tag in (("genres", "Genre"), ("writers", "Writer")):
                told[name] = [e.strip() for e in (root.findtext(tag) or "").split(",") if e.strip()]
    locks = locks_of(CHAPTER_SCALARS)
    metadata |= {n: value for n, value in told.items() if value and not metadata[locks[n]]}


def series_found(metadata: dict[str, Any], chapters: list[dict[str, Any]]) -> None:
    """Take from chapters what is not locked, as UpdateSeriesMetadata of the scanner does."""
    told: dict[str, Any] = {"summary": chapters[0]["summary"]}
    for name in ("genres", "writers"):
        told[name] = list(dict.fromkeys(each for one in chapters for each in one[name]))
    locks = locks_of(SERIES_SCALARS)
    metadata |= {n: value for n, value in told.items() if not metadata[locks[n]]}


def shown(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as an answer has them; that of an ISBN has no lock."""
    value = {name: each for name, each in metadata.items() if name != "isbnLocked"}
    for number, name in enumerate(LISTS):
        key = "title" if name in TITLED else "name"
        more = {} if name in TITLED else {"coverImageLocked": False, "aliases": [], "asin": None}
        value[name] = [
            {"id": 1000 * number + at + 1, key: each, **more}
            for at, each in enumerate(metadata[name])
        ]
    return value


def write_chapter(metadata: dict[str, Any], body: Mapping[str, Any], *, is_old: bool) -> None:
    """Do what UpdateChapterMetadata does; one that `is_old` leaves alone what empty lists name."""
    locks = locks_of(CHAPTER_SCALARS)
    known = {"id", "webLinks", "isbn", "isbnLocked", *LISTS, *OUTSIDE_IDS}
    _check(body, known | {*CHAPTER_SCALARS, *locks.values()})
    metadata |= {name: body.get(name, each) for name, each in CHAPTER_SCALARS.items()}
    metadata |= {name: body.get(name, each) for name, each in OUTSIDE_IDS.items()}
    metadata["summary"] = metadata["summary"].strip()
    metadata["webLinks"] = body.get("webLinks", "")
    metadata["isbn"] = body.get("isbn") or metadata["isbn"]
    for name in LISTS:
        names = _names(name, body.get(name, []))
        if names or not is_old:
            metadata[name] = names
    for lock in {*locks.values(), "isbnLocked"} - NEVER_STORED["chapter"]:
        metadata[lock] = body.get(lock, False)


def write_series(metadata: dict[str, Any], body: Mapping[str, Any]) -> None:
    """Do what UpdateSeriesMetadata does."""
    locks = locks_of(SERIES_SCALARS)
    counts = {"id", "seriesId", "maxCount", "totalCount"}
    _check(body, {*counts, "webLinks", *LISTS, *SERIES_SCALARS, *locks.values()})
    for name, unset in SERIES_SCALARS.items():
        if name != "releaseYear" or body.get(name, 0) >= 1000:
            metadata[name] = body.get(name, unset)
    metadata["summary"] = metadata["summary"].strip()
    metadata["webLinks"] = body.get("webLinks", "")
    for name in LISTS:
        lock = locks[name]
        if name in TITLED or not (metadata[lock] and body.get(lock, False)):
            metadata[name] = _names(name, body.get(name, []))
    for lock in set(locks.values()) - NEVER_STORED["series"]:
        metadata[lock] = body.get(lock, False)


def _check(body: Mapping[str, Any], known: set[str]) -> None:
    is_fine = body.keys() <= known
    is_fine = is_fine and all(isinstance(body.get(name, ""), str) for name in _TEXTS)
    is_fine = is_fine and all(isinstance(body.get(name, []), list) for name in LISTS)
    if not is_fine:
        raise Refusal


def _names(name: str, values: list[Mapping[str, Any]]) -> list[str]:
    """The names of people or titles; Kavita needs an id too, which may be 0."""
    key = "title" if name in TITLED else "name"
    if not all(isinstance(each.get("id"), int) and each.get(key) for each in values):
        raise Refusal
    return [str(each[key]) for each in values]

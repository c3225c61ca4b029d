"""Kavita, played over a real folder.

The API is that of openapi.json and of the controllers Plugin, Library, Series, Chapter, Reader,
ReadingList and Collection in https://github.com/Kareadita/Kavita, and what a scan makes of files
is that of ProcessSeries.cs: a file belongs to the chapter with its number, in the series that
ComicInfo.xml or else its name says; a chapter without files goes, with its progress and locks.
"""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from lxml import etree

from tests.kit.kavita_metadata import (
    CHAPTER_SCALARS,
    SERIES_SCALARS,
    Refusal,
    chapter_found,
    locks_of,
    series_found,
    shown,
    unset_chapter,
    unset_series,
    write_chapter,
    write_series,
)
from tests.kit.server_double import Asked, Refused, ServerDouble

TIME = "2026-01-02T03:04:05"
TOKEN = "a-token"
ITEM_IDS = 100_000
"""The id of an item of a list is that of its chapter and this."""
_METADATA = frozenset({"/api/Series/chapter", "/api/Series/metadata", "/api/Chapter/update"})
_NAME = re.compile(r"^(?P<series>.*?)[ _#]*(?P<number>\d+)(?:[ _(].*)?$")


@dataclass
class Chapter:
    chapter_id: int
    volume_id: int
    number: str
    files: list[Path] = field(default_factory=list)
    pages: int = 0
    sizes: dict[Path, int] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=unset_chapter)


@dataclass
class KavitaSeries:
    series_id: int
    name: str
    volumes: dict[int, list[Chapter]] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=unset_series)


class KavitaDouble(ServerDouble):
    """One library of the folder `root`, which Kavita calls `there`.

    What a file name says of a series begins with `reads_names_as`: tags then say something else.
    `lists` are reading lists of chapters, `collections` those of series. With `cleans_up`, empty
    ones go with each scan, as they do at night. One that `is_old` (0.8.8) empties no list of a
    chapter; with `refuses_series` no metadata of a series can be written.
    """

    def __init__(self, root: Path, *, there: str | None = None) -> None:
        super().__init__()
        self.root = root
        self.there = there or str(root)
        self.key = "kavita-key"
        self.scans = True
        self.reads_names_as = ""
        self.folders_asked: list[str] = []
        self.libraries_asked = 0
        self.series: dict[int, KavitaSeries] = {}
        self.progress: dict[int, int] = {}
        self.lists: dict[int, tuple[str, list[int]]] = {}
        self.collections: dict[int, tuple[str, list[int]]] = {}
        self.cleans_up = False
        self.is_old = False
        self.refuses_series = False
        self._ids = count(1)

    # --- what tests do and see -------------------------------------------------------------------

    def chapters(self) -> list[tuple[KavitaSeries, Chapter]]:
        """All chapters, with their series."""
        return [
            (series, chapter)
            for series in self.series.values()
            for chapters in series.volumes.values()
            for chapter in chapters
        ]

    def read(self, path: Path, page: int) -> None:
        """The user has read up to a page."""
        self.progress[self.chapter_at(path).chapter_id] = page

    def chapter_at(self, path: Path) -> Chapter:
        (found,) = [chapter for _, chapter in self.chapters() if path in chapter.files]
        return found

    def locked(self) -> dict[str, dict[str, Any]]:
        """What is locked of each chapter by the names of its files, and of each series by its."""
        found = {
            path.name: _locked(chapter.metadata)
            for _, chapter in self.chapters()
            for path in chapter.files
        }
        found |= {each.name: _locked(each.metadata) for each in self.series.values()}
        return {name: fields for name, fields in found.items() if fields}

    def series_named(self, name: str) -> KavitaSeries:
        (found,) = [each for each in self.series.values() if each.name == name]
        return found

    def progress_of(self) -> dict[str, int]:
        """The pages read of each chapter by the name of its file."""
        return {
            path.name: self.progress[chapter.chapter_id]
            for _, chapter in self.chapters()
            for path in chapter.files
            if self.progress.get(chapter.chapter_id)
        }

    def members_of(self) -> dict[str, list[str]]:
        """The names of the files in each reading list, in their order."""
        names = {c.chapter_id: [p.name for p in c.files] for _, c in self.chapters()}
        return {
            title: [name for each in ids for name in names[each]]
            for title, ids in self.lists.values()
        }

    def collected(self) -> dict[str, set[str]]:
        """The names of the files of the series in each collection."""
        return {
            title: {
                path.name
                for series, chapter in self.chapters()
                if series.series_id in ids
                for path in chapter.files
            }
            for title, ids in self.collections.values()
        }

    # --- scans -----------------------------------------------------------------------------------

    def scan(self) -> None:
        """Look at the whole library."""
        with self.lock:
            self._scan()

    def _scan(self) -> None:
        known = {_key_of(each.name): each for each in self.series.values()}
        for _, chapter in self.chapters():
            chapter.files = []
        for path in self._files():
            name, volume, number = _said_by(path, self.reads_names_as)
            if _key_of(name) not in known:
                known[_key_of(name)] = series = KavitaSeries(next(self._ids), name)
                self.series[series.series_id] = series
            chapters = known[_key_of(name)].volumes.setdefault(volume, [])
            found = [each for each in chapters if each.number == number]
            chapter = found[0] if found else Chapter(next(self._ids), volume + 1, number)
            if not found:
                chapters.append(chapter)
            chapter.files.append(path)
            chapter.sizes[path] = path.stat().st_size
            chapter.pages = sum(map(_pages_in, chapter.files))
            chapter_found(chapter.metadata, path, number)
        self._drop_empty()
        for series in self.series.values():
            chapters = [each for some in series.volumes.values() for each in some]
            series_found(series.metadata, [each.metadata for each in chapters])

    def _files(self) -> Iterator[Path]:
        for folder, folders, files in os.walk(self.root):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                if name.lower().endswith((".cbz", ".cbr")):
                    yield Path(folder, name)

    def _drop_empty(self) -> None:
        for _, gone in self.chapters():
            if not gone.files:
                self.progress.pop(gone.chapter_id, None)
                for _, ids in self.lists.values():
                    ids[:] = [each for each in ids if each != gone.chapter_id]
        for series in list(self.series.values()):
            for volume, chapters in series.volumes.items():
                series.volumes[volume] = [each for each in chapters if each.files]
            if not any(series.volumes.values()):
                del self.series[series.series_id]
                for _, ids in self.collections.values():
                    ids[:] = [each for each in ids if each != series.series_id]
        if self.cleans_up:
            for lists in (self.lists, self.collections):
                for empty in [list_id for list_id, (_, ids) in lists.items() if not ids]:
                    del lists[empty]

    # --- requests --------------------------------------------------------------------------------

    def handle(self, asked: Asked) -> tuple[int, Any]:
        match asked.line.split("/"):
            case ["POST ", "api", "Plugin", "authenticate"]:
                self._require(asked.query.get("apiKey") == self.key)
                self._require(bool(asked.query.get("pluginName")), 400)
                return 200, {"username": "admin", "token": TOKEN, "apiKey": self.key}
            case ["POST ", "api", "Library", "scan-folder"]:
                self._require(asked.body["apiKey"] == self.key)
                self._require(".." not in asked.body["folderPath"], 400)
                self.folders_asked.append(asked.body["folderPath"])
                if self.scans:
                    self._scan()
                return 200, None
        self._require(asked.headers.get("authorization") == f"Bearer {TOKEN}")
        match asked.line.split("/"):
            case ["POST ", "api", "Library", "scan"]:
                self._require(asked.query["libraryId"] == "1", 400)
                self.libraries_asked += 1
                if self.scans:
                    self._scan()
                return 200, None
            case ["GET ", "api", "Library", "libraries"]:
                return 200, [{"id": 1, "name": "Comics", "type": 1, "folders": [self.there]}]
            case ["POST ", "api", "Series", "all-v2"]:
                return 200, self._page(asked, [self._one(s) for s in self.series.values()])
            case ["GET ", "api", "Series", "volumes"]:
                series = self.series.get(int(asked.query["seriesId"]))
                return 200, [] if series is None else self._volumes(series)
            case ["GET ", "api", "Reader", "get-progress"]:
                chapter_id = int(asked.query["chapterId"])
                page = self.progress.get(chapter_id, 0)
                return 200, {"chapterId": chapter_id, "pageNum": page, "seriesId": 1}
            case ["POST ", "api", "Reader", "progress"]:
                return self._mark(asked.body)
        if asked.path in _METADATA:
            return self._handle_metadata(asked)
        return self._handle_lists(asked)

    def _handle_metadata(self, asked: Asked) -> tuple[int, Any]:
        try:
            match asked.line.split("/"):
                case ["GET ", "api", "Series", "chapter"]:
                    return 200, self._chapter(self._chapter_of(asked.query["chapterId"]))
                case ["POST ", "api", "Chapter", "update"]:
                    chapter = self._chapter_of(asked.body["id"])
                    write_chapter(chapter.metadata, asked.body, is_old=self.is_old)
                    return 200, None
                case ["GET ", "api", "Series", "metadata"]:
                    series_id = int(asked.query["seriesId"])
                    ids = {"id": 1, "seriesId": series_id, "maxCount": 0, "totalCount": 0}
                    return 200, {**shown(self.series[series_id].metadata), **ids}
                case ["POST ", "api", "Series", "metadata"]:
                    (body,) = asked.body.values()
                    self._require(asked.body.keys() == {"seriesMetadata"}, 400)
                    self._require(not self.refuses_series, 400)
                    write_series(self.series[body["seriesId"]].metadata, body)
                    return 200, "updated"
        except (Refusal, KeyError):
            raise Refused(400) from None
        raise Refused(404)

    def _chapter_of(self, its_id: Any) -> Chapter:
        return {each.chapter_id: each for _, each in self.chapters()}[int(its_id)]

    def _handle_lists(self, asked: Asked) -> tuple[int, Any]:
        match asked.line.split("/"):
            case ["POST ", "api", "ReadingList", action]:
                return self._listed(asked, action)
            case ["GET ", "api", "ReadingList", "items"]:
                _, ids = self.lists[int(asked.query["readingListId"])]
                return 200, [self._item(order, each) for order, each in enumerate(ids)]
            case ["GET ", "api", "Collection"]:
                return 200, [self._titled(*each) for each in self.collections.items()]
            case ["GET ", "api", "Series", "series-by-collection"]:
                _, ids = self.collections[int(asked.query["collectionId"])]
                return 200, self._page(asked, [self._one(self.series[each]) for each in ids])
            case ["POST ", "api", "Collection", "update-for-series"]:
                return self._collect(asked.body)
        raise Refused(404)

    def _listed(self, asked: Asked, action: str) -> tuple[int, Any]:
        if action == "lists":
            return 200, self._page(asked, [self._titled(*each) for each in self.lists.items()])
        body = asked.body
        if action == "create":
            self._require(all(title != body["title"] for title, _ in self.lists.values()), 400)
            list_id = next(self._ids)
            self.lists[list_id] = (body["title"], [])
            return 200, self._titled(list_id, self.lists[list_id])
        self._require(body["readingListId"] in self.lists, 400)
        _, ids = self.lists[body["readingListId"]]
        if action == "update-by-multiple":
            known = {c.chapter_id: s.series_id for s, c in self.chapters()}
            self._require(all(known[e] == body["seriesId"] for e in body["chapterIds"]), 400)
            ids += [each for each in body["chapterIds"] if each not in ids]
            return 200, "updated"
        item = body["readingListItemId"] - ITEM_IDS
        self._require(item in ids, 400)
        ids.remove(item)
        if action == "update-position":
            ids.insert(body["toPosition"], item)
            return 200, "updated"
        self._require(action == "delete-item", 404)
        return 200, "updated"

    def _collect(self, body: dict[str, Any]) -> tuple[int, Any]:
        list_id = body["collectionTagId"] or next(self._ids)
        if not body["collectionTagId"]:
            self.collections[list_id] = (body["collectionTagTitle"], [])
        self._require(list_id in self.collections, 400)
        _, ids = self.collections[list_id]
        ids += [each for each in body["seriesIds"] if each in self.series and each not in ids]
        return 200, None

    def _item(self, order: int, chapter_id: int) -> dict[str, Any]:
        return {"id": chapter_id + ITEM_IDS, "order": order, "chapterId": chapter_id}

    def _titled(self, list_id: int, value: tuple[str, list[int]]) -> dict[str, Any]:
        return {"id": list_id, "title": value[0], "promoted": False, "summary": ""}

    def _mark(self, body: dict[str, Any]) -> tuple[int, Any]:
        ids = ("volumeId", "chapterId", "pageNum", "seriesId", "libraryId")
        self._require(all(isinstance(body.get(each), int) for each in ids), 400)
        found = [c for s, c in self.chapters() if c.chapter_id == body["chapterId"]]
        self._require(bool(found) and body["seriesId"] in self.series, 400)
        self.progress[body["chapterId"]] = min(body["pageNum"], found[0].pages)
        return 200, True

    def _page(self, asked: Asked, values: list[Any]) -> list[Any]:
        page, size = int(asked.query.get("PageNumber", 1)), int(asked.query.get("PageSize", 20))
        return values[(page - 1) * size : page * size]

    def _one(self, series: KavitaSeries) -> dict[str, Any]:
        chapters = [each for some in series.volumes.values() for each in some]
        return {
            "id": series.series_id, "name": series.name, "libraryId": 1, "libraryName": "Comics",
            "pages": sum(each.pages for each in chapters),
            "pagesRead": sum(self.progress.get(each.chapter_id, 0) for each in chapters),
            "created": TIME, "lastChapterAdded": TIME, "latestReadDate": TIME,
        }  # fmt: skip

    def _volumes(self, series: KavitaSeries) -> list[dict[str, Any]]:
        return [
            {
                "id": volume + 1, "seriesId": series.series_id, "name": str(volume),
                "chapters": [
                    self._chapter(chapter)
                    for chapter in chapters
                ],
            }
            for volume, chapters in series.volumes.items()
        ]  # fmt: skip

    def _chapter(self, chapter: Chapter) -> dict[str, Any]:
        return {
            "id": chapter.chapter_id, "range": chapter.number,
            "volumeId": chapter.volume_id, "pages": chapter.pages,
            "pagesRead": self.progress.get(chapter.chapter_id, 0),
            "files": [
                {"id": 1, "filePath": self._there(path), "pages": chapter.pages,
                 "bytes": chapter.sizes.get(path, 0)}
                for path in chapter.files
            ],
            **shown(chapter.metadata),
        }  # fmt: skip

    def _there(self, path: Path) -> str:
        return f"{self.there}/{path.relative_to(self.root).as_posix()}"

    def _require(self, is_so: bool, status: int = 401) -> None:
        if not is_so:
            raise Refused(status)


def _locked(metadata: dict[str, Any]) -> dict[str, Any]:
    """What is locked, with its values."""
    fields = {**locks_of(CHAPTER_SCALARS), **locks_of(SERIES_SCALARS)}
    return {name: metadata[name] for name, lock in fields.items() if metadata.get(lock)}


def _key_of(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _said_by(path: Path, before_names: str) -> tuple[str, int, str]:
    with zipfile.ZipFile(path) as archive:
        if "ComicInfo.xml" in archive.namelist():
            root = etree.fromstring(archive.read("ComicInfo.xml"))
            series, number = root.findtext("Series"), root.findtext("Number")
            if series and number:
                return series, int(root.findtext("Volume") or 0), number.lstrip("0") or "0"
    found = _NAME.match(path.stem)
    if found is None:
        return path.stem, 0, "0"
    name = found["series"].replace("_", " ").strip() or path.parent.name
    return before_names + name, 0, found["number"].lstrip("0") or "0"


def _pages_in(path: Path) -> int:
    with zipfile.ZipFile(path) as archive:
        return sum(name.lower().endswith((".jpg", ".png")) for name in archive.namelist())

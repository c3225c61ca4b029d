"""Komga, played over a real folder.

The API is that of komga/docs/openapi.json, and what a scan makes of files is that of
LibraryContentLifecycle.kt (scanRootFolder, tryRestoreSeries, tryRestoreBooks) and BookLifecycle.kt
in https://github.com/gotson/komga. A file is analysed as soon as a scan finds it, unless
`analyses` is off.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from tests.kit.server_double import Asked, Refused, ServerDouble

TIME = "2026-01-02T03:04:05Z"
BOOK_FIELDS: tuple[str, ...] = (
    "title", "summary", "number", "numberSort", "releaseDate", "authors", "tags", "isbn", "links",
)  # fmt: skip
SERIES_FIELDS: tuple[str, ...] = (
    "status", "title", "titleSort", "summary", "readingDirection", "publisher", "ageRating",
    "language", "genres", "tags", "totalBookCount", "sharingLabels", "links", "alternateTitles",
)  # fmt: skip
_LISTS = frozenset({"authors", "tags", "links", "genres", "sharingLabels", "alternateTitles"})
_NUMBERS = frozenset({"numberSort"})
_ABSENT = frozenset({"releaseDate", "ageRating", "totalBookCount"})


def _unset(fields: tuple[str, ...]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in fields:
        if name in _ABSENT:
            values[name] = None
        else:
            values[name] = [] if name in _LISTS else 0.0 if name in _NUMBERS else ""
        values[f"{name}Lock"] = False
    return values


@dataclass
class Series:
    series_id: str
    folder: Path
    modified: int
    deleted: bool = False
    metadata: dict[str, Any] = field(default_factory=lambda: _unset(SERIES_FIELDS))


@dataclass
class Book:
    book_id: str
    series_id: str
    path: Path
    modified: int
    size: int
    hash: str
    deleted: bool = False
    pages: int = 0
    status: str = "UNKNOWN"
    metadata: dict[str, Any] = field(default_factory=lambda: _unset(BOOK_FIELDS))


@dataclass
class Listed:
    """A read list of books, or a collection of series."""

    list_id: str
    name: str
    ids: list[str]


class KomgaDouble(ServerDouble):
    """One library at `root`, which Komga calls `there`. Keys are those of users; one administers.

    `hashes` and `empties_trash` are settings of its library. With `scans` off, a scan that is asked
    for waits for `scan()`. With `hashes_late` a changed file has no hash for now.
    """

    def __init__(self, root: Path, *, there: str | None = None) -> None:
        super().__init__()
        self.root = root
        self.there = there or str(root)
        self.keys = {"komga-key": "admin"}
        self.hashes = True
        self.empties_trash = False
        self.scans = True
        self.analyses = True
        self.hashes_late = False
        self.unreadable: set[Path] = set()
        self.series: dict[str, Series] = {}
        self.books: dict[str, Book] = {}
        self.progress: dict[tuple[str, str], tuple[int, bool]] = {}
        self.read_lists: dict[str, Listed] = {}
        self.collections: dict[str, Listed] = {}
        self.scans_asked = 0
        self._ids = count(1)

    # --- what tests do and see -------------------------------------------------------------------

    def book_at(self, path: Path) -> Book:
        """The book of a file, as the server knows it."""
        (found,) = [each for each in self.books.values() if each.path == path and not each.deleted]
        return found

    def series_at(self, folder: Path) -> Series:
        (found,) = [e for e in self.series.values() if e.folder == folder and not e.deleted]
        return found

    def read(self, path: Path, page: int, *, user: str = "admin") -> None:
        """A user has read up to a page."""
        book = self.book_at(path)
        self.progress[user, book.book_id] = (page, page == book.pages)

    def progress_of(self, user: str = "admin") -> dict[str, tuple[int, bool]]:
        """The progress of each living book by the name of its file."""
        return {
            book.path.name: self.progress[user, book.book_id]
            for book in self.books.values()
            if not book.deleted and (user, book.book_id) in self.progress
        }

    def lists_of(self, books: bool = True) -> dict[str, list[str]]:
        """Read lists, or collections, with the names of the files or folders in them."""
        if books:
            return {
                each.name: [self.books[i].path.name for i in each.ids if not self.books[i].deleted]
                for each in self.read_lists.values()
            }
        return {
            each.name: [self.series[i].folder.name for i in each.ids if not self.series[i].deleted]
            for each in self.collections.values()
        }

    # --- scans -----------------------------------------------------------------------------------

    def scan(self) -> None:
        """Look at the whole library, as scanRootFolder does."""
        with self.lock:
            self._scan()

    def _scan(self) -> None:
        found: dict[Path, list[Path]] = {}
        for name, folders, names in os.walk(self.root):
            folder = Path(name)
            folders[:] = [each for each in folders if not each.startswith(".")]
            files = [folder / n for n in sorted(names) if n.lower().endswith((".cbz", ".cbr"))]
            if files:
                found[folder] = files
        for series in self._living(self.series):
            if series.folder not in found:
                series.deleted = True
        paths = {path for files in found.values() for path in files}
        disturbed = set()
        for book in self._living(self.books):
            if book.path not in paths:
                book.deleted = True
                disturbed.add(book.series_id)
        for folder, files in sorted(found.items()):
            self._scan_series(folder, files, disturbed)
        if self.empties_trash:
            self._empty_trash()
        if self.analyses:
            self.analyse()

    def _scan_series(self, folder: Path, files: list[Path], disturbed: set[str]) -> None:
        modified = folder.stat().st_mtime_ns
        known = [each for each in self._living(self.series) if each.folder == folder]
        if not known:
            series = Series(self._id("s"), folder, modified)
            series.metadata |= {"title": folder.name, "titleSort": folder.name}
            self.series[series.series_id] = series
            new = [self._add(series, path) for path in files]
            self._restore_series(series, new)
            self._restore_books(new)
            return
        (series,) = known
        if modified == series.modified and series.series_id not in disturbed:
            return
        series.modified = modified
        here = {b.path: b for b in self._living(self.books) if b.series_id == series.series_id}
        for path, book in here.items():
            state = path.stat()
            if state.st_mtime_ns != book.modified:
                if state.st_size == book.size and book.hash and _hash(path) == book.hash:
                    book.modified = state.st_mtime_ns
                else:
                    book.modified, book.size = state.st_mtime_ns, state.st_size
                    book.hash, book.status = "", "OUTDATED"
        self._restore_books([self._add(series, path) for path in files if path not in here])

    def _add(self, series: Series, path: Path) -> Book:
        state = path.stat()
        book = Book(
            self._id("b"), series.series_id, path, state.st_mtime_ns, state.st_size, hash=""
        )
        book.metadata["title"] = path.stem
        self.books[book.book_id] = book
        return book

    def _restore_series(self, series: Series, new: list[Book]) -> None:
        for old in [each for each in self.series.values() if each.deleted]:
            gone = [each for each in self.books.values() if each.series_id == old.series_id]
            same_sizes = sorted(b.size for b in gone) == sorted(b.size for b in new)
            if not (gone and same_sizes and all(each.hash for each in gone)):
                continue
            for book in new:
                book.hash = _hash(book.path)
            if {each.hash for each in gone} != {each.hash for each in new}:
                continue
            title = series.metadata["title"]
            series.metadata = dict(old.metadata)
            if not old.metadata["titleLock"]:
                series.metadata |= {"title": title}
            for listed in self.collections.values():
                _replace(listed.ids, old.series_id, series.series_id)
            self._restore_books(new)
            del self.series[old.series_id]
            return

    def _restore_books(self, new: list[Book]) -> None:
        for book in new:
            for old in list(self.books.values()):
                if not (old.deleted and old.hash and old.size == book.size):
                    continue
                book.hash = book.hash or _hash(book.path)
                if old.hash != book.hash:
                    continue
                title = book.metadata["title"]
                book.metadata, book.pages, book.status = dict(old.metadata), old.pages, old.status
                if not old.metadata["titleLock"]:
                    book.metadata["title"] = title
                for (user, book_id), value in list(self.progress.items()):
                    if book_id == old.book_id:
                        self.progress[user, book.book_id] = value
                for listed in self.read_lists.values():
                    _replace(listed.ids, old.book_id, book.book_id)
                self._delete_book(old)
                break

    def analyse(self) -> None:
        """Read what is new or outdated, and hash what has no hash."""
        for book in self._living(self.books):
            if book.status in ("UNKNOWN", "OUTDATED"):
                with zipfile.ZipFile(book.path) as archive:
                    names = archive.namelist()
                pages = sum(name.lower().endswith((".jpg", ".png", ".webp")) for name in names)
                if book.status == "OUTDATED" and pages != book.pages:
                    for key, (_, is_completed) in list(self.progress.items()):
                        if key[1] == book.book_id and not is_completed:
                            self.progress[key] = (1, False)
                book.pages, book.status = pages, "READY"
            if book.path in self.unreadable:
                book.status = "ERROR"
            if self.hashes and not self.hashes_late and not book.hash:
                book.hash = _hash(book.path)

    def _empty_trash(self) -> None:
        for book in [each for each in self.books.values() if each.deleted]:
            self._delete_book(book)
        for series in [each for each in self.series.values() if each.deleted]:
            del self.series[series.series_id]
            for listed in self.collections.values():
                if series.series_id in listed.ids:
                    listed.ids.remove(series.series_id)
        for lists in (self.read_lists, self.collections):  # deleteEmptySets
            for empty in [each.list_id for each in lists.values() if not each.ids]:
                del lists[empty]

    def _delete_book(self, book: Book) -> None:
        del self.books[book.book_id]
        for key in [key for key in self.progress if key[1] == book.book_id]:
            del self.progress[key]
        for listed in self.read_lists.values():
            if book.book_id in listed.ids:
                listed.ids.remove(book.book_id)

    def _living(self, all_of: Mapping[str, Any]) -> list[Any]:
        return [each for each in all_of.values() if not each.deleted]

    def _id(self, letter: str) -> str:
        return f"{letter}{next(self._ids)}"

    # --- requests --------------------------------------------------------------------------------

    def handle(self, asked: Asked) -> tuple[int, Any]:
        user = self.keys.get(asked.headers.get("x-api-key", ""))
        if user is None:
            raise Refused(401)
        answer = self._shown(asked, user) or self._done(asked, user)
        if answer is None:
            raise Refused(404)
        return answer

    def _shown(self, asked: Asked, user: str) -> tuple[int, Any] | None:
        match asked.line.split("/"):
            case ["GET ", "api", "v1", "libraries"]:
                return 200, [self._library(user)]
            case ["POST ", "api", "v1", "books", "list"]:
                return 200, self._page(asked, [self._book(b, user) for b in self.books.values()])
            case ["GET ", "api", "v1", "books", book_id]:
                return 200, self._book(self._known(self.books, book_id), user)
            case ["POST ", "api", "v1", "series", "list"]:
                return 200, self._page(asked, [self._one_series(e) for e in self.series.values()])
            case ["GET ", "api", "v1", "series", series_id]:
                return 200, self._one_series(self._known(self.series, series_id))
            case ["GET ", "api", "v1", "readlists"]:
                return 200, self._page(asked, [self._list(e) for e in self.read_lists.values()])
            case ["GET ", "api", "v1", "collections"]:
                collections = self.collections.values()
                return 200, self._page(asked, [self._collection(each) for each in collections])
        return None

    def _done(self, asked: Asked, user: str) -> tuple[int, Any] | None:
        match asked.line.split("/"):
            case ["POST ", "api", "v1", "libraries", "l1", "scan"]:
                self._require(user == "admin")
                self.scans_asked += 1
                if self.scans:
                    self._scan()
                return 202, None
            case ["PATCH ", "api", "v1", "books", book_id, "read-progress"]:
                return self._mark(user, self._known(self.books, book_id), asked.body)
            case ["DELETE ", "api", "v1", "books", book_id, "read-progress"]:
                self.progress.pop((user, self._known(self.books, book_id).book_id), None)
                return 204, None
            case ["PATCH ", "api", "v1", "books", book_id, "metadata"]:
                return self._patch(user, self._known(self.books, book_id), BOOK_FIELDS, asked.body)
            case ["PATCH ", "api", "v1", "series", series_id, "metadata"]:
                series = self._known(self.series, series_id)
                return self._patch(user, series, SERIES_FIELDS, asked.body)
            case ["POST ", "api", "v1", "readlists"]:
                return self._new_list(self.read_lists, asked.body, asked.body["bookIds"])
            case ["POST ", "api", "v1", "collections"]:
                return self._new_list(self.collections, asked.body, asked.body["seriesIds"])
            case ["PATCH ", "api", "v1", "readlists", list_id]:
                return self._set_ids(self._known(self.read_lists, list_id), asked.body["bookIds"])
            case ["PATCH ", "api", "v1", "collections", list_id]:
                listed = self._known(self.collections, list_id)
                return self._set_ids(listed, asked.body["seriesIds"])
        return None

    def _mark(self, user: str, book: Book, body: Mapping[str, Any]) -> tuple[int, Any]:
        self._require(book.status == "READY", 400)
        page, completed = body.get("page"), body.get("completed")
        if page is None:
            self._require(completed is True, 400)
            page = book.pages
        self._require(1 <= page <= book.pages, 400)
        self.progress[user, book.book_id] = (page, page == book.pages)
        return 204, None

    def _patch(
        self, user: str, target: Book | Series, fields: tuple[str, ...], body: Mapping[str, Any]
    ) -> tuple[int, Any]:
        self._require(user == "admin")
        known = {*fields, *(f"{name}Lock" for name in fields)}
        self._require(body.keys() <= known, 400)
        target.metadata |= body
        return 204, None

    def _new_list(
        self, lists: dict[str, Listed], body: Mapping[str, Any], ids: list[str]
    ) -> tuple[int, Any]:
        self._require(all(each.name != body["name"] for each in lists.values()), 400)
        listed = Listed(self._id("n"), body["name"], list(ids))
        lists[listed.list_id] = listed
        return 200, {"id": listed.list_id}

    def _set_ids(self, listed: Listed, ids: list[str]) -> tuple[int, Any]:
        self._require(len(set(ids)) == len(ids) > 0, 400)
        listed.ids = list(ids)
        return 204, None

    def _page(self, asked: Asked, values: list[Any]) -> dict[str, Any]:
        if asked.query.get("unpaged") == "true":
            page, size = 0, max(len(values), 1)
        else:
            page, size = int(asked.query.get("page", 0)), int(asked.query.get("size", 20))
        content = values[page * size : (page + 1) * size]
        is_last = (page + 1) * size >= len(values)
        return {
            "content": content, "last": is_last, "number": page, "size": size,
            "first": page == 0, "empty": not content, "numberOfElements": len(content),
            "totalElements": len(values), "totalPages": -(-len(values) // size),
        }  # fmt: skip

    def _library(self, user: str) -> dict[str, Any]:
        return {
            "id": "l1",
            "name": "Comics",
            "root": self.there if user == "admin" else "",
            "hashFiles": self.hashes,
            "emptyTrashAfterScan": self.empties_trash,
            "unavailable": False,
        }

    def _book(self, book: Book, user: str) -> dict[str, Any]:
        relative = book.path.relative_to(self.root).as_posix()
        separator = "\\" if "\\" in self.there else "/"
        whole = self.there + separator + relative.replace("/", separator)
        value = {
            "id": book.book_id, "seriesId": book.series_id, "libraryId": "l1",
            "seriesTitle": self._title_of(book.series_id), "name": book.path.stem,
            "url": whole if user == "admin" else book.path.name, "number": 1,
            "created": TIME, "lastModified": TIME, "fileLastModified": TIME,
            "sizeBytes": book.size, "size": f"{book.size} B", "deleted": book.deleted,
            "fileHash": book.hash, "oneshot": False,
            "media": {
                "status": book.status, "mediaType": "application/zip", "mediaProfile": "DIVINA",
                "pagesCount": book.pages, "comment": "", "epubDivinaCompatible": False,
                "epubIsKepub": False,
            },
            "metadata": {**book.metadata, "created": TIME, "lastModified": TIME},
        }  # fmt: skip
        known = self.progress.get((user, book.book_id))
        if known is not None:
            value["readProgress"] = {
                "page": known[0], "completed": known[1], "readDate": TIME, "created": TIME,
                "lastModified": TIME, "deviceId": "", "deviceName": "",
            }  # fmt: skip
        return value

    def _title_of(self, series_id: str) -> str:
        known = self.series.get(series_id)
        return "" if known is None else str(known.metadata["title"])

    def _one_series(self, series: Series) -> dict[str, Any]:
        books = [b for b in self._living(self.books) if b.series_id == series.series_id]
        progress = [self.progress.get(("admin", each.book_id)) for each in books]
        return {
            "id": series.series_id, "libraryId": "l1", "name": series.folder.name,
            "url": str(series.folder), "created": TIME, "lastModified": TIME,
            "fileLastModified": TIME, "deleted": series.deleted, "oneshot": False,
            "booksCount": len(books), "booksUnreadCount": progress.count(None),
            "booksReadCount": sum(each is not None and each[1] for each in progress),
            "booksInProgressCount": sum(each is not None and not each[1] for each in progress),
            "booksMetadata": {
                "authors": [], "tags": [], "summary": "", "summaryNumber": "", "created": TIME,
                "lastModified": TIME,
            },
            "metadata": {**series.metadata, "created": TIME, "lastModified": TIME},
        }  # fmt: skip

    def _list(self, each: Listed) -> dict[str, Any]:
        return {
            "id": each.list_id, "name": each.name, "summary": "", "ordered": True,
            "bookIds": each.ids, "createdDate": TIME, "lastModifiedDate": TIME, "filtered": False,
        }  # fmt: skip

    def _collection(self, each: Listed) -> dict[str, Any]:
        return {
            "id": each.list_id, "name": each.name, "ordered": True, "seriesIds": each.ids,
            "createdDate": TIME, "lastModifiedDate": TIME, "filtered": False,
        }  # fmt: skip

    def _known(self, all_of: Mapping[str, Any], its_id: str) -> Any:
        if its_id not in all_of:
            raise Refused(404)
        return all_of[its_id]

    def _require(self, is_so: bool, status: int = 403) -> None:
        if not is_so:
            raise Refused(status)


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _replace(ids: list[str], old: str, new: str) -> None:
    ids[:] = [new if each == old else each for each in ids]

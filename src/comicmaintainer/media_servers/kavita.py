"""Kavita's client.

Source: https://github.com/Kareadita/Kavita, openapi.json, and its controllers Plugin, Library,
Series and Reader; of lists, see kavita_lists, of locked fields, kavita_fields. A chapter is a book
here, with a path for each of its files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from comicmaintainer.media_servers.book_model import Known, Move, ServerBook
from comicmaintainer.media_servers.client import Exchange
from comicmaintainer.media_servers.kavita_fields import CHAPTER, KavitaFields, locked_of
from comicmaintainer.media_servers.kavita_lists import KavitaLists, Places
from comicmaintainer.media_servers.model import MediaServer, ServerLibrary, plain
from comicmaintainer.media_servers.succession import Successor
from comicmaintainer.outgoing.transport import Transport

PAGE = 200
_CALLER = "ComicMaintainer"
_ALL = {"statements": [], "combination": 1, "limitTo": 0}


class Kavita:
    """See Client. The key is exchanged for a token with the first request that needs one."""

    def __init__(self, server: MediaServer, transport: Transport) -> None:
        self._exchange = Exchange(server, transport)
        self._address = server.url.rstrip("/")
        self._key = server.api_key
        self._token: str | None = None
        self._lists = KavitaLists(self._exchange, self._signed)
        self._fields = KavitaFields(self._exchange, self._signed)
        self._living: set[str] = set()
        """The series that were read and have chapters."""

    def libraries(self) -> list[ServerLibrary]:
        """See Client."""
        value = self._json("/api/Library/libraries")
        if not isinstance(value, list):
            raise self._exchange.unusable()
        return [self._library(each) for each in value]

    def scan(self, folders: Sequence[str]) -> Iterator[Sequence[str]]:
        """See Client. Kavita looks at the series that is in a folder, or at its whole library.

        It refuses the name of a folder with two dots in it, so its library is scanned instead.
        """
        libraries = self.libraries()
        scanned = set()
        for folder in folders:
            inside = [library.library_id for library in libraries if library.has(folder)]
            path = plain(folder).rstrip("/")
            if inside and ".." not in path:
                body = {"apiKey": self._key, "folderPath": path}
                self._exchange.send("/api/Library/scan-folder", headers={}, body=body)
            elif inside and inside[0] not in scanned:
                scanned.add(inside[0])
                query = (("libraryId", inside[0]),)
                headers = self._signed()
                self._exchange.send("/api/Library/scan", headers=headers, query=query, posts=True)
            yield [folder]

    def books(self) -> Iterator[Sequence[ServerBook]]:
        """See Client."""
        lists, collections = self._lists.chapters(), self._lists.series()
        number = 1
        while True:
            query = (("PageNumber", str(number)), ("PageSize", str(PAGE)))
            page = self._json("/api/Series/all-v2", query=query, body=_ALL)
            if not isinstance(page, list):
                raise self._exchange.unusable()
            for series in page:
                yield list(self._of_series(series, lists, collections))
            if len(page) < PAGE:
                return
            number += 1

    def carry(self, move: Move) -> bool:
        """See Client. A series that is no more leaves its locked fields to the one after it."""
        is_kept = [self._carry_progress(move), self._fields.set_chapter(move)]
        if move.known.series_locked and self._is_gone(move):
            new_id = move.target.known.series_id
            is_kept.append(self._fields.set_series(move.known, new_id))
        return all(is_kept)

    def _is_gone(self, move: Move) -> bool:
        """Return whether the series of the book before has been replaced by another one."""
        former_id = move.known.series_id
        if former_id in ("", move.target.known.series_id):
            return False
        return former_id not in self._living

    def _carry_progress(self, move: Move) -> bool:
        known, target = move.known, move.target
        page = target.pages if known.is_read else min(known.page, max(target.pages - 1, 0))
        if page == target.known.page or (page < target.known.page and not move.is_of_other):
            return True
        body = {**target.place, "pageNum": page}
        self._json("/api/Reader/progress", body=body)
        query = (("chapterId", target.book_id),)
        match self._json("/api/Reader/get-progress", query=query):
            case {"pageNum": int(now)}:
                return now == page or (now > page and not move.is_of_other)
        raise self._exchange.unusable()

    def enlist(self, moves: Sequence[Move]) -> None:
        """See Client. A series that is no more leaves its collections to the one after it."""
        chapters = [
            Successor(each.former_id, each.target.book_id, each.known.lists, each.is_of_other)
            for each in moves
            if each.former_id is not None
        ]
        series_of = {each.target.book_id: each.target.place["seriesId"] for each in moves}
        self._lists.succeed(chapters, series_of)
        known = {each.known.series_id: each for each in reversed(moves)}
        self._lists.collect(
            [
                Successor(former_id, each.target.known.series_id, each.known.series_lists)
                for former_id, each in known.items()
                if former_id and each.known.series_lists and former_id not in self._living
            ]
        )

    def close(self) -> None:
        """See Client."""
        self._exchange.close()

    def _of_series(self, value: Any, lists: Places, collections: Places) -> Iterator[ServerBook]:
        match value:
            case {"id": int(series_id), "libraryId": int(library_id)}:
                query = (("seriesId", str(series_id)),)
                volumes = self._json("/api/Series/volumes", query=query)
            case _:
                raise self._exchange.unusable()
        if not isinstance(volumes, list):
            raise self._exchange.unusable()
        of_series = Known(
            series_id=str(series_id),
            series_locked=self._fields.of_series(str(series_id)),
            series_lists=collections.get(str(series_id), {}),
        )
        place = {"libraryId": library_id, "seriesId": series_id}
        for volume in volumes:
            match volume:
                case {"id": int(volume_id), "chapters": [*chapters]}:
                    of_volume = {**place, "volumeId": volume_id}
                    if chapters:
                        self._living.add(str(series_id))
                    for chapter in chapters:
                        yield from self._of_chapter(chapter, of_volume, of_series, lists)
                case _:
                    raise self._exchange.unusable()

    def _of_chapter(
        self, value: Any, place: dict[str, int], of_series: Known, lists: Places
    ) -> Iterator[ServerBook]:
        match value:
            case {
                "id": int(chapter_id),
                "pages": int(pages),
                "pagesRead": int(page),
                "files": [*files],
            }:
                library_id, series_id = place["libraryId"], place["seriesId"]
                link = f"/library/{library_id}/series/{series_id}/chapter/{chapter_id}"
                known = replace(
                    of_series,
                    page=page,
                    is_read=page >= pages > 0,
                    locked=locked_of(value, CHAPTER),
                    lists=lists.get(str(chapter_id), {}),
                )
                for file in files:
                    yield ServerBook(
                        book_id=str(chapter_id),
                        path=self._path_of(file),
                        known=known,
                        pages=pages,
                        link=self._address + link,
                        size_bytes=file.get("bytes") or None,
                        place={**place, "chapterId": chapter_id},
                    )
            case _:
                raise self._exchange.unusable()

    def _path_of(self, value: Any) -> str:
        match value:
            case {"filePath": str(path)}:
                return path
        raise self._exchange.unusable()

    def _library(self, value: Any) -> ServerLibrary:
        match value:
            case {"id": int(library_id), "name": str(name), "folders": [*folders]}:
                return ServerLibrary(str(library_id), name, tuple(map(str, folders)))
        raise self._exchange.unusable()

    def _json(self, path: str, **about: Any) -> Any:
        return self._exchange.json(path, headers=self._signed(), **about)

    def _signed(self) -> dict[str, str]:
        if self._token is None:
            query = (("apiKey", self._key), ("pluginName", _CALLER))
            value = self._exchange.json(
                "/api/Plugin/authenticate", headers={}, query=query, posts=True
            )
            match value:
                case {"token": str(token)} if token:
                    self._token = token
                case _:
                    raise self._exchange.unusable()
        return {"Authorization": f"Bearer {self._token}"}

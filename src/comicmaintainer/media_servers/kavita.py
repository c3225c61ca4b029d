"""Kavita's client.

Source: https://github.com/Kareadita/Kavita, openapi.json, and its controllers Plugin, Library,
Series and Reader. A chapter is a book here, with a path for each of its files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from comicmaintainer.media_servers.book_model import Known, Move, ServerBook
from comicmaintainer.media_servers.client import Exchange
from comicmaintainer.media_servers.model import MediaServer, ServerLibrary, plain
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

    def libraries(self) -> list[ServerLibrary]:
        """See Client."""
        value = self._json("/api/Library/libraries")
        if not isinstance(value, list):
            raise self._exchange.unusable()
        return [self._library(each) for each in value]

    def scan(self, folders: Sequence[str]) -> Iterator[Sequence[str]]:
        """See Client. Kavita looks at the series that is in a folder, or at its whole library."""
        libraries = self.libraries()
        for folder in folders:
            if any(library.has(folder) for library in libraries):
                body = {"apiKey": self._key, "folderPath": plain(folder).rstrip("/")}
                self._exchange.send("/api/Library/scan-folder", headers={}, body=body)
            yield [folder]

    def books(self) -> Iterator[Sequence[ServerBook]]:
        """See Client."""
        number = 1
        while True:
            query = (("PageNumber", str(number)), ("PageSize", str(PAGE)))
            page = self._json("/api/Series/all-v2", query=query, body=_ALL)
            if not isinstance(page, list):
                raise self._exchange.unusable()
            for series in page:
                yield list(self._of_series(series))
            if len(page) < PAGE:
                return
            number += 1

    def carry(self, move: Move) -> bool:
        """See Client."""
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
        """See Client. Kavita's reading lists are not carried over."""

    def close(self) -> None:
        """See Client."""
        self._exchange.close()

    def _of_series(self, value: Any) -> Iterator[ServerBook]:
        match value:
            case {"id": int(series_id), "libraryId": int(library_id)}:
                query = (("seriesId", str(series_id)),)
                volumes = self._json("/api/Series/volumes", query=query)
            case _:
                raise self._exchange.unusable()
        if not isinstance(volumes, list):
            raise self._exchange.unusable()
        place = {"libraryId": library_id, "seriesId": series_id}
        for volume in volumes:
            match volume:
                case {"id": int(volume_id), "chapters": [*chapters]}:
                    for chapter in chapters:
                        yield from self._of_chapter(chapter, {**place, "volumeId": volume_id})
                case _:
                    raise self._exchange.unusable()

    def _of_chapter(self, value: Any, place: dict[str, int]) -> Iterator[ServerBook]:
        match value:
            case {
                "id": int(chapter_id),
                "pages": int(pages),
                "pagesRead": int(page),
                "files": [*files],
            }:
                library_id, series_id = place["libraryId"], place["seriesId"]
                link = f"/library/{library_id}/series/{series_id}/chapter/{chapter_id}"
                known = Known(page=page, is_read=page >= pages > 0)
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

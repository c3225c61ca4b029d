"""Komga's client.

Source: https://github.com/gotson/komga, komga/docs/openapi.json (1.20 and later, which have keys).
A scan is always one of a whole library; Komga has none of a folder, and passes over the folders
that have not changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from comicmaintainer.errors import SourceFailed, UnusableAnswer
from comicmaintainer.media_servers.book_model import Known, Move, ServerBook
from comicmaintainer.media_servers.client import Exchange
from comicmaintainer.media_servers.komga_books import (
    Around,
    book_of,
    lock,
    locked_of,
    places_in,
    unlock,
)
from comicmaintainer.media_servers.model import MediaServer, ServerLibrary
from comicmaintainer.media_servers.succession import Successor, found_again, succeeded, vanished
from comicmaintainer.outgoing.transport import Transport

PAGE = 500
_BOOKS, _SERIES = "/api/v1/books", "/api/v1/series"
_READ_LISTS, _COLLECTIONS = "/api/v1/readlists", "/api/v1/collections"
_MEMBERS = {_READ_LISTS: "bookIds", _COLLECTIONS: "seriesIds"}


class Komga:
    """See Client."""

    def __init__(self, server: MediaServer, transport: Transport) -> None:
        self._exchange = Exchange(server, transport)
        self._address = server.url.rstrip("/")
        self._headers = {"X-API-Key": server.api_key}

    def libraries(self) -> list[ServerLibrary]:
        """See Client. Komga tells where a library is only to administrators."""
        value = self._json("/api/v1/libraries")
        if not isinstance(value, list):
            raise self._exchange.unusable()
        return [self._library(each) for each in value]

    def scan(self, folders: Sequence[str]) -> Iterator[Sequence[str]]:
        """See Client."""
        left = list(folders)
        for library in self.libraries():
            inside = [each for each in left if library.has(each)]
            if inside:
                path = f"/api/v1/libraries/{library.library_id}/scan"
                self._exchange.send(path, headers=self._headers, posts=True)
                yield inside
                left = [each for each in left if each not in inside]
        yield left

    def books(self) -> Iterator[Sequence[ServerBook]]:
        """See Client. Books in Komga's trash are among them."""
        around = Around(
            places_in(self._lists(_READ_LISTS), _MEMBERS[_READ_LISTS]),
            places_in(self._lists(_COLLECTIONS), _MEMBERS[_COLLECTIONS]),
            self._series_locked(),
            frozenset(each.library_id for each in self.libraries() if not each.computes_hashes),
        )
        for values in self._pages(f"{_BOOKS}/list"):
            yield [self._book(each, around) for each in values]

    def carry(self, move: Move) -> bool:
        """See Client."""
        target = move.target
        path = f"{_BOOKS}/{target.book_id}"
        if move.is_of_other and target.known.reach > move.known.reach:
            self._exchange.send(f"{path}/read-progress", headers=self._headers, method="DELETE")
            target = replace(target, known=target.known.with_progress_of(Known()))
        progress, fields = _progress(move.known, target), _fields(move, target)
        if progress is not None:
            self._patch(f"{path}/read-progress", progress)
        if fields:
            self._patch(f"{path}/metadata", fields)
        if progress is None and not fields and target is move.target:
            return True
        again = self._book(self._json(path), Around())
        return _progress(move.known, again) is None and not _fields(move, again)

    def enlist(self, moves: Sequence[Move]) -> None:
        """See Client."""
        books = [
            Successor(each.former_id, each.target.book_id, each.known.lists, each.is_of_other)
            for each in moves
            if each.former_id is not None
        ]
        self._succeed(_READ_LISTS, books)
        self._succeed(_COLLECTIONS, self._series_after(moves))

    def close(self) -> None:
        """See Client."""
        self._exchange.close()

    # --- lists and series ------------------------------------------------------------------------

    def _succeed(self, lists: str, successors: Sequence[Successor]) -> None:
        if not successors:
            return
        field = _MEMBERS[lists]
        known = {each["id"]: each for each in self._lists(lists)}
        names = {list_id: each["name"] for list_id, each in known.items()}
        new = [found_again(each, names) for each in successors]
        wanted = {
            list_id: members
            for list_id, each in known.items()
            if (members := succeeded(list_id, each[field], new)) != each[field]
        }
        for list_id, members in wanted.items():
            self._patch(f"{lists}/{list_id}", {field: members})
        for name, members in vanished(new, names).items():
            body = {"name": name, "ordered": True, field: members}
            summary = {"summary": ""} if lists == _READ_LISTS else {}
            self._exchange.send(lists, headers=self._headers, body={**body, **summary})
        if wanted:
            now = {each["id"]: each[field] for each in self._lists(lists)}
            if any(now.get(list_id) != members for list_id, members in wanted.items()):
                raise SourceFailed(f"{self._exchange.name} has not kept a list as it was set.")

    def _series_after(self, moves: Sequence[Move]) -> list[Successor]:
        """Return the series that have replaced others as a whole, with their fields set."""
        known = {each.known.series_id: each for each in reversed(moves)}
        successors = []
        for former_id, move in known.items():
            new_id = move.target.known.series_id
            cared_for = move.known.series_locked or move.known.series_lists
            if former_id in ("", new_id) or not cared_for or self._lives(former_id):
                continue
            there = self._series(new_id)
            locked = {n: v for n, v in move.known.series_locked.items() if n not in there}
            if locked:
                self._patch(f"{_SERIES}/{new_id}/metadata", lock(locked))
            successors.append(Successor(former_id, new_id, move.known.series_lists))
        return successors

    def _lives(self, series_id: str) -> bool:
        try:
            value = self._json(f"{_SERIES}/{series_id}")
        except UnusableAnswer:
            return False
        return isinstance(value, dict) and value.get("deleted") is not True

    def _series(self, series_id: str) -> Mapping[str, Any]:
        """Return the locked fields of a series."""
        match self._json(f"{_SERIES}/{series_id}"):
            case {"metadata": {**metadata}}:
                return locked_of(metadata)
        raise self._exchange.unusable()

    def _series_locked(self) -> dict[str, Mapping[str, Any]]:
        locked: dict[str, Mapping[str, Any]] = {}
        for values in self._pages(f"{_SERIES}/list"):
            for each in values:
                match each:
                    case {"id": str(series_id), "metadata": {**metadata}}:
                        fields = locked_of(metadata)
                        if fields:
                            locked[series_id] = fields
                    case _:
                        raise self._exchange.unusable()
        return locked

    def _lists(self, lists: str) -> list[Any]:
        value = self._json(lists, query=(("unpaged", "true"),))
        match value:
            case {"content": [*content]}:
                return content
        raise self._exchange.unusable()

    # --- requests --------------------------------------------------------------------------------

    def _pages(self, path: str) -> Iterator[list[Any]]:
        number = 0
        while True:
            query = (("page", str(number)), ("size", str(PAGE)), ("sort", "createdDate,asc"))
            value = self._json(path, query=query, body={})
            match value:
                case {"content": [*content], "last": bool(is_last)}:
                    yield content
                case _:
                    raise self._exchange.unusable()
            if is_last:
                return
            number += 1

    def _book(self, value: Any, around: Around) -> ServerBook:
        book = book_of(value, around, self._address)
        if book is None:
            raise self._exchange.unusable()
        return book

    def _library(self, value: Any) -> ServerLibrary:
        match value:
            case {"id": str(library_id), "name": str(name), "root": str(root)}:
                folders = (root,) if root else ()
                return ServerLibrary(library_id, name, folders, value.get("hashFiles") is not False)
        raise self._exchange.unusable()

    def _patch(self, path: str, body: Mapping[str, Any]) -> None:
        self._exchange.send(path, headers=self._headers, body=dict(body), method="PATCH")

    def _json(self, path: str, **about: Any) -> Any:
        return self._exchange.json(path, headers=self._headers, **about)


def _fields(move: Move, target: ServerBook) -> dict[str, Any]:
    """Return what sets and locks the fields that a book lacks; those of another are unlocked."""
    if move.former_id is None:
        return {}
    wanted, there = move.known.locked, target.known.locked
    lacking = {name: value for name, value in wanted.items() if there.get(name, ...) != value}
    foreign = [name for name in there if move.is_of_other and name not in wanted]
    return {**lock(lacking), **unlock(foreign)}


def _progress(known: Known, target: ServerBook) -> dict[str, Any] | None:
    """Return what sets the progress of a book, None if it has been read as far already.

    The page that one has come to may not be the last one: that would mean read to the end.
    """
    if known.is_read:
        return None if target.known.is_read else {"completed": True}
    page = min(known.page, max(target.pages - 1, 1))
    if target.known.is_read or target.known.page >= page:
        return None
    return {"page": page, "completed": False}

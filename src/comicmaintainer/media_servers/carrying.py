"""Carries progress, read lists, collections and locked fields over to the books after a change.

    read all books → find the book that each comic is now → set what differs → read it back →
    put it into its lists → forget the carry

Every step may be repeated: after a crash the carries are still there, and what is set already is
left alone. A book that was read further meanwhile keeps that.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from comicmaintainer.database import Database
from comicmaintainer.errors import UnusableAnswer
from comicmaintainer.media_servers.book_model import Move, ServerBook
from comicmaintainer.media_servers.book_store import BookStore
from comicmaintainer.media_servers.carry_store import (
    NOT_FOUND,
    NOT_HASHED,
    NOT_READY,
    Carry,
    CarryStore,
)
from comicmaintainer.media_servers.client import Client
from comicmaintainer.media_servers.model import MediaServer, ProgressMode
from comicmaintainer.texts.current import marked

logger = logging.getLogger(__name__)

AT_ONCE = 100
NOT_KEPT = marked("The server has not kept what was set.")
OUTSIDE = marked("It lies in no library of the server.")
UNREADABLE = marked("The server can't read the file.")
Beat = Callable[[], bool]
"""Renews the lease; False if another process has it."""


class LeaseGone(Exception):
    """Another process does the work of this one."""


@dataclass(slots=True)
class _Seen:
    """The books of one reading that carries are about, and the number of the reading."""

    reading: int
    owners: dict[str, int] = field(default_factory=dict)
    """By book, the carry of the comic that it was."""
    by_path: dict[str, ServerBook] = field(default_factory=dict)
    by_id: dict[str, ServerBook] = field(default_factory=dict)
    gone_at: dict[str, ServerBook] = field(default_factory=dict)


class Carrying:
    """Reads what a server knows, and carries over what waits. Used by the bridge."""

    def __init__(self, database: Database, *, now: Callable[[], float]) -> None:
        self._books = BookStore(database)
        self._carries = CarryStore(database)
        self._now = now

    def round(self, server: MediaServer, client: Client, beat: Beat) -> bool:
        """Read all books of a server and carry over what can be; return whether that was all.

        What is in no library of the server is kept in case it comes back.

        Raises:
            SourceError: the server gave no answer.
            LeaseGone: another process has taken over.
        """
        self._carries.give_up_old(server.server_id, self._now())
        seen, carries = self._read(server, client, self._carries.waiting(server.server_id), beat)
        libraries = client.libraries()
        shown = [
            each
            for each in carries
            if any(library.has(server.path_map.there(each.path)) for library in libraries)
        ]
        outside = [(each, OUTSIDE) for each in carries if each not in shown]
        is_ordered = server.progress is ProgressMode.ORDERED
        kept, left = self._set(client, shown, seen, beat, is_ordered=is_ordered)
        # All at once: the places in a list count from its beginning.
        client.enlist([move for _, move in kept])
        for start in range(0, len(kept), AT_ONCE):
            some = kept[start : start + AT_ONCE]
            self._carries.done([carry for carry, _ in some])
            books = [(carry.path, replace(move.target, known=move.known)) for carry, move in some]
            self._books.put(server.server_id, seen.reading, books)
            _require(beat)
        self._carries.failed([*left, *outside])
        return not left

    def _read(
        self, server: MediaServer, client: Client, carries: Sequence[Carry], beat: Beat
    ) -> tuple[_Seen, Sequence[Carry]]:
        began_at = self._now()
        reading = self._books.begin(server.server_id)
        paths = {path for each in carries for path in (each.path, each.origin)}
        ids = {each.book_id for each in carries}
        owners = {each.book_id: each.carry_id for each in carries if each.book_id is not None}
        seen = _Seen(reading, owners)
        for books in client.books():
            placed = [(server.path_map.here(book.path), book) for book in books]
            for path, book in placed:
                if book.book_id in ids:
                    seen.by_id[book.book_id] = book
                if path in paths:
                    (seen.gone_at if book.is_gone else seen.by_path)[path] = book
            living = [(path, book) for path, book in placed if not book.is_gone]
            self._books.put(server.server_id, reading, living)
            _require(beat)
        learned = {each.carry_id: each for each in _learned(carries, seen)}
        self._carries.learn(learned.values())
        seen.owners |= {each.book_id: n for n, each in learned.items() if each.book_id is not None}
        self._books.finish(server.server_id, reading, began_at)
        return seen, [learned.get(each.carry_id, each) for each in carries]

    def _set(
        self,
        client: Client,
        carries: Sequence[Carry],
        seen: _Seen,
        beat: Beat,
        *,
        is_ordered: bool,
    ) -> tuple[list[tuple[Carry, Move]], list[tuple[Carry, str]]]:
        """Set what books lack; return what holds now, and what is left, with the reasons."""
        kept: list[tuple[Carry, Move]] = []
        left: list[tuple[Carry, str]] = []
        for number, carry in enumerate(carries):
            if number % AT_ONCE == 0:
                _require(beat)
            target = seen.by_path.get(carry.path)
            problem = _problem(carry, target, is_ordered=is_ordered)
            if target is None or problem is not None:
                left.append((carry, problem or NOT_FOUND))
                continue
            move = _move(carry, target, seen)
            try:
                is_kept = client.carry(move)
            except UnusableAnswer as error:
                left.append((carry, error.message))
                continue
            if is_kept:
                kept.append((carry, move))
            else:
                left.append((carry, NOT_KEPT))
        return kept, left


def _learned(carries: Sequence[Carry], seen: _Seen) -> Iterator[Carry]:
    """Yield carries of which nothing was known, if the server has not seen their changes yet."""
    for each in carries:
        former = seen.by_path.get(each.origin)
        if each.book_id is not None or former is None:
            continue
        if each.path == each.origin or each.path not in seen.by_path:
            yield replace(each, book_id=former.book_id, known=former.known)


def _problem(carry: Carry, target: ServerBook | None, *, is_ordered: bool) -> str | None:
    """Return why nothing can be carried over to a book yet, or None.

    If it `is_ordered`, the server must be able to recognise the book by its contents as well.
    """
    if target is None:
        return NOT_FOUND
    if target.is_unreadable:
        return UNREADABLE
    if not target.is_ready:
        return NOT_READY
    if target.size_bytes is not None:
        with suppress(OSError):  # the file may be on another host
            if Path(carry.path).stat().st_size != target.size_bytes:
                return NOT_READY
    return NOT_HASHED if is_ordered and not target.is_hashed else None


def _move(carry: Carry, target: ServerBook, seen: _Seen) -> Move:
    """Return what is to hold of the book that a comic is now."""
    former = seen.by_id.get(carry.book_id) if carry.book_id else seen.gone_at.get(carry.origin)
    known = carry.known
    if former is not None and former.is_gone and former.book_id != target.book_id:
        # Nobody reads in a book of the trash any more: what it says is the newest.
        known = former.known if known is None else known.with_progress_of(former.known)
    if known is None:
        known = target.known  # nothing was known of it, and nothing is found
    is_of_other = seen.owners.get(target.book_id, carry.carry_id) != carry.carry_id
    if known.reach < target.known.reach and not is_of_other:
        known = known.with_progress_of(target.known)
    former_id = carry.book_id or (None if former is None else former.book_id)
    former_id = None if former_id == target.book_id else former_id
    return Move(former_id, known, target, is_of_other)


def _require(beat: Beat) -> None:
    if not beat():
        raise LeaseGone

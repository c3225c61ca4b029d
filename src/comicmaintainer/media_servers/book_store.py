"""What was read of the books of servers, as stored rows (SQL only).

A reading replaces the one before. It leaves out books that are being carried: what the server still
shows of them is already on its way (see carry_store). Times are UTC epoch seconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from comicmaintainer.database import Database, Transaction, Turn
from comicmaintainer.database.stored_values import known_member
from comicmaintainer.media_servers.book_model import ReadStatus, ServerBook

_DELETED_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class ShownBook:
    """What a server says of a comic: its page there, and how far it was read."""

    server_id: int
    server: str
    kind: str
    status: ReadStatus
    link: str


class BookStore:
    """SQL of the table `server_books`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, server_id: int) -> int:
        """Return the number of a new reading."""
        with self._database.transaction(Turn.ROWS) as transaction:
            number: int = transaction.value(
                "UPDATE media_servers SET reading = reading + 1 WHERE server_id = ?"
                " RETURNING reading",
                (server_id,),
            )
        return number

    def put(self, server_id: int, reading: int, books: Sequence[tuple[str, ServerBook]]) -> None:
        """Store books by our paths as part of a reading."""
        with self._database.transaction(Turn.ROWS) as transaction:
            _put(transaction, server_id, reading, books)

    def finish(self, server_id: int, reading: int, began_at: float) -> None:
        """Forget the books that a reading has not found; what waited for it goes on."""
        while True:
            with self._database.transaction(Turn.ROWS) as transaction:
                deleted = transaction.execute(
                    "DELETE FROM server_books WHERE server_id = ?1 AND path IN (SELECT path"
                    " FROM server_books WHERE server_id = ?1 AND reading < ?2 LIMIT ?3)",
                    (server_id, reading, _DELETED_AT_ONCE),
                )
            if deleted < _DELETED_AT_ONCE:
                break
        with self._database.transaction(Turn.ROWS) as transaction:
            transaction.execute(
                "UPDATE media_servers SET known_at = ?, wanted_at = NULL WHERE server_id = ?",
                (began_at, server_id),
            )

    def at(self, path: str) -> list[ShownBook]:
        """Return what the servers that are switched on say of a comic, by their names."""
        rows = self._database.rows(
            "SELECT one.server_id, name, kind, status, link FROM server_books AS book"
            " JOIN media_servers AS one USING (server_id)"
            " WHERE book.path = ? AND one.enabled = 1 ORDER BY name",
            (path,),
        )
        return [
            ShownBook(
                row["server_id"],
                row["name"],
                row["kind"],
                known_member(ReadStatus, row["status"], ReadStatus.UNREAD),
                row["link"],
            )
            for row in rows
        ]


def _put(
    transaction: Transaction,
    server_id: int,
    reading: int,
    books: Iterable[tuple[str, ServerBook]],
) -> None:
    carried = {
        row["book_id"]
        for row in transaction.rows(
            "SELECT book_id FROM server_carries WHERE server_id = ? AND book_id IN"
            " (SELECT value FROM json_each(?))",
            (server_id, json.dumps([book.book_id for _, book in books])),
        )
    }
    transaction.execute_many(
        "INSERT INTO server_books (server_id, path, book_id, status, known, link, reading)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (server_id, path) DO UPDATE SET"
        " book_id = excluded.book_id, status = excluded.status, known = excluded.known,"
        " link = excluded.link, reading = excluded.reading",
        [
            (
                server_id,
                path,
                book.book_id,
                book.known.status,
                book.known.to_json(),
                book.link,
                reading,
            )
            for path, book in books
            if book.book_id not in carried
        ],
    )

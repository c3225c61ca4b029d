"""What is carried over from books before a change to books after it, as stored rows (SQL only).

Rows are made and moved by triggers, in the transactions of the journal (see the schema): with the
intent of a change, before the file is touched. An undo has no intent of its own, so `hold` does the
same for it. Times are UTC epoch seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from comicmaintainer.database import Database, Row, Turn
from comicmaintainer.media_servers.book_model import Known
from comicmaintainer.texts.current import marked

GIVEN_UP_AFTER_S = 30 * 86400.0
"""Until then a deleted comic can come back from the trash."""
NOT_FOUND = marked("The server does not show it yet.")
NOT_READY = marked("The server has not read the file yet.")
NOT_HASHED = marked("The server has not computed its hash yet.")
NOT_SEEN = (NOT_FOUND, NOT_READY, NOT_HASHED)
"""Why a comic is not carried over yet if the server has not seen its last change."""
HIDDEN = "/.comicmaintainer/"
"""In such a folder lies the trash, which no server is to see."""


@dataclass(frozen=True, slots=True)
class Carry:
    """What a server knew of the comic that is now at `path`.

    It saw it at `origin`, as the book `book_id`; both may be unknown, since the server was away.
    """

    carry_id: int
    path: str
    origin: str
    book_id: str | None
    known: Known | None
    tries: int


class CarryStore:
    """SQL of the table `server_carries`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def hold(self, change_id: int, path: str, now: float) -> None:
        """Note what servers know of the file at `path`, before an applied change is undone.

        What is held for the change already stays: another file may have got the path meanwhile.
        """
        with self._database.transaction(Turn.LIBRARY) as transaction:
            transaction.execute(
                "INSERT INTO server_carries (server_id, path, origin, book_id, known, since)"
                " SELECT one.server_id, ?1, ?1, book.book_id, book.known, ?2"
                " FROM media_servers AS one LEFT JOIN server_books AS book"
                "  ON book.server_id = one.server_id AND book.path = ?1"
                " WHERE one.enabled = 1 AND one.progress <> 'off' AND NOT EXISTS ("
                "  SELECT 1 FROM server_carries AS other WHERE other.server_id = one.server_id"
                "  AND (other.holder = ?3 OR (other.path = ?1 AND other.holder IS NULL)))",
                (path, now, change_id),
            )
            transaction.execute(
                "UPDATE server_carries SET holder = ?1 WHERE path = ?2 AND holder IS NULL"
                " AND NOT EXISTS (SELECT 1 FROM server_carries WHERE holder = ?1)",
                (change_id, path),
            )

    def waiting(self, server_id: int) -> list[Carry]:
        """Return what can be carried over to the books of a server, the oldest first.

        It can't while its change is under way, or while it lies in the trash.
        """
        rows = self._database.rows(
            "SELECT carry_id, path, origin, book_id, known, tries FROM server_carries AS one"
            " WHERE server_id = ? AND path NOT LIKE ? AND NOT EXISTS ("
            "  SELECT 1 FROM changes WHERE change_id = one.holder AND state = 'planned')"
            " ORDER BY carry_id",
            (server_id, f"%{HIDDEN}%"),
        )
        return [_carry(row) for row in rows]

    def is_waiting(self, server_id: int) -> bool:
        """Return whether anything waits to be carried over, and is not in the trash."""
        row = self._database.row(
            "SELECT 1 FROM server_carries WHERE server_id = ? AND path NOT LIKE ? LIMIT 1",
            (server_id, f"%{HIDDEN}%"),
        )
        return row is not None

    def counts(self) -> dict[int, int]:
        """Return how many comics wait for each server, without those in the trash."""
        rows = self._database.rows(
            "SELECT server_id, count(*) AS comics FROM server_carries WHERE path NOT LIKE ?"
            " GROUP BY server_id",
            (f"%{HIDDEN}%",),
        )
        return {row["server_id"]: row["comics"] for row in rows}

    def learn(self, carries: Iterable[Carry]) -> None:
        """Store what a server says now of comics that were changed while it was away."""
        with self._database.transaction(Turn.ROWS) as transaction:
            transaction.execute_many(
                "UPDATE server_carries SET book_id = ?, known = ?"
                " WHERE carry_id = ? AND book_id IS NULL AND origin = ?",
                [
                    (
                        each.book_id,
                        None if each.known is None else each.known.to_json(),
                        each.carry_id,
                        each.origin,
                    )
                    for each in carries
                ],
            )

    def done(self, carries: Iterable[Carry]) -> None:
        """Forget what is carried over, unless another change has taken it along meanwhile."""
        with self._database.transaction(Turn.ROWS) as transaction:
            transaction.execute_many(
                "DELETE FROM server_carries WHERE carry_id = ? AND path = ? AND (holder IS NULL OR"
                " holder NOT IN (SELECT change_id FROM changes WHERE state = 'planned'))",
                [(each.carry_id, each.path) for each in carries],
            )

    def failed(self, carries: Sequence[tuple[Carry, str]]) -> None:
        """Note what could not be carried over this time, and why."""
        with self._database.transaction(Turn.ROWS) as transaction:
            transaction.execute_many(
                "UPDATE server_carries SET tries = tries + 1, problem = ? WHERE carry_id = ?",
                [(problem, each.carry_id) for each, problem in carries],
            )

    def give_up_old(self, server_id: int, now: float) -> int:
        """Forget what has waited for too long; return how many."""
        with self._database.transaction(Turn.ROWS) as transaction:
            return transaction.execute(
                "DELETE FROM server_carries WHERE server_id = ? AND since < ?",
                (server_id, now - GIVEN_UP_AFTER_S),
            )

    def problems(self, server_id: int, limit: int = 20) -> list[tuple[str, str]]:
        """Return paths with what keeps them from being carried over, the oldest first."""
        rows = self._database.rows(
            "SELECT path, problem FROM server_carries WHERE server_id = ? AND problem IS NOT NULL"
            " ORDER BY carry_id LIMIT ?",
            (server_id, limit),
        )
        return [(row["path"], row["problem"]) for row in rows]


def _carry(row: Row) -> Carry:
    known = row["known"]
    return Carry(
        row["carry_id"],
        row["path"],
        row["origin"],
        row["book_id"],
        None if known is None else Known.from_json(known),
        row["tries"],
    )

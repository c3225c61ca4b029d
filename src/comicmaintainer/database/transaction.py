"""One write transaction: the only way to change the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from comicmaintainer.database.interface import Dialect

Parameters = Sequence[Any] | Mapping[str, Any]


class Transaction:
    """What the block of `Database.transaction()` works with; all of it is written, or nothing."""

    __slots__ = ("_connection", "_endings", "dialect")

    def __init__(
        self,
        connection: Any,
        dialect: Dialect,
        endings: list[tuple[str, Parameters]] | None = None,
    ) -> None:
        self._connection = connection
        self._endings = endings
        self.dialect = dialect

    def execute(self, sql: str, parameters: Parameters = ()) -> int:
        """Run one statement and return how many rows it changed."""
        count: int = self._connection.execute(sql, parameters).rowcount
        return count

    def execute_many(self, sql: str, rows: Iterable[Parameters]) -> int:
        """Run one statement for each of `rows` and return the total of changed rows."""
        count: int = self._connection.executemany(sql, rows).rowcount
        return count

    def at_end(self, sql: str, parameters: Parameters = ()) -> None:
        """Run a statement of which nothing is asked, right before the commit.

        A server gets it in one message with the commit, so that what it locks is not held while
        the two talk to each other. On SQLite, where a writer has the whole database, it runs at
        once.
        """
        if self._endings is None:
            self._connection.execute(sql, parameters)
        else:
            self._endings.append((sql, parameters))

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Any]:
        """Run one statement and return its rows (also those of RETURNING)."""
        rows: list[Any] = self._connection.execute(sql, parameters).fetchall()
        return rows

    def row(self, sql: str, parameters: Parameters = ()) -> Any | None:
        """Run one statement and return its first row, or None."""
        return self._connection.execute(sql, parameters).fetchone()

    def value(self, sql: str, parameters: Parameters = ()) -> Any:
        """Run one statement that returns exactly one row of one column, and return that value."""
        return self._connection.execute(sql, parameters).fetchone()[0]

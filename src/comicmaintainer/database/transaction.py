"""One write transaction: the only thing through which SQL changes anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Parameters = Sequence[Any] | Mapping[str, Any]


class Transaction:
    """The inside of `Database.transaction()`; everything in it happens, or nothing."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def execute(self, sql: str, parameters: Parameters = ()) -> int:
        """Run one statement and return how many rows it changed."""
        count: int = self._connection.execute(sql, parameters).rowcount
        return count

    def execute_many(self, sql: str, rows: Iterable[Parameters]) -> int:
        """Run one statement for each of `rows` and return how many rows were changed in all."""
        count: int = self._connection.executemany(sql, rows).rowcount
        return count

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Any]:
        """Run one statement and return its rows (also those of RETURNING)."""
        found: list[Any] = self._connection.execute(sql, parameters).fetchall()
        return found

    def row(self, sql: str, parameters: Parameters = ()) -> Any | None:
        """Run one statement and return its first row, or None."""
        return self._connection.execute(sql, parameters).fetchone()

    def value(self, sql: str, parameters: Parameters = ()) -> Any:
        """Run one statement that gives exactly one row of one column, and return that value."""
        return self._connection.execute(sql, parameters).fetchone()[0]

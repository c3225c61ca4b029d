"""What a database of this product offers to the stores, whichever it is.

Stores receive a `Database` and send SQL in the subset that SQLite and PostgreSQL both read. What
differs nevertheless stands in `Dialect`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from comicmaintainer.database.transaction import Parameters, Transaction

Row = Any
"""A row that can be read by column name or position."""


class Dialect(Protocol):
    """The pieces of SQL that differ between the databases."""

    def among_numbers(self, values: Iterable[int]) -> tuple[str, Any]:
        """Return what follows IN for any number of integers, and its one parameter."""


class Database(ABC):
    """A database that all processes of the service share."""

    name: str
    """What it is called in messages: its path, or its address without a password."""
    local_folder: Path
    """Where the processes of this host keep the files that only they share."""
    dialect: Dialect

    @abstractmethod
    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """Run a query and return all its rows."""

    @abstractmethod
    def row(self, sql: str, parameters: Parameters = ()) -> Row | None:
        """Run a query and return its first row, or None."""

    @abstractmethod
    def value(self, sql: str, parameters: Parameters = ()) -> Any:
        """Run a query that returns exactly one row of one column, and return that value."""

    @abstractmethod
    def snapshot(self) -> AbstractContextManager[None]:
        """Let all reads of this thread inside the block see the same state. Keep it short."""

    @abstractmethod
    def data_version(self) -> int:
        """Return a number that changes when another connection commits."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[Transaction]:
        """Run the block as one write transaction, committed (and on disk) when it ends.

        Raises:
            DatabaseError: or a subclass; then nothing of the block was written.
        """

    @abstractmethod
    def now(self) -> float:
        """Return the time that all hosts agree on (UTC epoch seconds)."""

    @abstractmethod
    def close(self) -> None:
        """Close what this thread holds; the next use opens it again."""

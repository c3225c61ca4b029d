"""What a database of this product offers to the stores, whichever it is.

Stores receive a `Database` and send SQL in the subset that SQLite and PostgreSQL both read. What
differs nevertheless stands in `Dialect`.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from comicmaintainer.database.transaction import Parameters, Transaction
from comicmaintainer.database.turns import Turn
from comicmaintainer.filesystem.lock_holders import Holder

Row = Any
"""A row that can be read by column name or position."""


class Dialect(Protocol):
    """What stores need of a database beyond statements that both read."""

    locks_rows: bool
    """Whether writers with `Turn.ROWS` work at once, and statements can skip locked rows."""

    search_is_ordered: bool
    """Whether the search index yields its matches in the order of its rows, without sorting."""

    def some_rows(self, table: str, key: str, condition: str) -> str:
        """Return a condition for those rows of a table that a query of it finds.

        `condition` follows WHERE in that query, and may limit it. It is run once, whatever a
        planner believes of the table. `key` are the columns that tell the rows from each other.
        """

    def take_name(self, transaction: Transaction, name: str) -> bool:
        """Take a name until the transaction ends; return False if another one has it."""

    def merge_search(self, transaction: Transaction, pages: int) -> bool:
        """Merge a part of the search index, about `pages` of it; return whether more is left.

        A negative number begins to merge it into one piece.
        """

    def first_of_new_ids(
        self, transaction: Transaction, table: str, column: str, count: int
    ) -> int:
        """Return the first of `count` ids that no row of the table ever had.

        The rows are inserted with them in the same transaction.
        """


@dataclass(frozen=True, slots=True)
class Server:
    """What can be known of the server that has a database; `settings` are as it shows them."""

    version: str
    round_trip_s: float
    settings: Mapping[str, str]


class Database(ABC):
    """A database that all processes of the service share."""

    name: str
    """What it is called in messages: its path, or its address without a password."""
    host: str
    """What this host is called among those that use it."""
    is_shared: bool
    """Whether other hosts may use it."""
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
    def transaction(self, turn: Turn = Turn.ALL) -> AbstractContextManager[Transaction]:
        """Run the block as one write transaction, committed (and on disk) when it ends.

        `turn` says what nobody else may write meanwhile, which the stores rely on.

        Raises:
            DatabaseError: or a subclass; then nothing of the block was written.
        """

    @abstractmethod
    def now(self) -> float:
        """Return the time that all hosts agree on (UTC epoch seconds)."""

    @abstractmethod
    def close(self) -> None:
        """Close what this thread holds; the next use opens it again."""

    # --- what it is ------------------------------------------------------------------------------

    @abstractmethod
    def tables(self) -> list[str]:
        """Return the names of its tables in alphabetical order, without the search index's own."""

    @abstractmethod
    def schema_version(self) -> int:
        """Return the number of the last step of the schema that was carried out."""

    @abstractmethod
    def missing_parts(self) -> list[str]:
        """Return the columns and indexes of its schema that it lacks, sorted."""

    @abstractmethod
    def size_bytes(self) -> int:
        """Return how much of a disk it takes."""

    @abstractmethod
    def alone(self, name: str) -> AbstractContextManager[bool]:
        """Yield whether nobody else is in such a block of this name; hold it until the end."""

    def server(self) -> Server | None:
        """Return what is known of its server; None for a file."""
        return None

    def serving_for_s(self) -> float:
        """Return for how long it has been answering, in seconds; infinite for a file.

        Nobody could send a heartbeat before.
        """
        return math.inf

    def longest_wait_s(self) -> float:
        """Return the longest present wait of this process for a turn to write, if it is known."""
        return 0.0

    def holders(self) -> list[Holder]:
        """Return the processes of this host that keep writers waiting, as far as they are known."""
        return []

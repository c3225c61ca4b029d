"""Files during which worker processes ended, and how often (SQL only).

Used by suspects.py. A row applies to the file with this size and time, and is deleted when the file
was read without harm. Times are UTC epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

from comicmaintainer.database import Database, Transaction, Turn


@dataclass(frozen=True, slots=True)
class Suspect:
    """A file that was being read, alone or beside others, when a worker ended."""

    path: str
    size_bytes: int
    mtime_ns: int
    endings: int


class SuspectStore:
    """SQL of the `suspects` table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Suspect]:
        """Return all rows."""
        rows = self._database.rows(
            "SELECT path, size_bytes, mtime_ns, endings FROM suspects ORDER BY path"
        )
        return [Suspect(**dict(row)) for row in rows]

    @staticmethod
    def count(
        transaction: Transaction, path: str, size_bytes: int, mtime_ns: int, now_at: float
    ) -> Suspect:
        """Count one more ending at this file; start again if the file has changed."""
        row = transaction.rows(
            "INSERT INTO suspects (path, size_bytes, mtime_ns, endings, noted_at) "
            "VALUES (?1, ?2, ?3, 1, ?4) ON CONFLICT (path) DO UPDATE SET "
            "endings = iif(suspects.size_bytes = ?2 AND suspects.mtime_ns = ?3,"
            " suspects.endings + 1, 1), "
            "size_bytes = ?2, mtime_ns = ?3, noted_at = ?4 RETURNING endings",
            (path, size_bytes, mtime_ns, now_at),
        )[0]
        return Suspect(path, size_bytes, mtime_ns, int(row["endings"]))

    def forget(self, path: str) -> None:
        """Delete the row of a file that did no harm."""
        with self._database.transaction(Turn.LIBRARY) as transaction:
            transaction.execute("DELETE FROM suspects WHERE path = ?", (path,))

"""Files during which worker processes ended, and how often (SQL only).

Used by suspects.py. A row applies to the file with this size and time, and is deleted when the file
was read without harm. It is the row of all hosts. Times are UTC epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

from comicmaintainer.database import Database, Row, Transaction, Turn
from comicmaintainer.filesystem.identity import FileIdentity

_COLUMNS = "path, size_bytes, mtime_ns, endings"


@dataclass(frozen=True, slots=True)
class Suspect:
    """A file that was being read, alone or beside others, when a worker ended."""

    path: str
    size_bytes: int
    mtime_ns: int
    endings: int

    def is_of(self, found: FileIdentity) -> bool:
        """Whether the file that was found now is the one at which workers ended."""
        return FileIdentity(0, 0, self.size_bytes, self.mtime_ns).looks_like(found)


class SuspectStore:
    """SQL of the `suspects` table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Suspect]:
        """Return all rows."""
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM suspects ORDER BY path")
        return [_suspect(row) for row in rows]

    @staticmethod
    def count(transaction: Transaction, path: str, found: FileIdentity, now_at: float) -> Suspect:
        """Count one more ending at this file; start again if the file has changed."""
        row = transaction.row(f"SELECT {_COLUMNS} FROM suspects WHERE path = ?", (path,))
        before = None if row is None else _suspect(row)
        endings = before.endings if before is not None and before.is_of(found) else 0
        suspect = Suspect(path, found.size_bytes, found.mtime_ns, endings + 1)
        transaction.execute(
            "INSERT INTO suspects (path, size_bytes, mtime_ns, endings, noted_at)"
            " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (path) DO UPDATE SET"
            " size_bytes = ?2, mtime_ns = ?3, endings = ?4, noted_at = ?5",
            (path, suspect.size_bytes, suspect.mtime_ns, suspect.endings, now_at),
        )
        return suspect

    def forget(self, path: str) -> None:
        """Delete the row of a file that did no harm."""
        with self._database.transaction(Turn.LIBRARY) as transaction:
            transaction.execute("DELETE FROM suspects WHERE path = ?", (path,))


def _suspect(row: Row) -> Suspect:
    return Suspect(row["path"], row["size_bytes"], row["mtime_ns"], row["endings"])

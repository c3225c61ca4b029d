"""Files that were found and wait for the job that will process them (SQL only).

The watcher notes a file here before it is catalogued and takes it out once its job is stored, so
that a crash in between forgets nobody.
"""

from __future__ import annotations

from collections.abc import Iterable

from comicmaintainer.database import Database


class Awaited:
    """SQL of the `awaited_files` table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[str]:
        """Return the absolute paths that wait."""
        rows = self._database.rows("SELECT path FROM awaited_files ORDER BY path")
        return [row["path"] for row in rows]

    def add(self, paths: Iterable[str]) -> None:
        """Note files; one that waits already is noted once."""
        self._write("INSERT INTO awaited_files (path) VALUES (?) ON CONFLICT DO NOTHING", paths)

    def remove(self, paths: Iterable[str]) -> None:
        """Take files out; one that does not wait is passed over."""
        self._write("DELETE FROM awaited_files WHERE path = ?", paths)

    def _write(self, sql: str, paths: Iterable[str]) -> None:
        rows = [(path,) for path in paths]
        if rows:
            with self._database.transaction() as transaction:
                transaction.execute_many(sql, rows)

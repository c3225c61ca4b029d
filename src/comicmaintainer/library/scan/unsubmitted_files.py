"""New files that wait for a job to process them (SQL only).

The watcher, and a requested scan, note each new file here before it is catalogued. The watcher
removes it once its job is stored, so that neither a crash in between nor an earlier scan causes it
to be forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable

from comicmaintainer.database import Database, Turn


class AwaitedFiles:
    """SQL of the `awaited_files` table.

    With `existing_too`, files that existed before their folder was first seen wait as well.
    """

    def __init__(self, database: Database, *, existing_too: bool = False) -> None:
        self._database = database
        self._existing_too = existing_too

    def since(self, number: int) -> tuple[list[str], int]:
        """Return the absolute paths noted after `number`, and the number of the last."""
        rows = self._database.rows(
            "SELECT number, path FROM awaited_files WHERE number > ? ORDER BY number", (number,)
        )
        return [row["path"] for row in rows], rows[-1]["number"] if rows else number

    def wants(self, *, were_there: bool) -> bool:
        """Whether files found by a scan wait; those that existed before may not."""
        return self._existing_too or not were_there

    def note_new(self, paths: Iterable[str], were_there: bool) -> None:
        """Note files found by a scan, if they wait."""
        if self.wants(were_there=were_there):
            self.add(paths)

    def add(self, paths: Iterable[str]) -> None:
        """Note files; those that already wait stay."""
        self._write("INSERT INTO awaited_files (path) VALUES (?) ON CONFLICT DO NOTHING", paths)

    def remove(self, paths: Iterable[str]) -> None:
        """Remove files; those that do not wait are ignored."""
        self._write("DELETE FROM awaited_files WHERE path = ?", paths)

    def _write(self, sql: str, paths: Iterable[str]) -> None:
        rows = [(path,) for path in paths]
        if rows:
            with self._database.transaction(Turn.LIBRARY) as transaction:
                transaction.execute_many(sql, rows)

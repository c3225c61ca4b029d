"""New files that wait for the job that will process them (SQL only).

Whoever finds a new file notes it here before it is catalogued: the watcher, and a scan that was
asked for. The watcher takes it out once its job is stored, so that neither a crash in between nor
a scan that came first makes it forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable

from comicmaintainer.database import Database


class Awaited:
    """SQL of the `awaited_files` table.

    With `existing_too`, files that were there before their folder was first seen wait as well.
    """

    def __init__(self, database: Database, *, existing_too: bool = False) -> None:
        self._database = database
        self._existing_too = existing_too

    def since(self, number: int) -> tuple[list[str], int]:
        """Return the absolute paths that were noted after `number`, and the number of the last."""
        rows = self._database.rows(
            "SELECT number, path FROM awaited_files WHERE number > ? ORDER BY number", (number,)
        )
        return [row["path"] for row in rows], rows[-1]["number"] if rows else number

    def wants(self, *, were_there: bool) -> bool:
        """Tell whether files that a scan found wait: those that lay there before may not."""
        return self._existing_too or not were_there

    def note_new(self, paths: Iterable[str], were_there: bool) -> None:
        """Note files that a scan found, where they are wanted."""
        if self.wants(were_there=were_there):
            self.add(paths)

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

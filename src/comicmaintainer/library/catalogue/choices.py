"""What the library offers to choose from: letters, publishers, and the folders inside a folder.

Each is found by a few steps through an index, from one value to the next different one, so the
number of files does not matter.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from comicmaintainer.database import Database
from comicmaintainer.library.catalogue.folder_order import folders_after
from comicmaintainer.library.catalogue.index_counts import PUBLISHER
from comicmaintainer.library.catalogue.model import CappedCount, FolderEntry

MAX_LETTERS = 64
MAX_PUBLISHERS = 2_000
MAX_FOLDERS = 200
COUNT_CAP = 1_000
_LETTERS = """
    WITH RECURSIVE letters (letter) AS (
        SELECT (SELECT substr(sort_key, 1, 1) FROM files WHERE sort_key >= 'a'
            ORDER BY sort_key LIMIT 1)
        UNION ALL
        SELECT (SELECT substr(sort_key, 1, 1) FROM files WHERE sort_key > letter || char(1114111)
            ORDER BY sort_key LIMIT 1)
        FROM letters WHERE letter IS NOT NULL)
    SELECT letter FROM letters WHERE letter IS NOT NULL LIMIT ?"""
# With a text that is no column, SQLite finds its place in the index of the expression.
_PUBLISHERS = f"""
    WITH RECURSIVE publishers (spelling) AS (
        SELECT (SELECT publisher FROM files WHERE {PUBLISHER} > '' ORDER BY {PUBLISHER} LIMIT 1)
        UNION ALL
        SELECT (SELECT publisher FROM files WHERE {PUBLISHER} > spelling || ''
            ORDER BY {PUBLISHER} LIMIT 1)
        FROM publishers WHERE spelling IS NOT NULL)
    SELECT spelling FROM publishers WHERE spelling IS NOT NULL LIMIT ?"""
_FROM_BELOW = "FROM files f WHERE f.path > each.value || '/' AND f.path < each.value || '0'"
# Stepping over rows is about three times as fast as counting them.
_FOLDERS = f"""
    SELECT each.value AS path,
        (SELECT f.file_id {_FROM_BELOW} ORDER BY f.path LIMIT 1) AS file_id,
        CASE WHEN (SELECT 1 {_FROM_BELOW} ORDER BY f.path LIMIT 1 OFFSET :cap) IS NULL
            THEN (SELECT count(*) {_FROM_BELOW}) END AS files
    FROM json_each(:paths) AS each"""


class Choices:
    """Reads the choices of the catalogue in `database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def letters(self) -> list[str]:
        """Return the first letters of names in the order by series; "#" stands for digits."""
        others = self._database.row("SELECT 1 FROM files WHERE sort_key < 'a' LIMIT 1")
        letters = [] if others is None else ["#"]
        rows = self._database.rows(_LETTERS, (MAX_LETTERS - len(letters),))
        return letters + [row["letter"] for row in rows]

    def publishers(self) -> list[str]:
        """Return the names of publishers, each in one spelling."""
        return [row["spelling"] for row in self._database.rows(_PUBLISHERS, (MAX_PUBLISHERS,))]

    def folders(
        self, parent: str, *, after: str | None = None, limit: int = 100
    ) -> tuple[list[FolderEntry], str | None]:
        """Return folders directly inside another one, by name, and the path to continue after."""
        limit = max(1, min(limit, MAX_FOLDERS))
        found: list[FolderEntry] = []
        while paths := folders_after(self._database, parent, after, limit + 1):
            entries = self._with_comics(paths)
            for path in paths:
                if len(found) == limit:
                    return found, found[-1].path
                if path in entries:
                    found.append(entries[path])
            after = paths[-1]
        return found, None

    def folder(self, path: str) -> FolderEntry | None:
        """Return a folder with its count and its first comic; None if it has none."""
        return self._with_comics([path]).get(path)

    def _with_comics(self, paths: Sequence[str]) -> dict[str, FolderEntry]:
        """Return those of the folders that have comics, by path."""
        rows = self._database.rows(
            _FOLDERS, {"paths": json.dumps(paths, ensure_ascii=False), "cap": COUNT_CAP}
        )
        return {
            row["path"]: FolderEntry(
                row["path"],
                CappedCount(
                    COUNT_CAP if row["files"] is None else row["files"],
                    is_capped=row["files"] is None,
                ),
                row["file_id"],
            )
            for row in rows
            if row["file_id"] is not None
        }

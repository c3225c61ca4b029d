"""What the library offers to choose from: letters, publishers, and the folders inside a folder.

Each is found by a few steps through an index, from one value to the next different one, so the
number of files does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator

from comicmaintainer.database import Database
from comicmaintainer.library.catalogue.folder_order import folders_after
from comicmaintainer.library.catalogue.index_counts import PUBLISHER
from comicmaintainer.library.catalogue.model import CappedCount, FolderEntry

MAX_LETTERS = 64
MAX_PUBLISHERS = 2_000
MAX_FOLDERS = 200
COUNT_CAP = 1_000
_SURROGATES = range(0xD800, 0xE000)
_FROM_BELOW = "FROM files WHERE path > ? AND path < ?"


class Choices:
    """Reads the choices of the catalogue in `database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def letters(self) -> list[str]:
        """Return the first letters of names in the order by series; "#" stands for digits."""
        letters = []
        first = self._letter_from("")
        if first is not None and first < "a":
            letters.append("#")
        letter = self._letter_from("a")
        while letter is not None and len(letters) < MAX_LETTERS:
            letters.append(letter)
            following = ord(letter) + 1
            if following in _SURROGATES:
                following = _SURROGATES.stop
            if following > 0x10FFFF:
                break
            letter = self._letter_from(chr(following))
        return letters

    def publishers(self) -> list[str]:
        """Return the names of publishers, each in one spelling."""
        return list(self._publishers())

    def folders(
        self, parent: str, *, after: str | None = None, limit: int = 100
    ) -> tuple[list[FolderEntry], str | None]:
        """Return folders directly inside another one, by name, and the path to continue after."""
        limit = max(1, min(limit, MAX_FOLDERS))
        found: list[FolderEntry] = []
        while paths := folders_after(self._database, parent, after, limit + 1):
            for path in paths:
                if len(found) == limit:
                    return found, found[-1].path
                entry = self.folder(path)
                if entry is not None:
                    found.append(entry)
            after = paths[-1]
        return found, None

    def folder(self, path: str) -> FolderEntry | None:
        """Return a folder with its count and its first comic; None if it has none."""
        below = (f"{path}/", f"{path}0")
        first = self._database.row(f"SELECT file_id {_FROM_BELOW} ORDER BY path LIMIT 1", below)
        if first is None:
            return None
        # Stepping over rows is about three times as fast as counting them.
        beyond = self._database.row(
            f"SELECT 1 {_FROM_BELOW} ORDER BY path LIMIT 1 OFFSET ?", (*below, COUNT_CAP)
        )
        if beyond is not None:
            return FolderEntry(path, CappedCount(COUNT_CAP, is_capped=True), first["file_id"])
        files = self._database.value(f"SELECT count(*) {_FROM_BELOW}", below)
        return FolderEntry(path, CappedCount(files, is_capped=False), first["file_id"])

    def _letter_from(self, text: str) -> str | None:
        row = self._database.row(
            "SELECT substr(sort_key, 1, 1) AS letter FROM files WHERE sort_key >= ? "
            "ORDER BY sort_key LIMIT 1",
            (text,),
        )
        return None if row is None else row["letter"]

    def _publishers(self) -> Iterator[str]:
        last = ""
        for _ in range(MAX_PUBLISHERS):
            row = self._database.row(
                f"SELECT publisher FROM files WHERE {PUBLISHER} > ? ORDER BY {PUBLISHER} LIMIT 1",
                (last,),
            )
            if row is None or row["publisher"] is None:
                return
            yield row["publisher"]
            last = row["publisher"]

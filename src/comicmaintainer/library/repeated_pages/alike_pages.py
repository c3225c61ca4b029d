"""Joins repeated pages that look alike, and finds further pages that look like one (SQL).

Used by page_search.py, after the pages with the same content were found. A picture that was saved
anew has another content but nearly the same look; it becomes one more content of the same page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Protocol

from comicmaintainer.database import Turn
from comicmaintainer.errors import ArchiveError, FileMissing, StorageError
from comicmaintainer.filesystem.stored_numbers import stored_number
from comicmaintainer.library.catalogue import page_rows
from comicmaintainer.library.repeated_pages.looks import LookIndex, halves
from comicmaintainer.library.repeated_pages.page_counter import MOST, PageCounter
from comicmaintainer.library.repeated_pages.stored_pages import (
    FILES_AT_ONCE,
    FoundPage,
    StoredPages,
    note_found,
)

_READ_AT_ONCE = 50
_MOST_NEW = 50_000
"""So many new looks are compared in one search; they take 40 MiB."""
_LOOKS = """
    SELECT repeat_id, look FROM repeated_pages WHERE look IS NOT NULL AND repeat_id > ?
    ORDER BY repeat_id LIMIT ?"""
_NOT_LOOKED_AT = """
    SELECT r.repeat_id, f.path, o.page
    FROM repeated_pages r JOIN page_occurrences o USING (repeat_id) JOIN files f USING (file_id)
    WHERE r.is_looked_at = 0 AND r.repeat_id > ? AND o.file_id = (
        SELECT min(file_id) FROM page_occurrences WHERE repeat_id = r.repeat_id)
    ORDER BY r.repeat_id LIMIT ?"""


class LooksAtPages(Protocol):
    """Decodes pages."""

    def looks(self, path: str, pages: Sequence[int]) -> Mapping[int, int]:
        """Return the hashes of those of the pages that can be decoded and recognised.

        Raises:
            ArchiveError, FileMissing, StorageError.
        """
        ...


class AlikePages:
    """Finds pages that look alike among the stored ones; `comics` decodes those that are new."""

    def __init__(self, stored: StoredPages, comics: LooksAtPages) -> None:
        self._stored = stored
        self._database = stored.database
        self._comics = comics

    def join(self) -> None:
        """Decode each new repeated page once, and join those that look alike."""
        index = self._index()
        for rows in self._stored.batches(_NOT_LOOKED_AT, _READ_AT_ONCE):
            for row in rows:
                self._stored.checkpoint()
                look = self._look_of(row["path"], row["page"])
                known = None if look is None else index.find(look)
                if look is not None and known is None:
                    index.add(look, row["repeat_id"])
                self._store(row["repeat_id"], look, known)

    def find(self, counter: PageCounter) -> None:
        """Store the pages that look like a repeated page, or like each other.

        `counter` has counted the halves of the looks of all files.
        """
        index = self._index()
        for look in self._new_looks(index, counter):
            index.add(look, self._new(look))
        for batch in self._stored.batches_of_files():
            found = [
                (repeat_id, FoundPage(file.keys[page], file.file_id, page))
                for file in batch
                for page, look in file.looks.items()
                if page < len(file.keys) and (repeat_id := index.find(look)) is not None
            ]
            if found:
                with self._database.transaction(Turn.LIBRARY) as transaction:
                    transaction.execute_many(
                        "INSERT INTO repeated_page_keys (page_key, repeat_id) VALUES (?, ?) "
                        "ON CONFLICT DO NOTHING",
                        [(page.key, repeat_id) for repeat_id, page in found],
                    )
                    note_found(transaction, [page for _, page in found])

    def _new_looks(self, known: LookIndex, counter: PageCounter) -> list[int]:
        """Return a look of each new page that is in several files, by look alone."""
        firsts: list[int] = []
        index = LookIndex()
        files_of: dict[int, set[int]] = defaultdict(set)
        for file in self._stored.files():
            for look in {} if file.is_again else set(file.looks.values()):
                if not counter.repeated(halves(look)) or known.find(look) is not None:
                    continue
                number = index.find(look)
                if number is None:
                    if len(firsts) == _MOST_NEW:
                        continue
                    number = len(firsts)
                    index.add(look, number)
                    firsts.append(look)
                if len(files_of[number]) < MOST:
                    files_of[number].add(file.file_id)
        return [firsts[number] for number, file_ids in files_of.items() if len(file_ids) == MOST]

    def _index(self) -> LookIndex:
        index = LookIndex()
        for rows in self._stored.batches(_LOOKS, FILES_AT_ONCE):
            for row in rows:
                index.add(row["look"], row["repeat_id"])
        return index

    def _look_of(self, path: str, page: int) -> int | None:
        try:
            return self._comics.looks(path, [page]).get(page)
        except (ArchiveError, FileMissing, StorageError):
            return None

    def _new(self, look: int) -> int:
        with self._database.transaction(Turn.LIBRARY) as transaction:
            transaction.execute(
                "INSERT INTO repeated_pages (look, is_looked_at) VALUES (?, 1)",
                (stored_number(look),),
            )
            (row,) = transaction.rows("SELECT max(repeat_id) AS newest FROM repeated_pages")
            return int(row["newest"])

    def _store(self, repeat_id: int, look: int | None, known: int | None) -> None:
        """Store the look of a repeated page, or join it with the one that looks alike."""
        with self._database.transaction(Turn.LIBRARY) as transaction:
            if known is None:
                transaction.execute(
                    "UPDATE repeated_pages SET look = ?, is_looked_at = 1 WHERE repeat_id = ?",
                    (None if look is None else stored_number(look), repeat_id),
                )
                return
            transaction.execute(
                "UPDATE repeated_page_keys SET repeat_id = ? WHERE repeat_id = ?",
                (known, repeat_id),
            )
            rows = transaction.rows(
                "SELECT file_id, page FROM page_occurrences WHERE repeat_id = ?", (repeat_id,)
            )
            transaction.execute_many(
                page_rows.ADD_OCCURRENCE, [(known, row["file_id"], row["page"]) for row in rows]
            )
            transaction.execute("DELETE FROM repeated_pages WHERE repeat_id = ?", (repeat_id,))

"""The stored pages of all files, a few thousand at a time, and the notes of repeated ones (SQL).

Used by page_search.py and alike_pages.py. Reads are short, so that they block no checkpoint.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from comicmaintainer.comics.pages.fingerprint import keys_in
from comicmaintainer.database import Database, Transaction
from comicmaintainer.library.catalogue import page_rows

FILES_AT_ONCE = 2_000
_LOOK = struct.Struct("<HQ")
# Of files with the same pages, only the first one counts.
_PAGES = """
    SELECT p.file_id, p.keys, p.looks, p.is_copy, f.fingerprint IS NOT NULL AND EXISTS (
        SELECT 1 FROM files g WHERE g.fingerprint = f.fingerprint AND g.file_id < f.file_id
    ) AS is_again
    FROM file_pages p JOIN files f USING (file_id)
    WHERE p.file_id > ? ORDER BY p.file_id LIMIT ?"""


class FilePages(NamedTuple):
    """The pages of one file: their keys, and the looks of some by number.

    `is_again`: an earlier file has the same pages.
    """

    file_id: int
    keys: tuple[int, ...]
    looks: Mapping[int, int]
    was_copy: bool
    is_again: bool


class FoundPage(NamedTuple):
    """A page of a file that is, or may be, in others too."""

    key: int
    file_id: int
    page: int


class StoredPages:
    """The pages in the catalogue of `database`; `checkpoint` may stop reading between two parts."""

    def __init__(self, database: Database, checkpoint: Callable[[], None]) -> None:
        self.database = database
        self.checkpoint = checkpoint

    def batches(self, sql: str, limit: int) -> Iterator[list[Any]]:
        """Yield the rows of a query after an id, in parts; the first column is the id."""
        after = -1
        while rows := self.database.rows(sql, (after, limit)):
            self.checkpoint()
            yield rows
            after = rows[-1][0]

    def batches_of_files(self) -> Iterator[list[FilePages]]:
        """Yield all files that have a list of pages, in parts."""
        for rows in self.batches(_PAGES, FILES_AT_ONCE):
            yield [_unpacked(row) for row in rows]

    def files(self) -> Iterator[FilePages]:
        """Yield all files that have a list of pages."""
        for batch in self.batches_of_files():
            yield from batch


def packed_looks(looks: Mapping[int, int]) -> bytes:
    """Return the looks of pages in the form in which they are stored."""
    return b"".join(_LOOK.pack(page, look) for page, look in looks.items())


def still_there(transaction: Transaction, file_ids: Collection[int]) -> frozenset[int]:
    """Return those of the files that are catalogued."""
    rows = transaction.rows(
        "SELECT file_id FROM files "
        "WHERE file_id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))",
        (json.dumps(list(file_ids)),),
    )
    return frozenset(row["file_id"] for row in rows)


def note_found(transaction: Transaction, found: Sequence[FoundPage]) -> None:
    """Store where repeated pages are; what has no repeated page yet becomes a new one."""
    repeats = _made_repeats(transaction, {page.key for page in found})
    there = still_there(transaction, {page.file_id for page in found})
    transaction.execute_many(
        page_rows.ADD_OCCURRENCE,
        [(repeats[key], file_id, page) for key, file_id, page in found if file_id in there],
    )


def _made_repeats(transaction: Transaction, keys: Collection[int]) -> dict[int, int]:
    """Return the repeated pages of all keys; what has none yet becomes a new one."""
    repeats = page_rows.repeats_of(transaction, keys)
    new = sorted(set(keys) - repeats.keys())
    if new:
        first = transaction.dialect.first_of_new_ids(
            transaction, "repeated_pages", "repeat_id", len(new)
        )
        repeats.update(zip(new, range(first, first + len(new)), strict=True))
        transaction.execute_many(
            "INSERT INTO repeated_pages (repeat_id) VALUES (?)", [(repeats[key],) for key in new]
        )
        transaction.execute_many(
            "INSERT INTO repeated_page_keys (page_key, repeat_id) VALUES (?, ?)",
            [(key, repeats[key]) for key in new],
        )
    return repeats


def _unpacked(row: Any) -> FilePages:
    return FilePages(
        row["file_id"],
        keys_in(row["keys"]),
        dict(_LOOK.iter_unpack(row["looks"] or b"")),
        bool(row["is_copy"]),
        bool(row["is_again"]),
    )

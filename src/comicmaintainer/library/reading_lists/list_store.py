"""Reading lists and their entries (SQL only).

Used by `reading_lists`. A list is stored whole, and never changed but replaced.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import Any

from comicmaintainer.database import Database, Row, Turn, page_keys, paging
from comicmaintainer.database.stored_values import stored_object
from comicmaintainer.errors import NotFound, TargetExists
from comicmaintainer.library.catalogue.sort_keys import folded, natural
from comicmaintainer.library.reading_lists.model import (
    MAX_ENTRIES,
    ListEntry,
    ReadingList,
    SourceIds,
)

MAX_PAGE_SIZE = 100
MAX_PAGE_ENTRIES = 2 * MAX_ENTRIES
"""Of all lists of a page: to find their files takes a second of a processor."""
_ORDER = "name"
_LIST = "SELECT list_id, name, sort_key, entries, added_at FROM reading_lists "


class ListStore:
    """SQL of the tables `reading_lists` and `reading_list_entries`."""

    def __init__(self, database: Database, *, now: Callable[[], float]) -> None:
        self._database = database
        self._now = now

    def add(self, name: str, entries: Sequence[ListEntry], *, replace: bool = False) -> ReadingList:
        """Store a list; with `replace`, in place of the one of that name, which keeps its id.

        Raises:
            TargetExists: there is a list of that name.
        """
        with self._database.transaction(Turn.LIBRARY) as transaction:
            known = transaction.row("SELECT list_id FROM reading_lists WHERE name = ?", (name,))
            if known is not None and not replace:
                raise TargetExists(
                    f"There is a reading list called {name!r} already. Replace it, or give this "
                    "one another name."
                )
            list_id = transaction.value(
                "INSERT INTO reading_lists (name, sort_key, entries, added_at)"
                " VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
                " entries = excluded.entries, added_at = excluded.added_at RETURNING list_id",
                (name, natural(folded(name)), len(entries), self._now()),
            )
            transaction.execute("DELETE FROM reading_list_entries WHERE list_id = ?", (list_id,))
            transaction.execute_many(
                "INSERT INTO reading_list_entries (list_id, position, series, number, volume,"
                " year, format, ids, book_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        list_id, position, entry.series, entry.number, entry.volume,
                        entry.year, entry.format, _ids_text(entry), entry.book_id,
                    )
                    for position, entry in enumerate(entries, start=1)
                ],
            )  # fmt: skip
        return self.get(list_id)

    def get(self, list_id: int) -> ReadingList:
        """Return a list.

        Raises:
            NotFound.
        """
        row = self._database.row(_LIST + "WHERE list_id = ?", (list_id,))
        if row is None:
            raise NotFound(f"There is no reading list {list_id}.")
        return _list(row)

    def named(self, name: str) -> ReadingList:
        """Return the list of that name, in capitals or not.

        Raises:
            NotFound.
        """
        rows = self._database.rows(
            _LIST + "WHERE sort_key = ? ORDER BY name <> ?, list_id LIMIT 1",
            (natural(folded(name)), name),
        )
        if not rows:
            raise NotFound(f"There is no reading list called {name!r}.")
        return _list(rows[0])

    def page(
        self, *, after_key: str | None = None, limit: int = 50
    ) -> tuple[Sequence[ReadingList], str | None]:
        """Return lists by their names, and the key of the next page.

        A page has fewer than `limit` if their entries together are too many for one.

        Raises:
            InvalidInput: the key is not from this listing.
        """
        limit = max(1, min(limit, MAX_PAGE_SIZE))
        after = page_keys.value_and_id_of(after_key, _ORDER, str) or ("", 0)
        rows = self._database.rows(
            _LIST + "WHERE (sort_key, list_id) > (?, ?) ORDER BY sort_key, list_id LIMIT ?",
            (*after, limit + 1),
        )
        limit = min(limit, max(1, _fitting(row["entries"] for row in rows)))
        shown, key = paging.cut(rows, limit, _key_of)
        return [_list(row) for row in shown], key

    def entries(
        self, list_id: int, *, after: int = 0, limit: int | None = None
    ) -> list[tuple[int, ListEntry]]:
        """Return entries in order with their positions, those behind `after`."""
        rows = self._database.rows(
            "SELECT position, series, number, volume, year, format, ids, book_id"
            " FROM reading_list_entries WHERE list_id = ? AND position > ?"
            " ORDER BY position LIMIT ?",
            (list_id, after, sys.maxsize if limit is None else limit),
        )
        return [(row["position"], _entry(row)) for row in rows]

    def remove(self, list_id: int) -> ReadingList:
        """Remove a list, and return it. The files of its entries stay.

        Raises:
            NotFound.
        """
        removed = self.get(list_id)
        with self._database.transaction(Turn.LIBRARY) as transaction:
            transaction.execute("DELETE FROM reading_lists WHERE list_id = ?", (list_id,))
        return removed


def _fitting(sizes: Iterable[int]) -> int:
    """Return how many of the first lists have few enough entries together."""
    return sum(total <= MAX_PAGE_ENTRIES for total in accumulate(sizes))


def _key_of(row: Row) -> str:
    return page_keys.sorted_by(_ORDER, row["sort_key"], row["list_id"])


def _list(row: Row) -> ReadingList:
    return ReadingList(row["list_id"], row["name"], row["entries"], row["added_at"])


def _entry(row: Row) -> ListEntry:
    ids = stored_object(row["ids"]) if row["ids"] != "{}" else {}
    return ListEntry(
        series=row["series"],
        number=row["number"],
        volume=row["volume"],
        year=row["year"],
        format=row["format"],
        ids={source: SourceIds(*_pair(values)) for source, values in ids.items()},
        book_id=row["book_id"],
    )


def _pair(values: Any) -> tuple[str | None, str | None]:
    series, issue = values
    return series, issue


def _ids_text(entry: ListEntry) -> str:
    ids = {source: [each.series, each.issue] for source, each in entry.ids.items()}
    return json.dumps(ids, ensure_ascii=False, separators=(",", ":"))

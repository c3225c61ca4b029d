"""Pages of long lists, each of which continues after the key of the last row.

Used wherever a list is read or shown a part at a time. A page is found by its key and never by an
offset, so rows that come or go meanwhile neither hide others nor show them twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Row = TypeVar("Row")
Key = TypeVar("Key")


def cut(
    rows: Sequence[Row], limit: int, key_of: Callable[[Row], Key]
) -> tuple[Sequence[Row], Key | None]:
    """Return the first `limit` rows, and the key to continue after; None where no more follow.

    `rows` were asked for with one more than `limit`, which tells whether any follow.
    """
    shown = rows[:limit]
    return shown, key_of(shown[-1]) if shown and len(rows) > limit else None


def all_rows(
    page_after: Callable[[Key | None], Sequence[Row]], key_of: Callable[[Row], Key]
) -> Iterator[Row]:
    """Yield the rows of all pages, a page in memory at a time.

    `page_after` returns the page after a key, the first one for None, and nothing after the last.
    """
    key: Key | None = None
    while rows := page_after(key):
        yield from rows
        key = key_of(rows[-1])


def all_entries(
    page_after: Callable[[str | None], tuple[Sequence[Row], str | None]],
) -> Iterator[Row]:
    """Yield the entries of a list whose pages come with the key of the next one."""
    key: str | None = None
    while True:
        entries, key = page_after(key)
        yield from entries
        if key is None:
            return


def first_entries(
    page_after: Callable[[str | None, int], tuple[Sequence[Row], str | None]], count: int
) -> tuple[list[Row], bool]:
    """Return the first `count` entries of a list, and whether more follow.

    `page_after` is given a key and how many entries are missing; it may return fewer.
    """
    entries: list[Row] = []
    key: str | None = None
    while len(entries) < count:
        more, key = page_after(key, count - len(entries))
        entries += more
        if key is None:
            return entries, False
    return entries, True

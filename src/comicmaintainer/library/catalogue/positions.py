"""The position of every file: an integer that orders files like their sort keys.

The search index yields matches by rowid, so rowids must follow the series order, even when a file
is added in the middle. A new file gets a position between its neighbours; if the gap is used up,
the files around it are spread out again (the order-maintenance problem: Dietz and Sleator, 1987).
Files of one series are close together, because the index stores differences of positions, seven
bits per byte; between series there is room for more series.
Inside one transaction throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

from comicmaintainer.database import Transaction
from comicmaintainer.library.catalogue.sort_keys import series_of

START = 1 << 60
WITHIN_SERIES = 32
BETWEEN_SERIES = 1 << 36
# New files take the first part of a gap, because the next ones usually follow them.
SHARE_OF_GAP = 8
MIN_ROOM_PER_FILE = 256

Key = tuple[str, int]
"""(sort_key, file_id) of a file."""

_BEFORE = """
    SELECT sort_key, position FROM files WHERE (sort_key, file_id) < (?, ?)
    AND position IS NOT NULL ORDER BY sort_key DESC, file_id DESC LIMIT 1"""
_AFTER = """
    SELECT sort_key, file_id, position FROM files WHERE (sort_key, file_id) > (?, ?)
    AND position IS NOT NULL ORDER BY sort_key, file_id LIMIT 1"""


def place(
    transaction: Transaction,
    keys: Sequence[Key],
    index: Callable[[dict[int, int]], None],
) -> None:
    """Assign positions to the files of `keys`, whose position is NULL.

    `index` is called with `{file_id: position}` for them, and for files that had to move, whose old
    rows in the search index have been deleted.
    """
    for run, before, after in _runs(transaction, sorted(keys)):
        low = None if before is None else before["position"]
        high = None if after is None else after["position"]
        follows = before is not None and series_of(before["sort_key"]) == series_of(run[0][0])
        placed = _fit(run, low, high, follows=follows)
        if placed is None:
            placed = _make_room(transaction, [file_id for _, file_id in run], low, high)
        transaction.execute_many(
            "UPDATE files SET position = ? WHERE file_id = ?",
            [(position, file_id) for file_id, position in placed.items()],
        )
        index(placed)


def _runs(
    transaction: Transaction, waiting: list[Key]
) -> Iterator[tuple[list[Key], Any | None, Any | None]]:
    """Yield the keys between the same two neighbours, with the rows of these."""
    at = 0
    while at < len(waiting):
        before = transaction.row(_BEFORE, waiting[at])
        after = transaction.row(_AFTER, waiting[at])
        end = len(waiting)
        if after is not None:
            end = at + 1
            while end < len(waiting) and waiting[end] < (after["sort_key"], after["file_id"]):
                end += 1
        yield waiting[at:end], before, after
        at = end


def _fit(
    run: Sequence[Key], low: int | None, high: int | None, *, follows: bool
) -> dict[int, int] | None:
    """Return positions between `low` and `high`, or None if they do not fit.

    `follows` says that the run begins with the series that ends at `low`.
    """
    groups = [[key[1] for key in group] for _, group in groupby(run, lambda key: series_of(key[0]))]
    if high is None:
        unit = BETWEEN_SERIES
        first = START if low is None else low + unit
    elif low is None:
        unit = BETWEEN_SERIES
        first = high - unit * len(groups)
    else:
        unit = (high - low) // max(len(groups) + 1, SHARE_OF_GAP)
        first = low + unit
    placed: dict[int, int] = {}
    for number, group in enumerate(groups):
        step = min(WITHIN_SERIES, unit // (len(group) + 1))
        if step == 0:
            return None
        start = first + unit * number
        if number == 0 and follows and low is not None:
            start = low + step
        placed.update((file_id, start + step * place) for place, file_id in enumerate(group))
    return placed


def _make_room(
    transaction: Transaction, run: Sequence[int], low: int | None, high: int | None
) -> dict[int, int]:
    """Return new positions for the run and for enough neighbours to make room."""
    reach = 4 * len(run) + 64
    while True:
        below = transaction.rows(
            "SELECT file_id, position FROM files WHERE position <= ? "
            "ORDER BY position DESC LIMIT ?",
            (low, reach + 1),
        )
        above = transaction.rows(
            "SELECT file_id, position FROM files WHERE position >= ? ORDER BY position LIMIT ?",
            (high, reach + 1),
        )
        floor = below.pop()["position"] if len(below) > reach else None
        ceiling = above.pop()["position"] if len(above) > reach else None
        below.reverse()
        order = [row["file_id"] for row in below] + [*run] + [row["file_id"] for row in above]
        first, step = _even(len(order), floor, ceiling)
        if step >= MIN_ROOM_PER_FILE:
            transaction.execute_many(
                "DELETE FROM file_search WHERE rowid = ?",
                [(row["position"],) for row in (*below, *above)],
            )
            return {file_id: first + step * place for place, file_id in enumerate(order)}
        reach *= 2


def _even(count: int, floor: int | None, ceiling: int | None) -> tuple[int, int]:
    """Return the first position and the step that spread `count` files between two others."""
    if floor is not None and ceiling is not None:
        step = (ceiling - floor) // (count + 1)
        return floor + step, step
    if floor is not None:
        return floor + BETWEEN_SERIES, BETWEEN_SERIES
    if ceiling is not None:
        return ceiling - BETWEEN_SERIES * count, BETWEEN_SERIES
    return START, BETWEEN_SERIES

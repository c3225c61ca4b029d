"""The position of every file: an integer that orders files as their sort keys do.

The search index yields matches by rowid, so rowids must follow the series order, also when a file
is added in the middle. Positions are spread with gaps; a new file gets one between its neighbours,
and where a gap is used up the files around it are spread anew (the order-maintenance problem:
Dietz and Sleator, 1987). Inside one transaction throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from comicmaintainer.database import Transaction

# Small gaps keep the index small: it stores differences of positions, seven bits to a byte.
STEP = 1024
START = 1 << 40
MIN_ROOM_PER_FILE = 16

Key = tuple[str, int]
"""(sort_key, file_id) of a file."""

_BEFORE = """
    SELECT position FROM files WHERE (sort_key, file_id) < (?, ?) AND position IS NOT NULL
    ORDER BY sort_key DESC, file_id DESC LIMIT 1"""
_AFTER = """
    SELECT sort_key, file_id, position FROM files
    WHERE (sort_key, file_id) > (?, ?) AND position IS NOT NULL
    ORDER BY sort_key, file_id LIMIT 1"""


def place(
    transaction: Transaction,
    keys: Sequence[Key],
    index: Callable[[dict[int, int]], None],
) -> None:
    """Give the files of `keys`, whose position is NULL, their positions.

    `index` is called with `{file_id: position}` for them, and for files that had to move (their
    old rows in the search index are gone by then).
    """
    waiting = sorted(keys)
    at = 0
    while at < len(waiting):
        before = transaction.row(_BEFORE, waiting[at])
        after = transaction.row(_AFTER, waiting[at])
        end = len(waiting)
        if after is not None:
            end = at + 1
            while end < len(waiting) and waiting[end] < (after["sort_key"], after["file_id"]):
                end += 1
        run = [file_id for _, file_id in waiting[at:end]]
        low = None if before is None else before["position"]
        high = None if after is None else after["position"]
        placed = _spread(run, low, high)
        if placed is None:
            # Without room the run and its neighbours are dealt out together.
            placed = _make_room(transaction, run, low, high)
        transaction.execute_many(
            "UPDATE files SET position = ? WHERE file_id = ?",
            [(position, file_id) for file_id, position in placed.items()],
        )
        index(placed)
        at = end


def _spread(run: Sequence[int], low: int | None, high: int | None) -> dict[int, int] | None:
    """Return positions between `low` and `high`, or None where they do not fit."""
    if high is None:
        first, step = (START if low is None else low + STEP), STEP
    elif low is None:
        first, step = high - STEP * len(run), STEP
    else:
        step = (high - low) // (len(run) + 1)
        if step == 0:
            return None
        first = low + step
    return {file_id: first + step * number for number, file_id in enumerate(run)}


def _make_room(
    transaction: Transaction, run: Sequence[int], low: int | None, high: int | None
) -> dict[int, int]:
    """Return new positions for the run and so many neighbours that all have room."""
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
        floor = below[-1]["position"] if len(below) > reach else None
        ceiling = above[-1]["position"] if len(above) > reach else None
        moved = [*reversed(below[:reach]), *above[:reach]]
        order = [row["file_id"] for row in reversed(below[:reach])]
        order += run
        order += [row["file_id"] for row in above[:reach]]
        placed = _spread(order, floor, ceiling)
        if placed is not None and _has_room(len(order), floor, ceiling):
            transaction.execute_many(
                "DELETE FROM file_search WHERE rowid = ?", [(row["position"],) for row in moved]
            )
            return placed
        reach *= 2


def _has_room(files: int, floor: int | None, ceiling: int | None) -> bool:
    if floor is None or ceiling is None:
        return True
    return ceiling - floor >= MIN_ROOM_PER_FILE * files

"""The position of every file: an integer that orders files like their sort keys.

The search index yields matches by rowid, so rowids must follow the series order, even when a file
is added in the middle. A new file gets a position between its neighbours; if the gap is used up,
the files around it are spread out again (the order-maintenance problem: Dietz and Sleator, 1987).
Files of one series are close together, because the index stores differences of positions, seven
bits per byte; between series there is room for more series.
Inside one transaction throughout.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

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

_NEIGHBOURS = """
    SELECT near.file_id, before.sort_key AS before_key, before.position AS low,
        after.sort_key AS after_key, after.file_id AS after_id, after.position AS high
    FROM (
        SELECT keys.file_id, (
            SELECT f.file_id FROM files f
            WHERE (f.sort_key, f.file_id) < (keys.sort_key, keys.file_id)
                AND f.position IS NOT NULL
            ORDER BY f.sort_key DESC, f.file_id DESC LIMIT 1
        ) AS before_id, (
            SELECT f.file_id FROM files f
            WHERE (f.sort_key, f.file_id) > (keys.sort_key, keys.file_id)
                AND f.position IS NOT NULL
            ORDER BY f.sort_key, f.file_id LIMIT 1
        ) AS after_id
        FROM (
            SELECT CAST(key AS BIGINT) AS file_id, value AS sort_key FROM json_each(?)
        ) AS keys
    ) AS near
    LEFT JOIN files before ON before.file_id = near.before_id
    LEFT JOIN files after ON after.file_id = near.after_id"""


@dataclass(frozen=True, slots=True)
class _Run:
    """Keys between the same two neighbours: `low` and `high` are their positions, if there are."""

    keys: Sequence[Key]
    low: int | None
    high: int | None
    follows: bool
    """Whether the first key is of the series that ends at `low`."""


def place(
    transaction: Transaction,
    keys: Sequence[Key],
    index: Callable[[dict[int, int]], None],
) -> None:
    """Assign positions to the files of `keys`, whose position is NULL.

    `index` is called with `{file_id: position}` for them, and for files that had to move, whose old
    rows in the search index have been deleted.
    """
    waiting: Sequence[Key] = sorted(keys)
    while waiting:
        placed, crowded, waiting = _fitted(transaction, waiting)
        _store(transaction, placed)
        index(placed)
        if crowded is not None:
            moved = _make_room(transaction, crowded)
            _store(transaction, moved)
            index(moved)


def _store(transaction: Transaction, positions: Mapping[int, int]) -> None:
    transaction.execute_many(
        "UPDATE files SET position = ? WHERE file_id = ?",
        [(position, file_id) for file_id, position in positions.items()],
    )


def places_of_new(transaction: Transaction, keys: Sequence[Key]) -> dict[int, int]:
    """Return the positions of files that are about to be added, by id.

    Those that are missing need others to make room: add them without a position, and `place` them.
    """
    positions: dict[int, int] = {}
    waiting: Sequence[Key] = sorted(keys)
    while waiting:
        placed, _, waiting = _fitted(transaction, waiting)
        positions |= placed
    return positions


def _fitted(
    transaction: Transaction, waiting: Sequence[Key]
) -> tuple[dict[int, int], _Run | None, Sequence[Key]]:
    """Return positions of the first keys, the run that doesn't fit behind them, and what is left.

    All are placed if there is no such run.
    """
    positions: dict[int, int] = {}
    placed = 0
    for run in _runs(transaction, waiting):
        placed += len(run.keys)
        fitting = _fit(run)
        if fitting is None:
            return positions, run, waiting[placed:]
        positions |= fitting
    return positions, None, ()


def _runs(transaction: Transaction, waiting: Sequence[Key]) -> Iterator[_Run]:
    """Yield the keys between the same two neighbours.

    The neighbours of several keys are looked up together: of more and more, as long as runs are
    short. A look-up passes over those of the others that have no position yet.
    """
    at, looked_up = 0, 1
    while at < len(waiting):
        some = waiting[at : at + looked_up]
        found = transaction.rows(
            _NEIGHBOURS, (json.dumps({file_id: sort_key for sort_key, file_id in some}),)
        )
        neighbours = {row["file_id"]: row for row in found}
        last, runs = at + len(some), 0
        while at < last:
            near = neighbours[waiting[at][1]]
            end = len(waiting)
            if near["after_id"] is not None:
                end = bisect_left(waiting, (near["after_key"], near["after_id"]), at + 1)
            run = waiting[at:end]
            follows = near["low"] is not None and series_of(near["before_key"]) == series_of(
                run[0][0]
            )
            yield _Run(run, near["low"], near["high"], follows)
            at, runs = end, runs + 1
        looked_up = 2 * runs


def _fit(run: _Run) -> dict[int, int] | None:
    """Return positions between the neighbours, or None if they do not fit."""
    low, high = run.low, run.high
    series = groupby(run.keys, lambda key: series_of(key[0]))
    groups = [[key[1] for key in group] for _, group in series]
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
        if number == 0 and run.follows and low is not None:
            start = low + step
        placed.update((file_id, start + step * place) for place, file_id in enumerate(group))
    return placed


def _make_room(transaction: Transaction, run: _Run) -> dict[int, int]:
    """Return new positions for the run and for enough neighbours to make room."""
    reach = 4 * len(run.keys) + 64
    while True:
        below = transaction.rows(
            "SELECT file_id, position FROM files WHERE position <= ? "
            "ORDER BY position DESC LIMIT ?",
            (run.low, reach + 1),
        )
        above = transaction.rows(
            "SELECT file_id, position FROM files WHERE position >= ? ORDER BY position LIMIT ?",
            (run.high, reach + 1),
        )
        floor = below.pop()["position"] if len(below) > reach else None
        ceiling = above.pop()["position"] if len(above) > reach else None
        below.reverse()
        order = [row["file_id"] for row in below]
        order += [file_id for _, file_id in run.keys]
        order += [row["file_id"] for row in above]
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

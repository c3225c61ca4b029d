"""Finds repeated pages by their look, in memory: hashes that differ in few bits.

A hash is found by each quarter of its 64 bits: of up to three bits that differ, one quarter is
always spared, of up to six usually one (multi-index hashing: Norouzi, Punjani and Fleet, 2012).
"""

from __future__ import annotations

from collections import defaultdict

from comicmaintainer.comics.pages.likeness import hash_distance

MOST_DISTANCE = 6
"""Fewer bits than for copies of whole comics, because one page decides alone."""
_ALL = (1 << 64) - 1
_QUARTERS = (0, 16, 32, 48)
_QUARTER = (1 << 16) - 1


def halves(look: int) -> tuple[int, int]:
    """Return two numbers of a look, of which looks that differ in few bits often share one."""
    look &= _ALL
    return look >> 32, (1 << 32) | (look & ((1 << 32) - 1))


class LookIndex:
    """The looks of repeated pages by their ids."""

    def __init__(self) -> None:
        self._places: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)

    def add(self, look: int, repeat_id: int) -> None:
        """Add a page; its hash may be in the stored form."""
        look &= _ALL
        for shift in _QUARTERS:
            self._places[shift, look >> shift & _QUARTER].append((look, repeat_id))

    def find(self, look: int) -> int | None:
        """Return the page that looks most like this hash, None if none looks alike."""
        look &= _ALL
        near = (
            (hash_distance(look, other), repeat_id)
            for shift in _QUARTERS
            for other, repeat_id in self._places.get((shift, look >> shift & _QUARTER), ())
        )
        distance, repeat_id = min(near, default=(64, 0))
        return repeat_id if distance <= MOST_DISTANCE else None

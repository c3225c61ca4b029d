"""Finds out which of many numbers occur several times, in little memory.

A table of two-bit counters, found by the low bits of each number. It errs on one side: a number is
never missed, but about one in a hundred and fifty others is taken for a repeated one where the
table has eight counters for each number.
"""

from __future__ import annotations

from collections.abc import Iterable

MOST = 3
"""Counters stop here; what has reached it counts as repeated."""
COUNTERS_EACH = 8
MOST_COUNTERS = 1 << 28  # 64 MiB
LEAST_COUNTERS = 1 << 12
# Spreads sizes and checksums over all bits (the multiplier of SplitMix64).
_SPREAD = 0xBF58476D1CE4E5B9
_ALL = (1 << 64) - 1


class PageCounter:
    """Counts about `expected` different numbers of 64 bits."""

    def __init__(self, expected: int) -> None:
        wanted = max(LEAST_COUNTERS, min(MOST_COUNTERS, expected * COUNTERS_EACH))
        bits = (wanted - 1).bit_length()
        self._shift = 64 - bits
        self._table = bytearray((1 << bits) // 4)

    def add(self, numbers: Iterable[int]) -> None:
        """Count each of these numbers once."""
        table, shift = self._table, self._shift
        for number in numbers:
            at = (number * _SPREAD & _ALL) >> shift
            place, bit = at >> 2, (at & 3) << 1
            if (table[place] >> bit) & 3 < MOST:
                table[place] += 1 << bit

    def repeated(self, numbers: Iterable[int]) -> list[int]:
        """Return those of the numbers that were counted `MOST` times, and a few others."""
        table, shift = self._table, self._shift
        found = []
        for number in numbers:
            at = (number * _SPREAD & _ALL) >> shift
            if (table[at >> 2] >> ((at & 3) << 1)) & 3 == MOST:
                found.append(number)
        return found

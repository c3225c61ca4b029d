"""Converts the numbers of filesystems to their stored form: 64 bits with a sign.

Inodes and devices have 64 bits without a sign; mergerfs and some network filesystems use all of
them. Times in nanoseconds exceed 63 bits in the year 2262. Databases and arrays use signed numbers.
"""

from __future__ import annotations

_HALF = 1 << 63
_WHOLE = 1 << 64


def stored_number(number: int) -> int:
    """The number in stored form; equal numbers stay equal, and different 64-bit numbers differ."""
    if -_HALF <= number < _HALF:
        return number
    return (number + _HALF) % _WHOLE - _HALF


def is_stored_form(*numbers: int) -> bool:
    """Whether the numbers already have this form, like nearly all numbers."""
    return min(numbers) >= -_HALF and max(numbers) < _HALF

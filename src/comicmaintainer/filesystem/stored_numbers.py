"""Numbers that filesystems give, in the form in which they are kept: 64 bits with a sign.

Inodes and devices have 64 bits without a sign; mergerfs and some network filesystems use them all.
Times in nanoseconds go beyond 64 bits with the year 2262. Databases and arrays have a sign.
"""

from __future__ import annotations

_HALF = 1 << 63
_WHOLE = 1 << 64


def stored_number(number: int) -> int:
    """The number as it is kept; equal numbers stay equal, and so do different ones of 64 bits."""
    if -_HALF <= number < _HALF:
        return number
    return (number + _HALF) % _WHOLE - _HALF


def is_stored_form(*numbers: int) -> bool:
    """Whether the numbers are in this form already, as nearly all are."""
    return min(numbers) >= -_HALF and max(numbers) < _HALF

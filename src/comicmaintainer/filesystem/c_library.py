"""The C library of this process, for calls that Python does not offer."""

from __future__ import annotations

import ctypes
from functools import cache


@cache
def c_library() -> ctypes.CDLL:
    """Return the library; after a call that failed, `ctypes.get_errno` tells why."""
    return ctypes.CDLL(None, use_errno=True)

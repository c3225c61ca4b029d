"""Files whose inodes and devices need all of 64 bits, as on mergerfs, and far future times."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

FIRST_INODE = 1 << 63
FAR_FUTURE_NS = 13_569_465_600_000_000_000
"""Nanoseconds of 2400-01-01."""


def with_large_numbers(
    monkeypatch: pytest.MonkeyPatch, *, inodes: int = FIRST_INODE, devices: int = FIRST_INODE
) -> None:
    """Let every look at a file add so much to the numbers of its inode and device."""

    def changed(look: Callable[..., os.stat_result]) -> Callable[..., os.stat_result]:
        def looks(*values: Any, **more: Any) -> os.stat_result:
            return _with(look(*values, **more), inodes, devices)

        return looks

    for name in ("stat", "lstat", "fstat"):
        monkeypatch.setattr(os, name, changed(getattr(os, name)))


def _with(status: os.stat_result, inodes: int, devices: int) -> os.stat_result:
    fields = list(status)
    fields[1] += inodes
    fields[2] += devices
    more = {
        name: getattr(status, name)
        for name in dir(status)
        if name.startswith("st_") and (name.endswith("_ns") or name in ("st_blksize", "st_blocks"))
    }
    for name in ("st_atime", "st_mtime", "st_ctime"):
        more[name] = getattr(status, name)
    return os.stat_result(fields, more)

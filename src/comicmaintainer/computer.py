"""What this process may use of the computer: processor cores and memory.

Containers and services limit both by control groups, of version 2
(https://docs.kernel.org/admin-guide/cgroup-v2.html) or 1. A limit of any group above ours counts.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class Computer:
    """Cores that this process may keep busy, and memory that it shares with all others.

    `free_bytes` is what nobody uses of `memory_bytes`, or uses only for cached files.
    """

    cores: int
    memory_bytes: int
    free_bytes: int

    @classmethod
    def here(cls, root: Path = Path("/")) -> Self:
        """Ask the system; `root` is where its `proc` and `sys` are."""
        cores = float(len(os.sched_getaffinity(0)))
        memory = _text(root / "proc" / "meminfo")
        memory_bytes = _number_after(memory, "MemTotal:") << 10
        free_bytes = _number_after(memory, "MemAvailable:") << 10
        for group in _groups(root):
            cores = min(cores, group.cores)
            if group.limit_bytes is not None:
                memory_bytes = min(memory_bytes, group.limit_bytes)
                free_bytes = min(free_bytes, group.limit_bytes - group.used_bytes)
        return cls(max(1, round(cores)), memory_bytes, max(0, free_bytes))


@dataclass(frozen=True, slots=True)
class _Group:
    """A control group; `limit_bytes` is None without a limit."""

    cores: float
    limit_bytes: int | None
    used_bytes: int


def _groups(root: Path) -> Iterator[_Group]:
    """Our control group and those above it, by each version and controller that is in use."""
    mount = root / "sys" / "fs" / "cgroup"
    for line in _text(root / "proc" / "self" / "cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        for folder in _folders(mount, controllers.split(","), path):
            yield _first_version(folder) if controllers else _second_version(folder)


def _folders(mount: Path, controllers: list[str], path: str) -> Iterator[Path]:
    """The folders of our group and those above it.

    In a container the path may be the computer's, of which only the end is mounted; then the mount
    itself is our group.
    """
    own = Path(path.lstrip("/"))
    for controller in controllers:
        for group in (own, *own.parents):
            yield mount / controller / group


def _second_version(folder: Path) -> _Group:
    quota, _, period = _text(folder / "cpu.max").partition(" ")
    used_bytes = _number(folder / "memory.current")
    cached_bytes = _number_after(_text(folder / "memory.stat"), "inactive_file")
    return _Group(_cores(quota, period), _limit(folder / "memory.max"), used_bytes - cached_bytes)


def _first_version(folder: Path) -> _Group:
    quota, period = (_text(folder / f"cpu.cfs_{name}_us") for name in ("quota", "period"))
    used_bytes = _number(folder / "memory.usage_in_bytes")
    cached_bytes = _number_after(_text(folder / "memory.stat"), "total_inactive_file")
    return _Group(
        _cores(quota, period), _limit(folder / "memory.limit_in_bytes"), used_bytes - cached_bytes
    )


def _cores(quota: str, period: str) -> float:
    """How many cores a quota is; one that is not a number is none."""
    is_limited = quota.isdigit() and period.isdigit()
    return int(quota) / int(period) if is_limited else float("inf")


def _limit(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text.isdigit() else None


def _number(path: Path) -> int:
    text = _text(path)
    return int(text) if text.isdigit() else 0


def _number_after(text: str, name: str) -> int:
    words = text.split()
    return int(words[words.index(name) + 1]) if name in words else 0


def _text(path: Path) -> str:
    """What a file says; nothing if it can't be read."""
    try:
        return path.read_text().strip()
    except OSError:
        return ""

"""How many helper processes this machine has room for beside the process that asks.

Counts the processors and the memory that this process may use, in a container too: the limits of
control groups (version 2; https://docs.kernel.org/admin-guide/cgroup-v2.html) are counted.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")
CONTROL_GROUPS = Path("/sys/fs/cgroup")


def room_for_helpers(
    most: int, memory_bytes: int, *, proc: Path = PROC, groups: Path = CONTROL_GROUPS
) -> int:
    """Return how many helpers that use `memory_bytes` each can run, none with one processor."""
    limits = list(_control_groups(proc, groups))
    processors = _processors(limits)
    if processors < 2:
        return 0
    return max(0, min(most, processors, _free_bytes(proc, limits) // memory_bytes))


def _processors(control_groups: list[Path]) -> int:
    shares = [float(len(os.sched_getaffinity(0)))]
    for group in control_groups:
        quota, _, period = _text(group / "cpu.max").partition(" ")
        if quota.isdigit() and period.isdigit():
            shares.append(int(quota) / int(period))
    return round(min(shares))


def _free_bytes(proc: Path, control_groups: list[Path]) -> int:
    """Memory that is free or holds only cached files, in the narrowest of the limits."""
    free = [_number_after(_text(proc / "meminfo"), "MemAvailable:") << 10]
    for group in control_groups:
        most, used = _text(group / "memory.max"), _text(group / "memory.current")
        if most.isdigit() and used.isdigit():
            cached = _number_after(_text(group / "memory.stat"), "inactive_file")
            free.append(int(most) - int(used) + cached)
    return min(free)


def _control_groups(proc: Path, groups: Path) -> Iterator[Path]:
    """The control group of this process and those above it."""
    for line in _text(proc / "self/cgroup").splitlines():
        if line.startswith("0::/"):
            group = groups / line[4:]
            while group.is_relative_to(groups):
                yield group
                group = group.parent


def _number_after(text: str, name: str) -> int:
    words = text.split()
    return int(words[words.index(name) + 1]) if name in words else 0


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""

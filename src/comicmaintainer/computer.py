"""What this process may use of the computer: processor cores and memory.

Used for the defaults of settings. Containers and services limit both by control groups, of version
2 (https://docs.kernel.org/admin-guide/cgroup-v2.html) or 1. A limit of any group above ours counts.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_UNLIMITED = "max"


@dataclass(frozen=True, slots=True)
class Computer:
    """The cores that this process may keep busy, and the memory that it and others may use."""

    cores: int
    memory_bytes: int

    @classmethod
    def here(cls, root: Path = Path("/")) -> Self:
        """Ask the system; `root` is where its `proc` and `sys` are."""
        groups = _Groups(root)
        cores = min([len(os.sched_getaffinity(0)), *map(math.ceil, groups.core_quotas())])
        memory_bytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        return cls(max(1, cores), min([memory_bytes, *groups.memory_limits()]))


class _Groups:
    """The limits of the control groups that this process is in."""

    def __init__(self, root: Path) -> None:
        self._mount = root / "sys" / "fs" / "cgroup"
        try:
            lines = (root / "proc" / "self" / "cgroup").read_text("utf-8").splitlines()
        except OSError:
            lines = []
        self._own: dict[str, str] = {}
        for line in lines:
            _, controllers, path = line.split(":", 2)
            self._own.update(dict.fromkeys(controllers.split(","), path))

    def core_quotas(self) -> Iterator[float]:
        """Yield how many cores each group with a quota may keep busy."""
        for (text,) in self._found("", "cpu.max"):
            quota, period = text.split()
            if quota != _UNLIMITED:
                yield int(quota) / int(period)
        for quota, period in self._found("cpu", "cpu.cfs_quota_us", "cpu.cfs_period_us"):
            if int(quota) > 0:
                yield int(quota) / int(period)

    def memory_limits(self) -> Iterator[int]:
        """Yield the limits of all groups that have one, in bytes."""
        for (text,) in self._found("", "memory.max"):
            if text != _UNLIMITED:
                yield int(text)
        for (text,) in self._found("memory", "memory.limit_in_bytes"):
            yield int(text)

    def _found(self, controller: str, *names: str) -> Iterator[list[str]]:
        """Yield what these files say, for our group and each above that has them.

        `controller` is empty for version 2. In a container our path may be the computer's, of which
        only the end is mounted; then the mount itself is our group.
        """
        mount = self._mount / controller
        own = Path(self._own.get(controller, "/").lstrip("/"))
        for group in (own, *own.parents):
            try:
                yield [(mount / group / name).read_text("ascii").strip() for name in names]
            except OSError:
                continue

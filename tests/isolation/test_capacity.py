"""How many helpers fit beside a process, by processors and memory of machine and container."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from comicmaintainer.isolation.capacity import room_for_helpers

GIBIBYTE = 1 << 30


class Machine:
    """Files like those in /proc and /sys/fs/cgroup."""

    def __init__(self, folder: Path) -> None:
        self.proc = folder / "proc"
        self.groups = folder / "cgroup"
        self.put("proc/meminfo", f"MemFree: 1 kB\nMemAvailable:  {8 * GIBIBYTE >> 10} kB\n")
        self.put("proc/self/cgroup", "4:memory:/other\n0::/service/worker\n")

    def put(self, name: str, text: str) -> None:
        path = self.proc.parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def room(self, *, most: int = 2, memory_bytes: int = GIBIBYTE) -> int:
        return room_for_helpers(most, memory_bytes, proc=self.proc, groups=self.groups)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3})
    return Machine(tmp_path)


def test_as_many_as_wanted_if_the_machine_has_room(machine: Machine) -> None:
    assert machine.room(most=3) == 3


def test_not_more_than_processors(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    assert machine.room(most=5) == 2
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3})
    assert machine.room(most=5) == 0


@pytest.mark.parametrize(
    ("quota", "room"), [("max 100000", 2), ("200000 100000", 2), ("100000 100000", 0)]
)
def test_the_processor_time_of_a_container_counts(machine: Machine, quota: str, room: int) -> None:
    machine.put("cgroup/service/cpu.max", f"{quota}\n")
    assert machine.room() == room


def test_not_more_than_fit_into_free_memory(machine: Machine) -> None:
    machine.put("proc/meminfo", f"MemAvailable: {3 * GIBIBYTE >> 11} kB\n")
    assert machine.room() == 1


def test_the_memory_limit_of_a_container_counts_without_cached_files(machine: Machine) -> None:
    machine.put("cgroup/service/memory.max", str(4 * GIBIBYTE))
    machine.put("cgroup/service/memory.current", str(4 * GIBIBYTE))
    assert machine.room() == 0
    machine.put("cgroup/service/memory.stat", f"anon 1\ninactive_file {GIBIBYTE}\n")
    assert machine.room() == 1


def test_none_if_nothing_is_known_of_the_memory(tmp_path: Path) -> None:
    assert room_for_helpers(2, GIBIBYTE, proc=tmp_path, groups=tmp_path) == 0

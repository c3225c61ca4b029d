"""How many cores and how much memory a process may use, as control groups of either version say."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from comicmaintainer.computer import Computer

GIB = 1 << 30
PHYSICAL_BYTES = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
V2 = "0::/system.slice/comics.service\n"
V1 = "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n0::/\n"
PERIOD = {"cpu/docker/abc/cpu.cfs_period_us": "100000"}


@pytest.fixture(autouse=True)
def _sixteen_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)))


def computer(root: Path, own: str, files: Mapping[str, str]) -> Computer:
    (root / "proc" / "self").mkdir(parents=True)
    (root / "proc" / "self" / "cgroup").write_text(own)
    for name, text in files.items():
        path = root / "sys" / "fs" / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return Computer.here(root)


@pytest.mark.parametrize(
    ("own", "files", "cores"),
    [
        (V2, {"system.slice/comics.service/cpu.max": "max 100000"}, 16),
        (V2, {"system.slice/comics.service/cpu.max": "200000 100000"}, 2),
        (V2, {"system.slice/comics.service/cpu.max": "150000 100000"}, 2),
        (V2, {"system.slice/comics.service/cpu.max": "20000 100000"}, 1),
        (V2, {"system.slice/cpu.max": "300000 100000"}, 3),
        ("0::/\n", {"cpu.max": "200000 100000"}, 2),
        (V1, PERIOD | {"cpu/docker/abc/cpu.cfs_quota_us": "-1"}, 16),
        (V1, PERIOD | {"cpu/docker/abc/cpu.cfs_quota_us": "200000"}, 2),
        (V1, {"cpu/cpu.cfs_period_us": "50000", "cpu/cpu.cfs_quota_us": "200000"}, 4),
        ("", {}, 16),
    ],
)
def test_a_quota_counts_as_whole_cores(
    tmp_path: Path, own: str, files: Mapping[str, str], cores: int
) -> None:
    assert computer(tmp_path, own, files).cores == cores


def test_cores_that_the_process_may_not_run_on_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3})
    assert computer(tmp_path, V2, {"cpu.max": "400000 100000"}).cores == 1


@pytest.mark.parametrize(
    ("own", "files", "memory_bytes"),
    [
        (V2, {"system.slice/comics.service/memory.max": "max"}, PHYSICAL_BYTES),
        (V2, {"system.slice/comics.service/memory.max": str(GIB)}, GIB),
        (
            V2,
            {"system.slice/comics.service/memory.max": str(GIB), "memory.max": str(GIB // 2)},
            GIB // 2,
        ),
        (V1, {"memory/docker/abc/memory.limit_in_bytes": str(GIB)}, GIB),
        (V1, {"memory/memory.limit_in_bytes": str(GIB)}, GIB),
        (V1, {"memory/docker/abc/memory.limit_in_bytes": "9223372036854771712"}, PHYSICAL_BYTES),
        ("", {}, PHYSICAL_BYTES),
    ],
)
def test_the_smallest_memory_limit_counts(
    tmp_path: Path, own: str, files: Mapping[str, str], memory_bytes: int
) -> None:
    assert computer(tmp_path, own, files).memory_bytes == memory_bytes


def test_this_computer_can_be_asked() -> None:
    found = Computer.here()
    assert 1 <= found.cores <= 16
    assert 0 < found.memory_bytes <= PHYSICAL_BYTES

"""How many cores and how much memory a process may use, as control groups of either version say."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from comicmaintainer.computer import Computer

GIB = 1 << 30
MEMORY = f"MemTotal: {16 * GIB >> 10} kB\nMemFree: 1 kB\nMemAvailable:  {8 * GIB >> 10} kB\n"
V2 = "0::/system.slice/comics.service\n"
OWN = "system.slice/comics.service"
V1 = "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n0::/\n"
PERIOD = {"cpu/docker/abc/cpu.cfs_period_us": "100000"}


@pytest.fixture(autouse=True)
def _sixteen_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)))


def computer(root: Path, own: str, files: Mapping[str, str]) -> Computer:
    placed = {f"sys/fs/cgroup/{name}": text for name, text in files.items()}
    for name, text in (placed | {"proc/self/cgroup": own, "proc/meminfo": MEMORY}).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Computer.here(root)


@pytest.mark.parametrize(
    ("own", "files", "cores"),
    [
        (V2, {f"{OWN}/cpu.max": "max 100000\n"}, 16),
        (V2, {f"{OWN}/cpu.max": "200000 100000\n"}, 2),
        (V2, {f"{OWN}/cpu.max": "150000 100000\n"}, 2),
        (V2, {f"{OWN}/cpu.max": "20000 100000\n"}, 1),
        (V2, {"system.slice/cpu.max": "300000 100000\n"}, 3),
        ("0::/\n", {"cpu.max": "200000 100000\n"}, 2),
        (V1, PERIOD | {"cpu/docker/abc/cpu.cfs_quota_us": "-1\n"}, 16),
        (V1, PERIOD | {"cpu/docker/abc/cpu.cfs_quota_us": "200000\n"}, 2),
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
    ("own", "files", "memory_gib"),
    [
        (V2, {f"{OWN}/memory.max": "max\n"}, 16),
        (V2, {f"{OWN}/memory.max": f"{GIB}\n"}, 1),
        (V2, {f"{OWN}/memory.max": f"{2 * GIB}", "memory.max": f"{GIB}"}, 1),
        (V1, {"memory/docker/abc/memory.limit_in_bytes": f"{GIB}\n"}, 1),
        (V1, {"memory/memory.limit_in_bytes": f"{GIB}"}, 1),
        (V1, {"memory/docker/abc/memory.limit_in_bytes": "9223372036854771712"}, 16),
        ("", {}, 16),
    ],
)
def test_the_smallest_memory_limit_counts(
    tmp_path: Path, own: str, files: Mapping[str, str], memory_gib: int
) -> None:
    assert computer(tmp_path, own, files).memory_bytes == memory_gib * GIB


@pytest.mark.parametrize(
    ("own", "files", "free_gib"),
    [
        (V2, {f"{OWN}/memory.max": "max", f"{OWN}/memory.current": f"{6 * GIB}"}, 8),
        (V2, {f"{OWN}/memory.max": f"{4 * GIB}", f"{OWN}/memory.current": f"{3 * GIB}"}, 1),
        (
            V2,
            {
                f"{OWN}/memory.max": f"{4 * GIB}",
                f"{OWN}/memory.current": f"{4 * GIB}",
                f"{OWN}/memory.stat": f"anon 1\ninactive_file {2 * GIB}\n",
            },
            2,
        ),
        (V2, {f"{OWN}/memory.max": f"{GIB}", f"{OWN}/memory.current": f"{2 * GIB}"}, 0),
        (
            V1,
            {
                "memory/docker/abc/memory.limit_in_bytes": f"{4 * GIB}",
                "memory/docker/abc/memory.usage_in_bytes": f"{4 * GIB}",
                "memory/docker/abc/memory.stat": f"cache 1\ntotal_inactive_file {GIB}\n",
            },
            1,
        ),
    ],
)
def test_memory_of_cached_files_is_free(
    tmp_path: Path, own: str, files: Mapping[str, str], free_gib: int
) -> None:
    assert computer(tmp_path, own, files).free_bytes == free_gib * GIB


def test_what_is_not_known_of_the_memory_counts_as_none(tmp_path: Path) -> None:
    assert Computer.here(tmp_path) == Computer(16, 0, 0)


def test_this_computer_can_be_asked() -> None:
    found = Computer.here()
    assert 1 <= found.cores <= 16
    assert 0 < found.free_bytes <= found.memory_bytes

"""The syncs of a folder are counted apart from others, and delayed one after the other."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from benchmarks.emulated_disks import DiskUnavailable, DiskWork, PlainDisk, compiled

SYNCS = """
import ctypes, os, sys
from pathlib import Path
libc = ctypes.CDLL(None)
WRITE, WAIT_AFTER = 2, 4
for folder in sys.argv[1:]:
    os.mkdir(folder + "/inside")
    with open(folder + "/inside/file", "wb") as file:
        file.write(b"data")
        file.flush()
        os.fsync(file.fileno())
        os.fdatasync(file.fileno())
        for flags in (WRITE, WRITE | WAIT_AFTER):
            number = libc.sync_file_range(
                file.fileno(), ctypes.c_int64(0), ctypes.c_int64(4), ctypes.c_uint(flags)
            )
            assert number == 0
        Path(file.name).unlink()
        os.fsync(file.fileno())
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
"""
IN_EACH_FOLDER = 5  # fsync, fdatasync, sync_file_range that waits, deleted file, folder
THREADS = """
import os, sys, threading
def sync(name):
    with open(os.path.join(sys.argv[1], name), "wb") as file:
        os.fsync(file.fileno())
threads = [threading.Thread(target=sync, args=(f"{os.getpid()}-{number}",)) for number in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def start(disk: PlainDisk, program: str, *folders: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", program, *map(str, folders)]
    return subprocess.Popen(command, env={**os.environ, **disk.environment})


def test_syncs_of_the_folder_are_counted_apart(build: Path, tmp_path: Path) -> None:
    # A folder whose name only begins like that of the disk is not on it.
    elsewhere = [tmp_path / "disk-2", tmp_path / "other"]
    for folder in elsewhere:
        folder.mkdir()
    with PlainDisk("plain", tmp_path / "disk", build) as disk:
        disk.begin()
        assert start(disk, SYNCS, disk.folder, *elsewhere).wait(60) == 0
        assert disk.end() == DiskWork(IN_EACH_FOLDER, 2 * IN_EACH_FOLDER)
        disk.begin()
        assert disk.end() == DiskWork(0, 0)


def test_delays_of_threads_and_processes_add_up(build: Path, tmp_path: Path) -> None:
    with PlainDisk("slow", tmp_path / "disk", build, sync_ms=30) as disk:
        disk.begin()
        begun = time.monotonic()
        processes = [start(disk, THREADS, disk.folder) for _ in range(2)]
        assert [process.wait(60) for process in processes] == [0, 0]
        assert time.monotonic() - begun >= 6 * 0.030  # a sleep never ends early
        assert disk.end() == DiskWork(6, 0)


def test_overlapping_delays_do_not_add_up(build: Path, tmp_path: Path) -> None:
    with PlainDisk("slow", tmp_path / "disk", build, sync_ms=3000, overlap=True) as disk:
        disk.begin()
        begun = time.monotonic()
        processes = [start(disk, THREADS, disk.folder) for _ in range(2)]
        assert [process.wait(60) for process in processes] == [0, 0]
        # One after the other they would take 18 s; two of the six could still queue.
        assert 3 <= time.monotonic() - begun < 15
        assert disk.end() == DiskWork(6, 0)


def test_a_missing_compiler_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(DiskUnavailable, match=r"no C compiler \(no-such-compiler\)"):
        compiled((Path("sync_delay.c"),), tmp_path / "sync_delay.so")

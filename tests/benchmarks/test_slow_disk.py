"""The command runs the product on each emulated disk, and leaves nothing behind."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from benchmarks.emulated_disks import missing_for_spinning

pytestmark = pytest.mark.slow

PROGRAM = Path(__file__).parents[2] / "benchmarks" / "slow_disk.py"
SMALL = ["--files", "3", "--megabytes", "0.2", "--rounds", "1", "--engines", "ComicMaintainer"]
CANNOT_MOUNT = "can't have mounts of its own|cannot mount|`losetup|can't be set up"


def started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(PROGRAM), *SMALL, "--folder", str(folder), *arguments]
    return subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_slow_syncs_are_counted_on_the_disk_and_elsewhere(build: Path, tmp_path: Path) -> None:
    del build  # it needs a compiler
    process = started(
        tmp_path, "--sync-ms", "1", "--database", "elsewhere", "--operations", "process"
    )
    shown, errors = process.communicate(timeout=240)
    assert process.returncode == 0, errors
    (row,) = re.findall(r"\n\| ComicMaintainer \| syncs of 1 ms \| elsewhere \|.*", shown)
    _, _, _, _, _, syncs, elsewhere, *_ = row.split("|")
    assert float(syncs) >= 2  # two for the tags of each comic
    assert float(elsewhere) > 0
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def spinning(build: Path) -> None:
    del build
    if missing := missing_for_spinning():
        pytest.skip(f"a spinning disk needs {', '.join(missing)}")


def test_a_spinning_disk_flushes_what_is_synced(spinning: None, tmp_path: Path) -> None:
    process = started(tmp_path, "--disk", "spinning")
    shown, errors = process.communicate(timeout=240)
    if re.search(CANNOT_MOUNT, errors):
        pytest.skip(errors)
    assert process.returncode == 0, errors
    heads = re.findall(r"\n\| ComicMaintainer \| same \| ([\d.]+) \| ([\d.]+) \|", shown)
    assert len(heads) == 3  # scan, verify, process
    assert all(float(number) > 0 for number in heads[-1])
    assert list(tmp_path.iterdir()) == []
    assert str(tmp_path) not in Path("/proc/mounts").read_text()


@pytest.mark.parametrize("after_s", [2, 5])
def test_an_interrupt_leaves_nothing_behind(spinning: None, tmp_path: Path, after_s: float) -> None:
    process = started(tmp_path, "--disk", "spinning", "--operations", "process")
    time.sleep(after_s)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=120)
    assert list(tmp_path.iterdir()) == []
    assert str(tmp_path) not in Path("/proc/mounts").read_text()

"""The short form of the fault sweeps; `sweep.py --full` is the whole one.

Every third fault of append and replace, a sample of the other actions, and power cuts at a few
calls where loop devices are allowed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.faults.actions import ACTIONS, FILING
from tests.faults.sweep import CALLS, power_cut_sweep, sweep

MANY = {"append": 3, "replace": 7, "group": 7, "undo-group": 7}
ACROSS = ("move", *FILING)
OTHERS = tuple(action for action in ACTIONS if action not in (*MANY, *ACROSS))

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def needs_strace() -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    probe = ["strace", "-f", "-o", "/dev/null", "-e", f"trace={CALLS[0]}", "true"]
    if subprocess.run(probe, check=False, capture_output=True).returncode != 0:
        pytest.skip("strace may not trace here")


@pytest.mark.parametrize("action", MANY)
def test_no_fault_in_a_tag_write_loses_or_changes_a_page(action: str) -> None:
    report = sweep((action,), every=MANY[action])
    assert report["broken"] == []
    assert report["cases"] >= 6


@pytest.mark.parametrize("action", OTHERS)
def test_no_fault_in_other_actions_loses_or_changes_a_page(action: str) -> None:
    report = sweep((action,), every=13)
    assert report["broken"] == []
    assert report["cases"] >= 1


@pytest.mark.parametrize("action", ACROSS)
def test_moves_across_filesystems_survive_faults(action: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    report = sweep((action,), every=13)
    assert report["broken"] == []


@pytest.mark.parametrize("kind", ["ext4", "xfs"])
def test_power_cuts_leave_the_old_or_the_new_archive(kind: str) -> None:
    if os.geteuid() != 0 or shutil.which(f"mkfs.{kind}") is None:
        pytest.skip(f"needs root and mkfs.{kind}")
    if not can_mount(kind):
        pytest.skip("loop devices are not possible here")
    report = power_cut_sweep(("append",), every=3, kinds=(kind,))
    assert report["broken"] == []
    assert report["cases"] >= 4


def can_mount(kind: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        image, disk = Path(folder, "image"), Path(folder, "disk")
        image.touch()
        disk.mkdir()
        os.truncate(image, 320 << 20)
        commands = (
            [f"mkfs.{kind}", "-q", str(image)],
            ["mount", "-o", "loop", str(image), str(disk)],
            ["umount", str(disk)],
        )
        return all(
            subprocess.run(one, check=False, capture_output=True).returncode == 0
            for one in commands
        )

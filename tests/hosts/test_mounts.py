"""Hosts of tests leave alone what other tests mount."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.faults.disks import Disk, why_impossible
from tests.hosts.mounts import MountedHost, compiled
from tests.kit.waiting import wait_until


@pytest.mark.slow
def test_a_disk_is_gone_when_it_is_unmounted_beside_a_host(tmp_path: Path) -> None:
    program = compiled(tmp_path)
    reason = why_impossible(tmp_path)
    if reason is not None:
        pytest.skip(reason)
    folder, place = tmp_path / "folder", tmp_path / "place"
    for each in (folder, place):
        each.mkdir()
    disk = Disk(tmp_path / "disk.img", tmp_path / "disk", megabytes=8)
    disk.mount()
    host = MountedHost(program, {place: folder})
    try:
        subprocess.run(["umount", str(disk.folder)], check=True)
        attached = ["losetup", "-j", str(disk.image)]
        wait_until(lambda: not subprocess.run(attached, check=True, capture_output=True).stdout)
    finally:
        host.close()
        disk.remove()

from __future__ import annotations

import os
from pathlib import Path

import pytest

from comicmaintainer.filesystem.disks import DiskProblem, check_disk


def test_usable_folder_has_no_problem(tmp_path: Path) -> None:
    state = check_disk(tmp_path)
    assert state.problem is None
    assert state.free_bytes > 0


def test_absent_folder_is_missing(tmp_path: Path) -> None:
    assert check_disk(tmp_path / "none").problem is DiskProblem.MISSING


def test_file_in_the_place_of_a_folder_has_failed(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert check_disk(tmp_path / "file").problem is DiskProblem.FAILED


def test_disk_with_less_room_than_wanted_is_full(tmp_path: Path) -> None:
    assert check_disk(tmp_path, no_room_bytes=1 << 62).problem is DiskProblem.FULL


def test_kernel_filesystem_is_read_only_or_full(tmp_path: Path) -> None:
    assert check_disk(Path("/proc")).problem is not None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_of_another_user_is_not_permitted(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert check_disk(tmp_path).problem is DiskProblem.NOT_PERMITTED

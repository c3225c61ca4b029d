"""What filesystems are trusted with."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from comicmaintainer.errors import FileMissing
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.reliability import (
    FilesystemKind,
    filesystem_of,
    is_network,
    vouched_kinds,
)
from comicmaintainer.settings import Settings


def test_memory_filesystem_is_known(tmp_path: Path) -> None:
    shared = Path("/dev/shm")
    if not shared.is_dir():
        pytest.skip("there is no /dev/shm")
    assert filesystem_of(shared)[1] is FilesystemKind.MEMORY
    assert not is_network(shared)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ext4", "xfs"])
def test_journaling_filesystems_are_trusted(tmp_path: Path, name: str) -> None:
    image, folder = tmp_path / "disk", tmp_path / "mounted"
    folder.mkdir()
    image.touch()
    os.truncate(image, 320 << 20)
    commands = (
        [f"mkfs.{name}", "-q", str(image)],
        ["mount", "-o", "loop", str(image), str(folder)],
    )
    for command in commands:
        try:
            done = subprocess.run(command, check=False, capture_output=True)
        except FileNotFoundError:
            pytest.skip(f"{command[0]} is not installed")
        if done.returncode != 0:
            pytest.skip(f"{command[0]} is not possible here")
    try:
        assert filesystem_of(folder) == (name, FilesystemKind.JOURNALING)
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_setting_vouches_for_a_kind_of_filesystem() -> None:
    assert vouched_kinds(Settings.from_environment({})) == frozenset()
    vouching = Settings.from_environment({"APPEND_ON_FUSE": "true"})
    assert vouched_kinds(vouching) == {FilesystemKind.FUSE}


def test_absent_path_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        filesystem_of(tmp_path / "absent")


def test_identity_changes_with_content_and_replacement(tmp_path: Path) -> None:
    path = tmp_path / "comic.cbz"
    path.write_bytes(b"one")
    os.utime(path, ns=(1, 1))
    first = FileIdentity.of(path)
    assert FileIdentity.from_json(first.to_json()) == first == FileIdentity.of(path)
    path.write_bytes(b"two!")
    assert FileIdentity.of(path) != first
    with pytest.raises(FileMissing):
        FileIdentity.of(tmp_path / "absent")

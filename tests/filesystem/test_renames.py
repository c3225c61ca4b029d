"""Renames and moves: nothing overwritten, nothing lost."""

from __future__ import annotations

import errno
import os
import random
import subprocess
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from comicmaintainer.errors import ComicMaintainerError, FileMissing, InvalidInput, TargetExists
from comicmaintainer.filesystem import renames
from comicmaintainer.filesystem.folders import make_folder, sync_left_folder
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.renames import finish_interrupted_rename, move, rename_noreplace
from comicmaintainer.filesystem.temporaries import is_temporary, moving_name


def refuse(number: int):
    def fail(*_args: object, **_keywords: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.fixture(params=["renameat2", "link", "placeholder"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each way to rename, as on a filesystem that has none of the better ones."""
    if request.param != "renameat2":
        monkeypatch.setattr(renames, "_rename_atomically", refuse(errno.EINVAL))
    if request.param == "placeholder":
        monkeypatch.setattr(os, "link", refuse(errno.EPERM))
    return request.param


def test_rename_moves_the_file(tmp_path: Path, way: str) -> None:
    old, new = tmp_path / "old.cbz", tmp_path / "new.cbz"
    old.write_bytes(b"comic")
    rename_noreplace(old, new)
    assert new.read_bytes() == b"comic"
    assert not old.exists()


def test_rename_never_overwrites(tmp_path: Path, way: str) -> None:
    old, new = tmp_path / "old.cbz", tmp_path / "new.cbz"
    old.write_bytes(b"mine")
    new.write_bytes(b"theirs")
    with pytest.raises(TargetExists):
        rename_noreplace(old, new)
    assert (old.read_bytes(), new.read_bytes()) == (b"mine", b"theirs")


def test_rename_does_not_overwrite_another_link_of_the_same_file(tmp_path: Path, way: str) -> None:
    old, new = tmp_path / "old.cbz", tmp_path / "OLD.cbz"
    old.write_bytes(b"mine")
    subprocess.run(["ln", str(old), str(new)], check=True)  # os.link may be refused here
    with pytest.raises(TargetExists):
        rename_noreplace(old, new)
    assert old.exists()
    assert new.exists()


def test_rename_changes_case_only(tmp_path: Path, way: str) -> None:
    old, new = tmp_path / "batman.cbz", tmp_path / "Batman.cbz"
    old.write_bytes(b"comic")
    rename_noreplace(old, new)
    assert [path.name for path in tmp_path.iterdir()] == ["Batman.cbz"]


def test_rename_of_an_absent_file_is_an_error(tmp_path: Path, way: str) -> None:
    with pytest.raises(FileMissing):
        rename_noreplace(tmp_path / "absent.cbz", tmp_path / "new.cbz")
    assert not [*tmp_path.iterdir()]


def test_rename_into_an_absent_folder_is_an_error(tmp_path: Path, way: str) -> None:
    old = tmp_path / "old.cbz"
    old.write_bytes(b"comic")
    with pytest.raises(FileMissing, match="absent"):
        rename_noreplace(old, tmp_path / "absent" / "new.cbz")
    assert old.read_bytes() == b"comic"


def test_rename_to_a_name_too_long_is_an_error(tmp_path: Path) -> None:
    old = tmp_path / "old.cbz"
    old.write_bytes(b"comic")
    with pytest.raises(InvalidInput):
        rename_noreplace(old, tmp_path / ("x" * 300 + ".cbz"))
    assert old.exists()


def test_ten_thousand_generated_renames_overwrite_nothing(tmp_path: Path) -> None:
    """Swaps, cycles, case, Unicode forms and 250-byte names: each file's bytes exist once after."""
    source = random.Random(7)
    stems = ["a", "A", "é", unicodedata.normalize("NFD", "é"), "x" * 246, "X" * 246, "漫画", "b c"]
    names = [f"{stem}.cbz" for stem in stems]
    places = {tmp_path / name: name.encode() for name in names[:6]}
    for path, content in places.items():
        path.write_bytes(content)
    refused = 0
    for _ in range(10_000):
        old = source.choice([*places])
        new = tmp_path / source.choice(names)
        if new in places and new != old:
            with pytest.raises(TargetExists):
                rename_noreplace(old, new)
            refused += 1
        else:
            rename_noreplace(old, new)
            places[new] = places.pop(old)
    assert refused > 1_000
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == places


def test_finishing_returns_whether_a_rename_was_done(tmp_path: Path) -> None:
    old, new = tmp_path / "old.cbz", tmp_path / "new.cbz"
    old.write_bytes(b"comic")
    identity = FileIdentity.of(old)
    assert not finish_interrupted_rename(old, new, identity)
    rename_noreplace(old, new)
    assert finish_interrupted_rename(old, new, identity)
    new.unlink()
    with pytest.raises(FileMissing):
        finish_interrupted_rename(old, new, identity)


def test_finishing_completes_a_rename_that_stopped_with_two_links(tmp_path: Path) -> None:
    old, new = tmp_path / "old.cbz", tmp_path / "new.cbz"
    old.write_bytes(b"comic")
    new.hardlink_to(old)
    assert finish_interrupted_rename(old, new, FileIdentity.of(old))
    assert [path.name for path in tmp_path.iterdir()] == ["new.cbz"]


def test_finishing_removes_an_empty_placeholder(tmp_path: Path) -> None:
    old, new = tmp_path / "old.cbz", tmp_path / "new.cbz"
    old.write_bytes(b"comic")
    new.touch()
    assert not finish_interrupted_rename(old, new, FileIdentity.of(old))
    assert [path.name for path in tmp_path.iterdir()] == ["old.cbz"]


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A folder on another filesystem."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("this place allows no mounts")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_move_across_filesystems_keeps_times_and_mode(tmp_path: Path, elsewhere: Path) -> None:
    old, new = tmp_path / "old.cbz", elsewhere / "new.cbz"
    old.write_bytes(os.urandom(300_000))
    content = old.read_bytes()
    old.chmod(0o640)
    os.utime(old, ns=(5, 7_000_000_001))
    move(old, new)
    assert new.read_bytes() == content
    assert new.stat().st_mtime_ns == 7_000_000_001
    assert new.stat().st_mode & 0o777 == 0o640
    assert not old.exists()
    assert [*elsewhere.iterdir()] == [new]


def test_move_across_filesystems_never_overwrites(tmp_path: Path, elsewhere: Path) -> None:
    old, new = tmp_path / "old.cbz", elsewhere / "new.cbz"
    old.write_bytes(b"mine")
    new.write_bytes(b"theirs")
    with pytest.raises(TargetExists):
        move(old, new)
    assert (old.read_bytes(), new.read_bytes()) == (b"mine", b"theirs")
    assert [*elsewhere.iterdir()] == [new]


def test_move_to_a_full_filesystem_keeps_the_source(tmp_path: Path, elsewhere: Path) -> None:
    old = tmp_path / "old.cbz"
    old.write_bytes(os.urandom(3 << 20))
    content = old.read_bytes()
    with pytest.raises(ComicMaintainerError) as caught:
        move(old, elsewhere / "new.cbz")
    assert caught.value.code == "disk_full"
    assert caught.value.retryable
    assert old.read_bytes() == content
    assert not [*elsewhere.iterdir()]


def test_removal_of_an_emptied_folder_is_not_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "series" / "volume"
    make_folder(folder)
    sync_left_folder(folder)
    (tmp_path / "series" / "volume").rmdir()
    sync_left_folder(folder)
    (tmp_path / "series").rmdir()
    sync_left_folder(folder)


def test_make_folder_creates_all_missing_folders(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b" / "c")
    make_folder(tmp_path / "a" / "b" / "c")
    assert (tmp_path / "a" / "b" / "c").is_dir()


@pytest.mark.parametrize(
    "name", ["Saga 1.cbz", "x" * 251 + ".cbz", "\u00e9" * 125 + ".cbz", "noend", ".hidden"]
)
def test_an_intermediate_name_is_short_enough_and_keeps_its_suffix(name: str) -> None:
    between = moving_name(name, "0123456789abcdef")
    assert len(between.encode()) <= 255
    assert Path(between).suffix == Path(name).suffix or "." not in name.lstrip(".")
    assert not is_temporary(between)

"""Temporary files: published whole, or gone; strays are found, living ones left alone."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from comicmaintainer.errors import (
    DiskFull,
    DiskReadOnly,
    FileMissing,
    ReadOnlyStorage,
    TargetExists,
)
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.filesystem.siblings import SiblingFile
from comicmaintainer.filesystem.temporaries import (
    is_temporary,
    new_token,
    sweep_temporaries,
    temporary_name,
)

LATER_AT = 4e9


def test_published_file_takes_the_targets_place(tmp_path: Path) -> None:
    target = tmp_path / "comic.cbz"
    target.write_bytes(b"old")
    with SiblingFile.create(target) as new:
        new.append(b"new ")
        new.append(b"bytes")
        new.overwrite(0, b"N")
        new.sync()
        assert target.read_bytes() == b"old"
        new.replace_target()
    assert target.read_bytes() == b"New bytes"
    assert [*tmp_path.iterdir()] == [target]


def test_unpublished_file_is_removed(tmp_path: Path) -> None:
    with SiblingFile.create(tmp_path / "comic.cbz") as new:
        new.append(b"x")
        assert [*tmp_path.iterdir()] == [new.path]
    assert not [*tmp_path.iterdir()]


def test_ranges_are_copied_from_another_file(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(bytes(range(256)))
    target = tmp_path / "target"
    with source.open("rb") as stream, SiblingFile.create(target) as new:
        new.append_range(stream.fileno(), 10, 5)
        new.append(b"-")
        new.append_range(stream.fileno(), 0, 3)
        new.replace_target()
    assert target.read_bytes() == bytes([10, 11, 12, 13, 14]) + b"-" + bytes([0, 1, 2])


def test_token_names_the_temporary_beforehand(tmp_path: Path) -> None:
    token = new_token()
    with SiblingFile.create(tmp_path / "comic.cbz", token=token) as new:
        assert new.path.name == temporary_name("comic.cbz", token)
        with pytest.raises(TargetExists):
            SiblingFile.create(tmp_path / "comic.cbz", token=token)


@pytest.mark.parametrize("name", ["comic.cbz", "x" * 250 + ".cbz", "漫" * 80 + ".cbz", "a\nb.cbz"])
def test_temporary_names_are_hidden_short_enough_and_recognised(name: str) -> None:
    made = temporary_name(name, new_token())
    assert made.startswith(".")
    assert len(os.fsencode(made)) <= 255
    assert is_temporary(made)
    assert not is_temporary(name)


@pytest.mark.parametrize("name", [".comic.cbz.tmp", "a.cm-0123456789abcdef.tmp", ".a.cm-xyz.tmp"])
def test_names_of_other_programs_are_not_ours(name: str) -> None:
    assert not is_temporary(name)


def test_sweep_removes_strays_at_all_depths_and_nothing_else(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    comic = deep / "comic.cbz"
    comic.write_bytes(b"comic")
    strays = [tmp_path / temporary_name("x", new_token()), deep / temporary_name("y", new_token())]
    for stray in strays:
        stray.write_bytes(b"half")
    assert sorted(sweep_temporaries(tmp_path, now_at=LATER_AT)) == sorted(strays)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [comic]


@pytest.mark.usefixtures("nfs_locks")
def test_sweep_works_over_nfs(tmp_path: Path) -> None:
    test_sweep_removes_strays_at_all_depths_and_nothing_else(tmp_path)
    test_sweep_keeps_files_that_are_being_written(tmp_path)


def test_sweep_removes_strays_of_read_only_comics(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stray = tmp_path / temporary_name("x", new_token())
    stray.write_bytes(b"half")
    stray.chmod(0o444)
    opened = os.open

    def as_its_owner(path: Path, flags: int) -> int:
        if flags & os.O_RDWR:
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened(path, flags)

    monkeypatch.setattr(os, "open", as_its_owner)
    assert sweep_temporaries(tmp_path, now_at=LATER_AT) == [stray]


def test_sweep_keeps_files_that_are_being_written(tmp_path: Path) -> None:
    with SiblingFile.create(tmp_path / "comic.cbz") as new:
        assert sweep_temporaries(tmp_path, now_at=LATER_AT) == []
        assert new.path.exists()


def test_system_errors_become_ours(tmp_path: Path) -> None:
    cases = {28: DiskFull, 122: DiskFull, 30: DiskReadOnly, 13: ReadOnlyStorage, 2: FileMissing}
    for number, expected in cases.items():
        with pytest.raises(expected, match="comic"), storage_errors(tmp_path / "comic.cbz"):
            raise OSError(number, os.strerror(number))

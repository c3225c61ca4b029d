"""What counts of a stored identity: on its own host, and on another one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.errors import FileBusy, FileMissing
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.renames import finish_interrupted_rename

STORED = FileIdentity(dev=1, ino=2, size_bytes=3, mtime_ns=4_500_000_000)
FOREIGN = replace(STORED, is_foreign=True)


@pytest.mark.parametrize(
    ("changes", "is_same", "is_same_elsewhere"),
    [
        ({"dev": 9}, True, True),
        ({"ino": 9}, False, True),
        ({"mtime_ns": 4_000_000_000}, False, True),
        ({"mtime_ns": 5_000_000_000}, False, False),
        ({"size_bytes": 9}, False, False),
    ],
)
def test_inode_and_fractions_count_only_on_the_host_that_stored_them(
    changes: dict[str, Any], *, is_same: bool, is_same_elsewhere: bool
) -> None:
    found = replace(STORED, **changes)
    assert (found == STORED) is is_same
    assert (found == FOREIGN) is is_same_elsewhere
    assert (hash(found) == hash(FOREIGN)) is is_same_elsewhere


def test_another_hosts_inode_names_no_file() -> None:
    written_since = replace(STORED, size_bytes=9)
    assert written_since.is_of_file(STORED)
    assert not written_since.is_of_file(FOREIGN)


@pytest.fixture
def names(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "old.cbz", tmp_path / "new.cbz"


def foreign(path: Path) -> FileIdentity:
    """The identity of the file as another host has stored it."""
    return replace(FileIdentity.of(path), ino=77, is_foreign=True)


def test_another_hosts_rename_is_recognised(names: tuple[Path, Path]) -> None:
    old, new = names
    old.write_bytes(b"comic")
    stored = foreign(old)
    assert not finish_interrupted_rename(old, new, stored)
    old.rename(new)
    assert finish_interrupted_rename(old, new, stored)
    old.write_bytes(b"another one")
    assert finish_interrupted_rename(old, new, stored)
    assert old.exists()
    new.unlink()
    old.unlink()
    with pytest.raises(FileMissing):
        finish_interrupted_rename(old, new, stored)


@pytest.mark.parametrize("is_placeholder", [False, True])
def test_what_another_host_left_under_both_names_is_left_to_it(
    names: tuple[Path, Path], *, is_placeholder: bool
) -> None:
    old, new = names
    old.write_bytes(b"comic")
    stored = foreign(old)
    if is_placeholder:
        new.touch()
    else:
        new.hardlink_to(old)
    with pytest.raises(FileBusy):
        finish_interrupted_rename(old, new, stored)
    assert old.exists()
    assert new.exists()

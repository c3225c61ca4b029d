"""A file beside comics is written whole or not at all, and never over what someone else wrote."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from comicmaintainer.errors import FileBusy, FileChanged, FileMissing, OutsideLibrary, UndoRefused
from comicmaintainer.filesystem.shared_steps import run_alone
from comicmaintainer.filesystem.temporaries import temporary_name
from comicmaintainer.operations.changes.written_file import (
    Writing,
    content_of,
    finish_interrupted_write,
    take_back,
    write,
)

OLD, NEW, THEIRS = b"old", b"new", b"theirs"
TOKEN = "0123456789abcdef"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "series").mkdir()
    return tmp_path / "series" / "series.json"


def free() -> None:
    """The guard of a caller whom nobody stops."""


def written(path: Path, before: bytes | None, guard: Callable[[], None] = free) -> Writing:
    writing = Writing.planned(path, before, NEW, TOKEN)
    run_alone(write(path, writing, NEW, guard=guard))
    return Writing.from_json(writing.to_json())


@pytest.mark.parametrize("before", [None, OLD])
def test_it_is_written_and_taken_back_once_or_twice(path: Path, before: bytes | None) -> None:
    if before is not None:
        path.write_bytes(before)
    writing = written(path, before)
    assert path.read_bytes() == NEW
    assert finish_interrupted_write(path, writing)
    for _ in range(2):
        run_alone(take_back(path, writing, guard=free))
        assert content_of(path) == before
    assert [each.name for each in path.parent.iterdir()] == ([] if before is None else [path.name])
    assert not finish_interrupted_write(path, writing)


@pytest.mark.parametrize("before", [None, OLD])
def test_a_file_that_comes_between_is_not_replaced(path: Path, before: bytes | None) -> None:
    if before is not None:
        path.write_bytes(before)

    def come_between() -> None:
        path.write_bytes(THEIRS)

    with pytest.raises(FileBusy):
        written(path, before, guard=come_between)
    assert [each.read_bytes() for each in path.parent.iterdir()] == [THEIRS]


def test_an_interrupted_write_leaves_no_temporary_file(path: Path) -> None:
    writing = Writing.planned(path, None, NEW, TOKEN)
    path.with_name(temporary_name(path.name, TOKEN)).write_bytes(b"ne")
    assert not finish_interrupted_write(path, writing)
    assert list(path.parent.iterdir()) == []


def test_what_someone_else_wrote_stays(path: Path) -> None:
    writing = written(path, None)
    path.write_bytes(THEIRS)
    with pytest.raises(FileChanged):
        finish_interrupted_write(path, writing)
    with pytest.raises(UndoRefused, match="changed by someone else since"):
        run_alone(take_back(path, writing, guard=free))
    assert path.read_bytes() == THEIRS


def test_a_file_that_someone_removed_is_not_made_again(path: Path) -> None:
    path.write_bytes(OLD)
    writing = written(path, OLD)
    path.unlink()
    with pytest.raises(UndoRefused, match="removed by someone else"):
        run_alone(take_back(path, writing, guard=free))
    assert not path.exists()


def test_a_folder_that_became_a_link_is_not_followed(path: Path) -> None:
    writing = written(path, None)
    outside = path.parents[1] / "outside"
    path.parent.rename(outside)
    path.parent.symlink_to(outside)
    with pytest.raises(OutsideLibrary):
        run_alone(take_back(path, writing, guard=free))
    with pytest.raises(OutsideLibrary):
        written(path, NEW)
    assert (outside / path.name).read_bytes() == NEW


def test_a_folder_on_another_disk_tells_nothing(path: Path) -> None:
    writing = Writing(None, Writing.planned(path, None, NEW, TOKEN).after, TOKEN, device=-1)
    with pytest.raises(FileMissing):
        finish_interrupted_write(path, writing)

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from comicmaintainer.library.scan.folder_listing import FolderListing, list_folder
from comicmaintainer.library.scan.folder_walk import list_folders


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for number in range(300):
        folder = tmp_path / f"{number % 3}" / f"{number}"
        folder.mkdir(parents=True)
        (folder / f"{number}.cbz").write_bytes(b"x" * number)
    return tmp_path


Helpers = Callable[[], set[int]]


@pytest.fixture
def helpers() -> Helpers:
    """Returns the child processes that the test has started: others may have left some."""

    def children() -> set[int]:
        listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
        return {int(child) for child in listed.split()}

    before = children()
    return lambda: children() - before


def test_a_digest_changes_with_names_sizes_and_times_only(tmp_path: Path) -> None:
    (tmp_path / "a.cbz").write_bytes(b"1")
    first = list_folder(str(tmp_path), None)
    assert first.digest is not None
    assert list_folder(str(tmp_path), first.digest).is_same
    (tmp_path / "notes.txt").write_bytes(b"1")
    (tmp_path / ".hidden").mkdir()
    assert list_folder(str(tmp_path), first.digest).is_same
    os.utime(tmp_path / "a.cbz", ns=(1, 1))
    second = list_folder(str(tmp_path), first.digest)
    assert not second.is_same
    (tmp_path / "below").mkdir()
    third = list_folder(str(tmp_path), second.digest)
    assert not third.is_same
    assert third.folders == (f"{tmp_path}/below",)


def test_a_listing_survives_its_way_from_the_helper(tree: Path) -> None:
    listing = list_folder(str(tree / "1/1"), None)
    assert FolderListing.from_json(listing.to_json()) == listing


def test_a_missing_folder_is_gone_and_a_file_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for name in ("none", "file", "none/below"):
        listing = list_folder(str(tmp_path / name), None)
        assert (listing.digest, listing.error) == (None, None)


@pytest.mark.parametrize("with_helper", [True, False])
def test_every_folder_is_listed_once(tree: Path, helpers: Helpers, *, with_helper: bool) -> None:
    listed = list(list_folders(str(tree), {}, with_helper=with_helper))
    assert sum(listing.file_count for listing in listed) == 300
    assert len({listing.path for listing in listed}) == len(listed) == 304
    known = {listing.path: listing.digest or "" for listing in listed}
    again = list(list_folders(str(tree), known, with_helper=with_helper))
    assert all(listing.is_same for listing in again)
    assert len(again) == 304
    assert helpers() == set()


def test_a_walk_continues_when_its_helper_is_killed(tree: Path, helpers: Helpers) -> None:
    known = {listing.path: "" for listing in list_folders(str(tree), {})}
    walk = list_folders(str(tree), known)
    listed = [next(walk)]
    (helper,) = helpers()
    os.kill(helper, signal.SIGKILL)
    listed += walk
    assert {listing.path for listing in listed} == set(known)
    assert sum(listing.file_count for listing in listed) == 300


def test_an_abandoned_walk_leaves_no_process(tree: Path, helpers: Helpers) -> None:
    known = {listing.path: "" for listing in list_folders(str(tree), {})}
    walk = list_folders(str(tree), known)
    next(walk)
    assert len(helpers()) == 1
    assert isinstance(walk, Generator)
    walk.close()
    assert helpers() == set()

"""Threads that sync files are kept between groups, and no group waits for another's disk."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from comicmaintainer.errors import StorageError
from comicmaintainer.filesystem.shared_steps import FileSync
from comicmaintainer.filesystem.sync_threads import MANY_FILES, THREADS, SyncThreads

FILES = THREADS + MANY_FILES
WITHIN_S = 30.0


@contextmanager
def opened(folder: Path, count: int) -> Iterator[list[FileSync]]:
    """The steps that sync so many files of `folder`."""
    folder.mkdir()
    with ExitStack() as stack:
        files = [stack.enter_context((folder / str(n)).open("wb")) for n in range(count)]
        yield [FileSync(file.fileno(), Path(file.name)) for file in files]


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The names of what is synced, and the threads that do it."""
    seen: list[tuple[str, int]] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        name = Path(f"/proc/self/fd/{descriptor}").readlink().name
        seen.append((name, threading.get_native_id()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    return seen


@pytest.mark.parametrize("count", [1, MANY_FILES - 1, MANY_FILES, FILES])
def test_each_file_is_synced_once(
    tmp_path: Path, synced: list[tuple[str, int]], count: int
) -> None:
    with opened(tmp_path / "files", count) as steps:
        assert list(SyncThreads().sync(steps)) == [None] * count
    assert sorted(int(name) for name, _ in synced) == list(range(count))


def test_a_failed_sync_is_the_error_of_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync = os.fsync

    def failing(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().name == "3":
            raise OSError(5, "Input/output error")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    with opened(tmp_path / "files", FILES) as steps:
        answers = SyncThreads().sync(steps)
    assert [number for number, answer in enumerate(answers) if answer is not None] == [3]
    assert isinstance(answers[3], StorageError)


def test_the_next_group_uses_the_same_threads(
    tmp_path: Path, synced: list[tuple[str, int]]
) -> None:
    sync_threads = SyncThreads()
    with opened(tmp_path / "files", FILES) as steps:
        for _ in range(5):
            sync_threads.sync(steps)
    assert len({thread for _, thread in synced}) <= THREADS
    assert threading.get_native_id() not in {thread for _, thread in synced}


def test_a_group_does_not_wait_for_another_on_a_disk_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync, hangs, goes_on = os.fsync, threading.Event(), threading.Event()

    def hanging(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().parent.name == "hanging":
            hangs.set()
            assert goes_on.wait(WITHIN_S)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", hanging)
    sync_threads = SyncThreads()
    with opened(tmp_path / "hanging", FILES) as slow, opened(tmp_path / "files", FILES) as quick:
        other = threading.Thread(target=sync_threads.sync, args=(slow,))
        other.start()
        try:
            assert hangs.wait(WITHIN_S)
            assert list(sync_threads.sync(quick)) == [None] * FILES
        finally:
            goes_on.set()
            other.join()

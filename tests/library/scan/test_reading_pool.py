"""Files are read in order, here or in processes, and slow ones beside the others."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from comicmaintainer.errors import DamagedArchive, FileMissing, JobStopped
from comicmaintainer.library.catalogue.model import FileFacts, SeenFile
from comicmaintainer.library.scan.reading_pool import (
    GROUP_SIZE,
    MIN_FILES_FOR_PROCESSES,
    Answer,
    ReadFile,
    ReadingPool,
)

ENOUGH = MIN_FILES_FOR_PROCESSES + 4 * GROUP_SIZE


def files(count: int) -> list[SeenFile]:
    return [SeenFile(f"/comics/{number:05}.cbz", 1, 1, 1, number) for number in range(count)]


def read_facts(path: Path) -> FileFacts:
    return FileFacts(title=path.name)


class Processes:
    """What reads in processes, here in the threads that ask them."""

    count = 2

    def __init__(self, answers: dict[str, Answer] | None = None) -> None:
        self.answers = answers or {}
        self.groups: list[Sequence[SeenFile]] = []
        self.goes_on = threading.Event()
        self.goes_on.set()
        self.is_closed = False

    def read(self, group: Sequence[SeenFile]) -> Sequence[Answer]:
        self.groups.append(group)
        self.goes_on.wait(60)
        return [self.answers.get(file.path, read_facts(Path(file.path))) for file in group]

    def close(self) -> None:
        self.is_closed = True
        self.goes_on.set()


def read_all(pool: ReadingPool, wanted: Sequence[SeenFile]) -> Iterator[ReadFile]:
    for at in range(0, len(wanted), GROUP_SIZE):
        pool.add(wanted[at : at + GROUP_SIZE])
        for read in pool.read():
            yield from read
    for read in pool.read(to_the_end=True):
        yield from read


def test_a_few_files_are_read_in_order_in_the_same_thread() -> None:
    threads: set[int] = set()

    def read(path: Path) -> FileFacts:
        threads.add(threading.get_ident())
        return read_facts(path)

    wanted = files(MIN_FILES_FOR_PROCESSES - 1)
    with ReadingPool(read, None, Processes) as pool:
        found = list(read_all(pool, wanted))
    assert [file for file, _ in found] == wanted
    assert threads == {threading.get_ident()}


def test_many_files_are_read_once_by_processes_in_order() -> None:
    processes = Processes()
    wanted = files(ENOUGH)
    with ReadingPool(read_facts, None, lambda: processes) as pool:
        found = dict(read_all(pool, wanted))
    assert sorted(found, key=lambda file: file.path) == wanted
    assert all(facts == read_facts(Path(file.path)) for file, facts in found.items())
    there = [file for group in processes.groups for file in group]
    assert there == wanted[-len(there) :]
    assert processes.is_closed


def test_without_processes_the_same_thread_reads_on() -> None:
    wanted = files(ENOUGH)
    with ReadingPool(read_facts, None, lambda: None) as pool:
        assert [file for file, _ in read_all(pool, wanted)] == wanted


def test_files_are_handed_over_before_all_are_read() -> None:
    processes = Processes()
    wanted = files(ENOUGH * 5)
    waiting: list[int] = []
    with ReadingPool(read_facts, None, lambda: processes) as pool:
        for number, _ in enumerate(read_all(pool, wanted)):
            waiting.append(sum(map(len, processes.groups)) - number)
    assert max(waiting) < ENOUGH


def test_answers_of_processes_are_facts_reasons_or_left_to_the_reader() -> None:
    wanted = files(ENOUGH)
    damaged, left, gone = wanted[-1], wanted[-2], wanted[-3]
    processes = Processes(
        {
            damaged.path: DamagedArchive("it is cut off", path=damaged.path),
            left.path: None,
            gone.path: FileMissing("it is gone", path=gone.path),
        }
    )
    asked: list[Path] = []

    def read(path: Path) -> FileFacts:
        asked.append(path)
        return FileFacts(title="read slowly")

    with ReadingPool(read, read_facts, lambda: processes) as pool:
        found = dict(read_all(pool, wanted))
    assert found[damaged] == FileFacts(reason="it is cut off")
    assert found[left] == FileFacts(title="read slowly")
    assert found[gone] is None
    assert asked == [Path(left.path)]


def test_a_stop_does_not_wait_for_processes() -> None:
    processes = Processes()
    processes.goes_on.clear()
    began = time.monotonic()

    def stop_after_a_while() -> None:
        if processes.groups and time.monotonic() > began + 0.3:
            raise JobStopped("stopped")

    pool = ReadingPool(read_facts, None, lambda: processes, checkpoint=stop_after_a_while)
    with pytest.raises(JobStopped), pool:
        list(read_all(pool, files(ENOUGH)))
    assert processes.is_closed


def test_a_stop_does_not_wait_for_slow_files() -> None:
    begun, release = threading.Event(), threading.Event()

    def slow(path: Path) -> FileFacts:
        begun.set()
        release.wait(60)
        return read_facts(path)

    def stop() -> None:
        if begun.is_set():
            raise JobStopped("stopped")

    with suppress(JobStopped), ReadingPool(slow, lambda _: None, checkpoint=stop) as pool:
        list(read_all(pool, files(3)))
    assert begun.is_set()
    assert not release.is_set()
    release.set()

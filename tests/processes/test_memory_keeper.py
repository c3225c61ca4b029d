from __future__ import annotations

import subprocess
import sys

import pytest

from comicmaintainer.filesystem.resident_memory import resident_bytes
from comicmaintainer.processes.memory_keeper import (
    FIRST_AGAIN_AFTER_S,
    GROWTH_BYTES,
    MemoryKeeper,
)


class Process:
    """A process whose size is set, and what giving back leaves of it."""

    def __init__(self) -> None:
        self.resident_bytes = 50 << 20
        self.kept_bytes = 50 << 20
        self.given_back = 0
        self.clock_s = 0.0

    def give_back(self) -> None:
        self.given_back += 1
        self.resident_bytes = self.kept_bytes


@pytest.fixture
def process() -> Process:
    return Process()


@pytest.fixture
def keeper(process: Process) -> MemoryKeeper:
    return MemoryKeeper(lambda: process.resident_bytes, process.give_back, lambda: process.clock_s)


def test_memory_is_given_back_after_growth(process, keeper):
    process.resident_bytes += GROWTH_BYTES
    keeper.look()
    assert process.given_back == 0
    process.resident_bytes += 1
    keeper.look()
    assert process.given_back == 1


def test_release_of_memory_in_use_is_retried_with_backoff(process, keeper):
    process.resident_bytes = process.kept_bytes = 300 << 20
    for _ in range(3600):
        keeper.look()
        process.clock_s += 1
    assert 8 < process.given_back < 20


def test_memory_that_was_in_use_is_given_back_later(process, keeper):
    process.resident_bytes = process.kept_bytes = 300 << 20
    keeper.look()
    process.kept_bytes = 60 << 20
    keeper.look()
    assert process.resident_bytes == 300 << 20
    process.clock_s += FIRST_AGAIN_AFTER_S
    keeper.look()
    assert process.resident_bytes == 60 << 20


LEAVES_GARBAGE = """
import gc, sys
from comicmaintainer.filesystem.resident_memory import resident_bytes
from comicmaintainer.processes.memory_keeper import MemoryKeeper

keeper = MemoryKeeper()
gc.disable()
for _ in range(300_000):
    cycle = []
    cycle.append((cycle, str(object())))
grown = resident_bytes()
keeper.look()
print(grown, resident_bytes())
"""


@pytest.mark.skipif(resident_bytes() == 0, reason="the size of a process is not known here")
def test_memory_of_unreachable_objects_is_released():
    command = [sys.executable, "-c", LEAVES_GARBAGE]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    grown, left = map(int, answer.stdout.split())
    assert grown - left > 30 << 20

"""Threads that sync the files of groups, several at a time.

A disk serves the syncs that arrive together with one commit of its journal and one flush. The
threads are kept between groups: on a quick disk, a thread takes longer to start than a sync takes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from comicmaintainer.filesystem.shared_steps import FileSync

MANY_FILES = 8
"""From so many files on, threads that sync them cost less than they save."""
THREADS = 16


class SyncThreads:
    """The threads of all groups of a process. Thread-safe."""

    def __init__(self) -> None:
        # Each group that syncs has its own, so that none waits for the disk of another.
        self._idle: list[ThreadPoolExecutor] = []

    def sync(self, steps: Sequence[FileSync]) -> Sequence[Exception | None]:
        """Start writing all files, then sync them; return the error of each, or None."""
        if len(steps) < MANY_FILES:
            return FileSync.take_all(steps)
        for step in steps:
            step.start_writing()
        pending = deque(enumerate(steps))
        answers: list[Exception | None] = [None] * len(steps)

        def sync_pending() -> None:
            with suppress(IndexError):  # another thread has taken the last one
                while True:
                    number, step = pending.popleft()
                    answers[number] = step.answer()

        threads = self._taken()
        try:
            working = [threads.submit(sync_pending) for _ in range(min(THREADS, len(steps)))]
            for each in working:
                each.result()
        finally:
            self._idle.append(threads)
        return answers

    def _taken(self) -> ThreadPoolExecutor:
        try:
            return self._idle.pop()
        except IndexError:
            return ThreadPoolExecutor(THREADS, "sync")

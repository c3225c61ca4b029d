"""Reads the files of a scan in order: in the scanning thread, or in processes if there are many.

A file that the reader refuses gets the reason as its facts. A bug of ours during reading is logged
with its traceback and recorded in the same way, because one strange file must not end every scan.
Slow files are read by threads beside the others, which are returned meanwhile. Decision 0112 says
why processes, and why in order.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Protocol, Self

from comicmaintainer.errors import ComicMaintainerError, FileMissing, ItemInterrupted
from comicmaintainer.filesystem.read_ahead import FILES_AHEAD, announce
from comicmaintainer.library.catalogue.model import FileFacts, SeenFile

LOGGER = logging.getLogger(__name__)

GROUP_SIZE = 250
"""The files that a process reads at a time."""
MAX_RETURNED = 500
GROUPS_AHEAD = 2
"""The groups that each process has before it; the next one never waits for the scan."""
MIN_FILES_FOR_PROCESSES = 1_000
"""Reading so many takes longer than starting a process."""
MAX_SLOW = 1_000
"""Reading goes on beside so many unread slow files."""
RETURN_EVERY_S = 1.0
"""Files that the scanning thread has read are returned at least this often."""
CHECK_EVERY_S = 0.2

FileReader = Callable[[Path], FileFacts]
"""Reads one comic; raises ArchiveError or StorageError if it can't."""
QuickReader = Callable[[Path], FileFacts | None]
"""Reads one comic as well, or returns None if that may be slow."""
Answer = FileFacts | Exception | None
"""The facts of a file, or the error instead; None from a reader that leaves the file to another."""
ReadFile = tuple[SeenFile, FileFacts | None]
"""A file and its facts; None if it is gone."""


class ReadingProcesses(Protocol):
    """Processes that read files."""

    @property
    def count(self) -> int:
        """How many groups of files are read at once."""

    def read(self, files: Sequence[SeenFile]) -> Sequence[Answer]:
        """Read the files in order; blocks, and may be called by several threads at once."""

    def close(self) -> None:
        """End the processes at once; reading that is under way ends with any answer."""


class ReadingPool:
    """The files that a scan has to read; use it in a `with` block."""

    def __init__(
        self,
        reader: FileReader,
        quick: QuickReader | None = None,
        open_processes: Callable[[], ReadingProcesses | None] = lambda: None,
        *,
        slow_threads: int = 4,
        checkpoint: Callable[[], None] = lambda: None,
    ) -> None:
        """Without `quick`, `reader` reads all files in the scanning thread.

        `open_processes` is called once, if there are many files; without processes the scanning
        thread reads on. `checkpoint` is called often, and may raise to stop.
        """
        self._reader = reader
        self._quick = quick or reader
        self._open_processes = open_processes
        self._slow_threads = ThreadPoolExecutor(max(1, slow_threads), "scan-read-slow")
        self._checkpoint = checkpoint
        self._added = 0
        self._processes: ReadingProcesses | None = None
        self._askers: ThreadPoolExecutor | None = None
        self._here: deque[SeenFile] = deque()
        self._announced = 0
        self._groups: dict[Future[Sequence[Answer]], Sequence[SeenFile]] = {}
        self._slow: dict[Future[FileFacts], SeenFile] = {}
        self._done: SimpleQueue[Future[Sequence[Answer]] | Future[FileFacts]] = SimpleQueue()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # A scan that is stopped does not wait for slow files.
        self._slow_threads.shutdown(wait=error is None, cancel_futures=True)
        if self._processes is not None:
            self._processes.close()
        if self._askers is not None:
            self._askers.shutdown(wait=True, cancel_futures=True)

    def add(self, files: Sequence[SeenFile]) -> None:
        """Take files to be read, at most `GROUP_SIZE` of them."""
        if self._added < MIN_FILES_FOR_PROCESSES <= self._added + len(files):
            self._start_processes()
        self._added += len(files)
        if self._processes is None or self._askers is None:
            self._here.extend(files)
            return
        group = self._askers.submit(self._processes.read, files)
        self._groups[group] = files
        group.add_done_callback(self._done.put)

    def read(self, *, to_the_end: bool = False) -> Iterator[list[ReadFile]]:
        """Yield files that have been read, until there is room for more files.

        With `to_the_end`, until all have been read.
        """
        while True:
            self._checkpoint()
            if len(self._here) >= self._least_here(to_the_end=to_the_end):
                yield self._read_here()
                continue
            if to_the_end:
                must_wait = bool(self._groups or self._slow)
            else:
                must_wait = self._is_full()
            read_files = self._gathered(CHECK_EVERY_S if must_wait else 0)
            if read_files:
                yield read_files
            elif not must_wait:
                return

    def _start_processes(self) -> None:
        self._processes = self._open_processes()
        if self._processes is not None:
            self._askers = ThreadPoolExecutor(self._processes.count, "scan-read")

    def _least_here(self, *, to_the_end: bool) -> int:
        """How many files make it worth to read in this thread now; full groups if more may come."""
        return 1 if to_the_end or self._processes is not None else MAX_RETURNED

    def _is_full(self) -> bool:
        most = GROUPS_AHEAD * (1 if self._processes is None else self._processes.count)
        return len(self._groups) >= most or len(self._slow) >= MAX_SLOW

    def _read_here(self) -> list[ReadFile]:
        """Read files in this thread, for a while."""
        read_files: list[ReadFile] = []
        until = time.monotonic() + RETURN_EVERY_S
        while self._here and len(read_files) < MAX_RETURNED and time.monotonic() < until:
            self._checkpoint()
            while self._announced < min(FILES_AHEAD, len(self._here)):
                announce(Path(self._here[self._announced].path))
                self._announced += 1
            file = self._here.popleft()
            self._announced -= 1
            try:
                answer: Answer = self._quick(Path(file.path))
            except ItemInterrupted:
                raise
            except Exception as error:  # noqa: BLE001 - told of the file, and logged if it is ours
                answer = error
            self._take(file, answer, read_files)
        return read_files

    def _gathered(self, wait_s: float) -> list[ReadFile]:
        """Return what has been read elsewhere; wait that long for the first of it."""
        read_files: list[ReadFile] = []
        try:
            done = self._done.get(timeout=wait_s) if wait_s else self._done.get_nowait()
            while True:
                self._collect(done, read_files)
                if len(read_files) >= MAX_RETURNED:
                    break
                done = self._done.get_nowait()
        except Empty:
            pass
        return read_files

    def _collect(self, done: Future[Any], read_files: list[ReadFile]) -> None:
        slow = self._slow.pop(done, None)
        if slow is not None:
            error = done.exception()
            if error is not None and not isinstance(error, Exception):
                raise error
            self._take(slow, done.result() if error is None else error, read_files)
            return
        files = self._groups.pop(done)
        for file, answer in zip(files, done.result(), strict=True):
            self._take(file, answer, read_files)

    def _take(self, file: SeenFile, answer: Answer, read_files: list[ReadFile]) -> None:
        if answer is None:
            slow = self._slow_threads.submit(self._reader, Path(file.path))
            self._slow[slow] = file
            slow.add_done_callback(self._done.put)
        else:
            read_files.append((file, _facts(file, answer)))


def _facts(file: SeenFile, answer: FileFacts | Exception) -> FileFacts | None:
    if isinstance(answer, FileFacts):
        return answer
    if isinstance(answer, FileMissing):
        return None
    if isinstance(answer, ItemInterrupted):
        raise answer
    if isinstance(answer, ComicMaintainerError):
        return FileFacts(reason=answer.beside(file.path))
    LOGGER.error("%s could not be read", file.path, exc_info=answer)
    return FileFacts(reason=f"It could not be read ({type(answer).__name__}: {answer}).")

"""Reads the facts of many files at once; an unreadable one does not stop the others.

A file that the reader refuses gets the reason as its facts. A bug of ours during reading is logged
with its traceback and recorded in the same way, because one strange file must not end every scan.
Slow files are read beside the others, which are returned meanwhile.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from types import TracebackType
from typing import Self

from comicmaintainer.errors import ComicMaintainerError, FileMissing, ItemInterrupted
from comicmaintainer.library.catalogue.model import FileFacts, SeenFile

LOGGER = logging.getLogger(__name__)

RETURN_EVERY_S = 1.0
"""Files that have been read are returned at least this often."""

FileReader = Callable[[Path], FileFacts]
"""Reads one comic; raises ArchiveError or StorageError if it can't."""
QuickReader = Callable[[Path], FileFacts | None]
"""Reads one comic as well, or returns None if that may be slow."""


class ReadingPool:
    """A few threads that read files, and as many for slow ones; use it in a `with` block."""

    def __init__(self, reader: FileReader, quick: QuickReader | None, threads: int) -> None:
        """Without `quick`, `reader` reads all files."""
        self._reader = reader
        self._quick = quick or reader
        self._first = ThreadPoolExecutor(max(1, threads), thread_name_prefix="scan-read")
        self._slow = ThreadPoolExecutor(max(1, threads), thread_name_prefix="scan-read-slow")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._first.shutdown(wait=True, cancel_futures=True)
        self._slow.shutdown(wait=True, cancel_futures=True)

    def read(self, files: Sequence[SeenFile]) -> Iterator[list[SeenFile]]:
        """Yield the files with their facts as they are read; missing files are skipped."""
        waiting: dict[Future[FileFacts | None], SeenFile] = {
            self._first.submit(self._quick, Path(file.path)): file for file in files
        }
        while waiting:
            done, _ = wait(waiting, timeout=RETURN_EVERY_S)
            read_files = []
            for future in [each for each in waiting if each in done]:
                file = waiting.pop(future)
                if future.exception() is None and future.result() is None:
                    waiting[self._slow.submit(self._reader, Path(file.path))] = file
                    continue
                facts = _facts(file, future)
                if facts is not None:
                    read_files.append(dataclasses.replace(file, facts=facts))
            if read_files:
                yield read_files


def _facts(file: SeenFile, future: Future[FileFacts | None]) -> FileFacts | None:
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, FileMissing):
        return None
    if isinstance(error, ItemInterrupted) or not isinstance(error, Exception):
        raise error
    if isinstance(error, ComicMaintainerError):
        return FileFacts(reason=error.beside(file.path))
    LOGGER.error("%s could not be read", file.path, exc_info=error)
    return FileFacts(reason=f"It could not be read ({type(error).__name__}: {error}).")

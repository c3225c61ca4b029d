"""Reading the facts of many files at once, where one that can't be read stops no other.

A file that the reader refuses gets the reason as its facts. A fault of ours while reading it is
logged with its trace and recorded likewise: one strange file must not end every scan.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from comicmaintainer.errors import ComicMaintainerError, FileMissing, ItemInterrupted
from comicmaintainer.library.model import FileFacts, SeenFile

LOGGER = logging.getLogger(__name__)

FileReader = Callable[[Path], FileFacts]
"""Reads one comic; raises ArchiveError or StorageError where it can't."""


class ReadingPool:
    """A few threads that read files; use it in a `with` block."""

    def __init__(self, reader: FileReader, threads: int) -> None:
        self._reader = reader
        self._executor = ThreadPoolExecutor(max(1, threads), thread_name_prefix="scan-read")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)

    def read(self, files: Sequence[SeenFile]) -> list[SeenFile]:
        """Return the files with their facts, in order; those that vanished are left out."""
        futures = [self._executor.submit(self._reader, Path(file.path)) for file in files]
        found = []
        for file, future in zip(files, futures, strict=True):
            facts = _facts(file, future)
            if facts is not None:
                found.append(dataclasses.replace(file, facts=facts))
        return found


def _facts(file: SeenFile, future: Future[FileFacts]) -> FileFacts | None:
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, FileMissing):
        return None
    if isinstance(error, ItemInterrupted) or not isinstance(error, Exception):
        raise error
    if isinstance(error, ComicMaintainerError):
        return FileFacts(reason=str(error))
    LOGGER.error("%s could not be read", file.path, exc_info=error)
    return FileFacts(reason=f"It could not be read ({type(error).__name__}: {error}).")

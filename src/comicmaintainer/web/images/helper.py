"""A helper process that opens comics for this web process, and whose turn it is with it.

Waiting is `async`: while images are made, the threads that answer requests stay free. What is made
are files; where none can be made, the reason lies in the file's place (`notes`), so that a
damaged comic is not tried at every look.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from anyio import CapacityLimiter, to_thread
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from comicmaintainer.errors import ArchiveError
from comicmaintainer.isolation.helper_process import Allowance, HelperLimits
from comicmaintainer.isolation.pool import HelperPool
from comicmaintainer.reading.allowances import ReadingLimits
from comicmaintainer.web.images.notes import keep_note, kept_note

TASKS = "comicmaintainer.web.images.tasks"
NICENESS = 5
MAKE_WITHIN_S = 30.0
LONGEST_QUEUE = 100


class ImageHelper:
    """One per purpose and web process; belongs to its event loop."""

    def __init__(self, limits: ReadingLimits) -> None:
        self._pool = HelperPool(TASKS, HelperLimits(limits.memory_bytes, NICENESS))
        self._processor_s = limits.time_s
        self._asking = CapacityLimiter(1)
        self._turn = asyncio.Lock()
        self._patient = asyncio.Lock()
        self._waiting = 0

    async def make(
        self, task: str, comic: Path, target: Path, *, urgent: bool = False, **more: Any
    ) -> None:
        """Let `target` be made of `comic`, unless it is there; see `tasks` for what can be asked.

        What is urgent waits for what runs, and for one more, not for all that is queued.

        Raises:
            ArchiveError, FileChanged, FileMissing: it can't be made of this comic.
            TooCostly: it takes too much time or memory.
            StorageError: it could not be read or stored now.
            HTTPException: 503, too many are waiting.
        """
        if self._waiting >= LONGEST_QUEUE:
            raise HTTPException(503, "Many images are being made; this one has to wait.")
        self._waiting += 1
        try:
            async with self._my_turn(urgent):
                if not await run_in_threadpool(is_kept, target):
                    await self._ask(task, comic, target, more)
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """End the helper process, whatever it does, and wait for it."""
        await run_in_threadpool(self._pool.close)

    @asynccontextmanager
    async def _my_turn(self, urgent: bool) -> AsyncIterator[None]:
        if urgent:
            async with self._turn:
                yield
        else:
            async with self._patient, self._turn:
                yield

    async def _ask(self, task: str, comic: Path, target: Path, more: dict[str, Any]) -> None:
        """In a thread of its own: none that answers requests waits for it."""
        allowance = Allowance(self._processor_s, MAKE_WITHIN_S)
        ask = partial(
            self._pool.ask, task, allowance, comic, path=str(comic), target=str(target), **more
        )
        try:
            await to_thread.run_sync(ask, limiter=self._asking)
        except ArchiveError as error:
            await run_in_threadpool(keep_note, target, error)
            raise


def is_kept(target: Path) -> bool:
    """Tell whether `target` has been made.

    Raises:
        ArchiveError: it was found before that it can't be.
    """
    if target.exists():
        return True
    error = kept_note(target)
    if error is not None:
        raise error
    return False

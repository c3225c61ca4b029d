"""A helper process that reads comics for this web process, and the queue for it.

Waiting is `async`, so the threads that answer requests stay free. What nobody waits for any more is
not made: a reader who scrolls fast leaves hundreds of covers behind. The helper writes files; if it
fails, the reason is stored in the file's place (`notes`), so that a damaged comic is not tried at
every request.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from anyio import CapacityLimiter, to_thread
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from comicmaintainer.errors import ArchiveError
from comicmaintainer.isolation.helper_process import Allowance, HelperLimits
from comicmaintainer.isolation.pool import HelperPool
from comicmaintainer.reading.allowances import ReadingLimits
from comicmaintainer.web.images.notes import keep_note, kept_note

TASKS = "comicmaintainer.web.images.tasks"
NICENESS = 5
MAKE_WITHIN_S = 30.0
LONGEST_QUEUE = 100
IsGone = Callable[[], Awaitable[bool]]
"""Tells whether the client that asked has left."""


class ImageHelper:
    """One per purpose and web process; belongs to its event loop."""

    def __init__(self, limits: ReadingLimits) -> None:
        self._pool = HelperPool(TASKS, HelperLimits(limits.memory_bytes, NICENESS))
        self._processor_s = limits.time_s
        self._threads = CapacityLimiter(1)
        self._turn = asyncio.Lock()
        self._queue = asyncio.Lock()
        self._waiting = 0

    async def make(
        self,
        task: str,
        comic: Path,
        target: Path,
        *,
        urgent: bool = False,
        is_gone: IsGone | None = None,
        **more: Any,
    ) -> None:
        """Make `target` from `comic` unless it exists; see `tasks` for the tasks.

        An urgent task waits for the running one and at most one more, not for the whole queue.

        Raises:
            ArchiveError, FileChanged, FileMissing: it can't be made from this comic.
            TooCostly: it takes too much time or memory.
            StorageError: the comic can't be read, or the target can't be stored.
            HTTPException: 503, too many requests are waiting.
            ClientDisconnect: `is_gone` said so when it was this one's turn.
        """
        if self._waiting >= LONGEST_QUEUE:
            raise HTTPException(503, "Many images are being made; this one has to wait.")
        self._waiting += 1
        try:
            async with self._in_turn(urgent):
                if is_gone is not None and await is_gone():
                    raise ClientDisconnect
                if not await run_in_threadpool(is_kept, target):
                    await self._ask(task, comic, target, more)
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """End the helper process, even if it is busy, and wait for it."""
        await run_in_threadpool(self._pool.close)

    @asynccontextmanager
    async def _in_turn(self, urgent: bool) -> AsyncIterator[None]:
        if urgent:
            async with self._turn:
                yield
        else:
            async with self._queue, self._turn:
                yield

    async def _ask(self, task: str, comic: Path, target: Path, more: dict[str, Any]) -> None:
        """Run the task from its own thread, so that no thread that answers requests waits."""
        allowance = Allowance(self._processor_s, MAKE_WITHIN_S)
        ask = partial(
            self._pool.ask, task, allowance, comic, path=str(comic), target=str(target), **more
        )
        try:
            await to_thread.run_sync(ask, limiter=self._threads)
        except ArchiveError as error:
            await run_in_threadpool(keep_note, target, error)
            raise


def is_kept(target: Path) -> bool:
    """Return whether `target` exists.

    Raises:
        ArchiveError: an earlier attempt to make it failed.
    """
    if target.exists():
        return True
    error = kept_note(target)
    if error is not None:
        raise error
    return False

"""One helper process that opens comics for this web process, and whose turn it is with it.

Waiting is `async`: while images are made, the threads that answer requests stay free. The process
is started when something is asked of it and ends after 30 idle seconds. What it makes are files;
where none can be made, the reason lies in the file's place (image_notes), so that a damaged comic
is not tried at every look.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from comicmaintainer.errors import TooCostly, error_of
from comicmaintainer.web.image_notes import keep_note, kept_note

logger = logging.getLogger(__name__)

IDLE_S = 30.0
MAKE_WITHIN_S = 30.0
LONGEST_QUEUE = 100
_ARGV = (sys.executable, "-m", "comicmaintainer.web.image_process")


@dataclass(frozen=True, slots=True)
class _Process:
    """The helper process with its pipes."""

    process: asyncio.subprocess.Process
    requests: asyncio.StreamWriter
    answers: asyncio.StreamReader


class ImageHelper:
    """One per purpose and web process; belongs to its event loop."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._patient = asyncio.Lock()
        self._waiting = 0
        self._running: _Process | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None

    async def make(
        self, task: str, comic: Path, target: Path, *, urgent: bool = False, **more: Any
    ) -> None:
        """Let `target` be made of `comic`, unless it is there; see image_process for the tasks.

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
                    request = {"do": task, "path": str(comic), "target": str(target), **more}
                    await self._ask(comic, target, request)
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """End the helper process and wait for it."""
        if self._idle is not None:
            self._idle.cancel()
        if self._ending is not None:
            await self._ending
        running, self._running = self._running, None
        if running is not None:
            await _ended(running)

    @asynccontextmanager
    async def _my_turn(self, urgent: bool) -> AsyncIterator[None]:
        if urgent:
            async with self._turn:
                yield
        else:
            async with self._patient, self._turn:
                yield

    async def _ask(self, comic: Path, target: Path, request: Mapping[str, Any]) -> None:
        running = await self._started()
        line = b""
        try:
            running.requests.write(json.dumps(request).encode() + b"\n")
            await running.requests.drain()
            line = await asyncio.wait_for(running.answers.readline(), MAKE_WITHIN_S)
        except (TimeoutError, ConnectionError):
            pass
        except asyncio.CancelledError:
            # Its answer would be taken for that of the next request.
            await self._give_up(running)
            raise
        if not line:
            logger.warning("The image helper failed on %s; another one is started", comic)
            await self._give_up(running)
            error = TooCostly(f"{comic}: it takes too much time or memory to look at")
            await run_in_threadpool(keep_note, target, error.code, str(error))
            raise error
        self._idle = asyncio.get_running_loop().call_later(IDLE_S, self._end_when_idle)
        answer = json.loads(line)
        if answer["code"] is not None:
            raise error_of(answer["code"], answer["message"])

    async def _started(self) -> _Process:
        if self._idle is not None:
            self._idle.cancel()
        if self._running is None or self._running.process.returncode is not None:
            process = await asyncio.create_subprocess_exec(
                *_ARGV, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
            )
            self._running = _Process(
                process,
                cast("asyncio.StreamWriter", process.stdin),
                cast("asyncio.StreamReader", process.stdout),
            )
        return self._running

    def _end_when_idle(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            self._ending = asyncio.create_task(_ended(running))

    async def _give_up(self, running: _Process) -> None:
        self._running = None
        if running.process.returncode is None:
            running.process.kill()
        await _ended(running)


def is_kept(target: Path) -> bool:
    """Tell whether `target` has been made.

    Raises:
        ArchiveError: it was found before that it can't be.
    """
    if target.exists():
        return True
    note = kept_note(target)
    if note is not None:
        raise error_of(*note)
    return False


async def _ended(running: _Process) -> None:
    """Close the input, which ends the helper, and wait until all is closed."""
    running.requests.close()
    await running.answers.read()
    await running.process.wait()

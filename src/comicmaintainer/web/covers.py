"""Cover thumbnails: kept on disk, made by one helper process that ends when it has nothing to do.

Waiting is `async`: while covers are made, the threads that answer requests stay free. The name of a
cover carries the file's time and size, so a changed file gets a new one. Where none can be made,
the reason lies in its place (`.none`), so that a damaged file is not tried at every look.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from comicmaintainer.errors import ArchiveError, StorageFailed
from comicmaintainer.library.model import CatalogueFile
from comicmaintainer.web.no_cover import keep_reason, kept_reason

logger = logging.getLogger(__name__)

SIDE_PX = 320
IDLE_S = 30.0
MAKE_WITHIN_S = 30.0
LONGEST_QUEUE = 100
_FOLDERS = 256
_ARGV = (sys.executable, "-m", "comicmaintainer.web.cover_process")


class NoCover(ArchiveError):
    """No cover can be made of this comic; the message says why."""

    code = "no_cover"


@dataclass(frozen=True, slots=True)
class _Helper:
    """The helper process with its pipes."""

    process: asyncio.subprocess.Process
    requests: asyncio.StreamWriter
    answers: asyncio.StreamReader


class Covers:
    """The covers below `folder`. One per process; belongs to its event loop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._helper: _Helper | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None

    def path_of(self, file: CatalogueFile) -> Path:
        """Return where the cover of a file is kept, whether it has been made or not."""
        name = f"{file.file_id}-{file.mtime_ns:x}-{file.size_bytes:x}.webp"
        return self._folder / f"{file.file_id % _FOLDERS:02x}" / name

    def is_kept(self, target: Path) -> bool:
        """Tell whether the cover has been made.

        Raises:
            NoCover: it was found before that none can be made.
        """
        if target.exists():
            return True
        reason = kept_reason(target)
        if reason is not None:
            raise NoCover(reason)
        return False

    async def make(self, comic: Path, target: Path) -> None:
        """Make the cover of `comic`.

        Raises:
            NoCover: none can be made.
            StorageFailed: it could not be read or stored now.
            HTTPException: 503, too many are waiting.
        """
        if self._waiting >= LONGEST_QUEUE:
            raise HTTPException(503, "Many covers are being made; this one has to wait.")
        self._waiting += 1
        try:
            async with self._turn:
                if not await run_in_threadpool(self.is_kept, target):
                    await self._ask(comic, target)
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """End the helper process and wait for it."""
        if self._idle is not None:
            self._idle.cancel()
        if self._ending is not None:
            await self._ending
        helper, self._helper = self._helper, None
        if helper is not None:
            await _ended(helper)

    def _end_when_idle(self) -> None:
        helper, self._helper = self._helper, None
        if helper is not None:
            self._ending = asyncio.create_task(_ended(helper))

    async def _ask(self, comic: Path, target: Path) -> None:
        helper = await self._running()
        request = {"path": str(comic), "target": str(target), "side_px": SIDE_PX}
        try:
            helper.requests.write(json.dumps(request).encode() + b"\n")
            await helper.requests.drain()
            line = await asyncio.wait_for(helper.answers.readline(), MAKE_WITHIN_S)
        except (TimeoutError, ConnectionError):
            line = b""
        if not line:
            logger.warning("The cover helper failed on %s; another one is started", comic)
            await self._give_up(helper)
            reason = f"{comic}: its cover takes too much time or memory to make"
            await run_in_threadpool(keep_reason, target, reason)
            raise NoCover(reason)
        self._idle = asyncio.get_running_loop().call_later(IDLE_S, self._end_when_idle)
        answer = json.loads(line)
        if answer["reason"] is not None:
            raise NoCover(answer["reason"])
        if answer["failure"] is not None:
            raise StorageFailed(answer["failure"])

    async def _running(self) -> _Helper:
        if self._idle is not None:
            self._idle.cancel()
        if self._helper is None or self._helper.process.returncode is not None:
            process = await asyncio.create_subprocess_exec(
                *_ARGV, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
            )
            self._helper = _Helper(
                process,
                cast("asyncio.StreamWriter", process.stdin),
                cast("asyncio.StreamReader", process.stdout),
            )
        return self._helper

    async def _give_up(self, helper: _Helper) -> None:
        self._helper = None
        if helper.process.returncode is None:
            helper.process.kill()
        await _ended(helper)


async def _ended(helper: _Helper) -> None:
    """Close the input, which ends the helper, and wait until all is closed."""
    helper.requests.close()
    await helper.answers.read()
    await helper.process.wait()

"""Notices changes of the database: one thread per process, for all its event streams.

`PRAGMA data_version` costs microseconds, so no table is read until some process has committed.
Each stream then reads the changes after its own revision, so a slow reader skips states in between
and nothing queues up here.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from comicmaintainer.database import Database
from comicmaintainer.errors import DatabaseError

logger = logging.getLogger(__name__)

POLL_S = 0.25


class EventFeed:
    """Wakes the streams of this process after a commit, and when they must end."""

    def __init__(self, database: Database, loop: asyncio.AbstractEventLoop) -> None:
        self._database = database
        self._loop = loop
        self._wakers: set[asyncio.Event] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._poll, name="event-feed", daemon=True)

    @property
    def is_stopping(self) -> bool:
        """Whether streams have to end."""
        return self._stopping.is_set()

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread and wake all streams. May be called from a signal handler."""
        self._stopping.set()
        self._loop.call_soon_threadsafe(self._wake)

    @contextmanager
    def waker(self) -> Iterator[asyncio.Event]:
        """Yield an event that is set at every change while the block runs."""
        event = asyncio.Event()
        self._wakers.add(event)
        try:
            yield event
        finally:
            self._wakers.discard(event)

    def _wake(self) -> None:
        for event in self._wakers:
            event.set()

    def _poll(self) -> None:
        last_version = -1
        while not self._stopping.wait(POLL_S):
            if not self._wakers:
                continue
            try:
                version = self._database.data_version()
            except DatabaseError as error:
                logger.warning("Could not look for changes: %s", error)
                continue
            if version != last_version:
                last_version = version
                self._loop.call_soon_threadsafe(self._wake)
        self._database.close()

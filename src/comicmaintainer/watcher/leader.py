"""Makes one main worker the watcher; the others stand by.

On one host a lock file decides. Where several hosts share a library, a lease for each root does.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from comicmaintainer.database.leases import Lease
from comicmaintainer.errors import DatabaseError

logger = logging.getLogger(__name__)

LEASE_S = 15.0
RENEWED_EVERY_S = 3.0


class Leader(Protocol):
    """Decides which process watches."""

    def try_to_lead(self) -> bool:
        """Take the lead if nobody has it. Return True if this process has it, also from before."""

    def step_down(self) -> None:
        """Let another process lead."""


class LeaderLock:
    """A lock file that the kernel unlocks when its holder dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def try_to_lead(self) -> bool:
        """Take the lead if nobody has it. Return True if this process has it, also from before."""
        if self._descriptor is not None:
            return True
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def step_down(self) -> None:
        """Let another process lead."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class LeaseLeader:
    """A lease that a thread renews while it is held, because a round of scans takes long.

    `may_lead` tells whether this host should: it has the root, and no other host has it better.
    """

    def __init__(
        self,
        lease: Lease,
        may_lead: Callable[[], bool],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lease = lease
        self._may_lead = may_lead
        self._clock = clock
        self._until = 0.0
        self._ending: threading.Event | None = None

    def try_to_lead(self) -> bool:
        """See Leader."""
        if self._ending is not None:
            if self._clock() < self._until:
                return True
            self.step_down()
            return False
        if not self._renew():
            return False
        self._ending = threading.Event()
        threading.Thread(target=self._keep, args=(self._ending,), name="lease", daemon=True).start()
        return True

    def step_down(self) -> None:
        """See Leader."""
        if self._ending is None:
            return
        self._ending.set()
        self._ending = None
        self._until = 0.0
        try:
            self._lease.give_up()
        except DatabaseError as error:
            logger.info("A lease ends by itself: %s", error)

    def _renew(self) -> bool:
        """Take or renew the lease; False if that is not possible now."""
        began = self._clock()
        try:
            is_held = self._may_lead() and self._lease.take(LEASE_S)
        except DatabaseError as error:
            logger.warning("A lease could not be renewed: %s", error)
            return False
        self._until = began + LEASE_S if is_held else 0.0
        return is_held

    def _keep(self, ending: threading.Event) -> None:
        while not ending.wait(RENEWED_EVERY_S):
            self._renew()

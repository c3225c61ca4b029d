"""Tells whether a worker process on this machine is alive, by a lock that dies with its holder.

That a worker has stalled shows only when its lease has expired without a heartbeat. That its
process is gone shows at once: however it ended, the kernel has released its lock. Unlike a process
id, the lock means the same in every container of the machine, and to every user who may read the
file. A worker of another machine has no file here, so only its lease can show that it is gone.
"""

from __future__ import annotations

import fcntl
import logging
import os
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from comicmaintainer.database import Database
from comicmaintainer.database.faults import of_disk
from comicmaintainer.errors import DatabaseUnusable
from comicmaintainer.filesystem.lock_probe import is_lock_free

logger = logging.getLogger(__name__)


class Liveness:
    """The lock files of workers, one per worker id, in `folder`; those here are of `host`."""

    def __init__(self, folder: Path, host: str = "") -> None:
        self._folder = folder
        self._host = host or socket.gethostname()
        self._held: dict[str, int] = {}

    @classmethod
    def beside(cls, database: Database) -> Self:
        """Return the lock files of the workers of this database."""
        return cls(database.local_folder / "workers", database.host)

    def enter(self, worker_id: str) -> None:
        """Hold the lock of `worker_id` until this process ends or leaves.

        Raises:
            DatabaseError: the folder can't be written.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            # Other processes only read it, to test the lock.
            descriptor = os.open(
                self._file(worker_id), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644
            )
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError as error:
            raise of_disk(self._folder) or DatabaseUnusable(
                f"Can't create and lock a file in {self._folder} ({error.strerror}), which every "
                "worker needs. Check the owner and the permissions of that folder."
            ) from error
        self._held[worker_id] = descriptor

    def leave(self) -> None:
        """Release all locks held here and remove their files."""
        self.clear(self._held)
        for descriptor in self._held.values():
            os.close(descriptor)
        self._held.clear()

    def is_dead(self, worker_id: str, host: str | None = None) -> bool:
        """Tell whether the process that held this lock is certainly gone.

        `host` is what the worker registered as; None for a worker without a row, which has no
        lease. Only a worker of this host must have a file here. Those of other containers of the
        machine have one too, but under the name of their container.
        """
        if worker_id in self._held:
            return False
        try:
            return is_lock_free(self._file(worker_id))
        except FileNotFoundError:
            return host is None or host == self._host
        except OSError:
            return False  # we may not read it, so only its heartbeat can show

    def clear(self, worker_ids: Iterable[str]) -> None:
        """Remove the lock files of workers that are dead or ending."""
        for worker_id in worker_ids:
            try:
                self._file(worker_id).unlink(missing_ok=True)
            except OSError as error:
                logger.info("Can't remove the lock file of a dead worker: %s", error)

    def _file(self, worker_id: str) -> Path:
        return self._folder / f"{worker_id}.lock"

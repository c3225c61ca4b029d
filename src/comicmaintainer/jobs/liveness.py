"""Whether a worker process on this machine is alive: a lock file that dies with its holder.

A heartbeat tells that a worker has stalled only after its lease; the lock tells at once that it was
killed. The kernel lets go of it whatever the manner of death.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class Liveness:
    """The lock files of workers, one per worker id, in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, int] = {}

    def enter(self, worker_id: str) -> None:
        """Hold the lock of `worker_id` until this process ends or leaves."""
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._file(worker_id), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        self._held[worker_id] = descriptor

    def leave(self) -> None:
        """Let go of all locks held here and remove their files."""
        for worker_id, descriptor in self._held.items():
            self._file(worker_id).unlink(missing_ok=True)
            os.close(descriptor)
        self._held.clear()

    def is_dead(self, worker_id: str) -> bool:
        """Tell whether the process that held this lock is certainly gone."""
        if worker_id in self._held:
            return False
        path = self._file(worker_id)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            path.unlink(missing_ok=True)
            return True
        finally:
            os.close(descriptor)

    def _file(self, worker_id: str) -> Path:
        return self._folder / f"{worker_id}.lock"

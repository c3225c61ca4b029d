"""Locks as over NFS, which grants exclusive ones only on files that are open for writing."""

from __future__ import annotations

import errno
import fcntl
import os

import pytest


@pytest.fixture
def nfs_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process lock files as if all of them were on NFS."""
    flock = fcntl.flock

    def granted(descriptor: int, operation: int) -> None:
        mode = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE
        if operation & fcntl.LOCK_EX and mode == os.O_RDONLY:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", granted)

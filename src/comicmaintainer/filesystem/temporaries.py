"""Names our temporary files, and removes those that a crash left behind.

A temporary is beside the file it will become: `.<name>.cm-<16 hex digits>.tmp`. Its writer holds
an exclusive `flock` on it all the time, so a sweep can distinguish a stray from one that is being
written. The watcher and the scan ignore such names.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.filesystem.reliability import is_network

LOGGER = logging.getLogger(__name__)

PATTERN = re.compile(r"\..*\.cm-[0-9a-f]{16}\.tmp", re.DOTALL)
MAX_NAME_BYTES = 255
NETWORK_MIN_AGE_S = 24 * 3600.0  # there, locks of another machine may be invisible


def new_token() -> str:
    """A new 16-digit token. If it is stored first, it gives the temporary's name after a crash."""
    return secrets.token_hex(8)


def temporary_name(name: str, token: str) -> str:
    """The hidden name beside `name` for `token`, cut to the length that filesystems allow."""
    suffix = f".cm-{token}.tmp"
    room = MAX_NAME_BYTES - len(suffix) - 1
    stem = os.fsencode(name)[:room].decode(errors="ignore")
    return f".{stem}{suffix}"


def moving_name(name: str, token: str) -> str:
    """The name beside `name` of a file during a rename.

    It is not hidden and keeps its suffix, so that people recognise the file and no sweep removes
    it. Scans and the watcher ignore such names.
    """
    stem, dot, suffix = name.rpartition(".")
    ending = f".cm-{token}.moving{dot}{suffix}" if stem else f".cm-{token}.moving"
    room = MAX_NAME_BYTES - len(os.fsencode(ending))
    return os.fsencode(stem or name)[:room].decode(errors="ignore") + ending


def is_temporary(name: str) -> bool:
    """True for a file name made by `temporary_name`."""
    return PATTERN.fullmatch(name) is not None


def sweep_temporaries(folder: Path, *, now_at: float, deep: bool = True) -> list[Path]:
    """Remove stray temporaries in `folder` and, if `deep`, below it; return the removed paths.

    A file that a running process is writing stays. On network filesystems, so do files changed
    within the last day. Files that can't be removed are logged and stay.

    Raises:
        FileMissing: there is no such folder.
    """
    min_age_s = NETWORK_MIN_AGE_S if is_network(folder) else 0.0
    removed = []
    for path in _temporaries(folder, deep=deep):
        try:
            if _remove_stray(path, now_at - min_age_s):
                removed.append(path)
        except OSError as error:
            LOGGER.warning("stray temporary %s stays: %s", path, error)
    return removed


def _temporaries(folder: Path, *, deep: bool) -> Iterator[Path]:
    with storage_errors(folder):
        for parent, below, names in os.walk(folder):
            for name in names:
                if is_temporary(name):
                    yield Path(parent, name)
            if not deep:
                below.clear()


def _opened(path: Path) -> int:
    # Only regular files are ours; opening a pipe would block.
    flags = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        return os.open(path, os.O_RDWR | flags)  # NFS locks only what is open for writing
    except PermissionError:  # that of a read-only comic, whose mode it has already
        return os.open(path, os.O_RDONLY | flags)


def _remove_stray(path: Path, newest_at: float) -> bool:
    descriptor = _opened(path)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_mtime > newest_at:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        path.unlink()
        return True
    finally:
        os.close(descriptor)

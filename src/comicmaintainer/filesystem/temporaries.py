"""Names of our temporary files, and the sweep that removes those a crash left behind.

A temporary lies beside the file it will become: `.<name>.cm-<16 hex digits>.tmp`. Its writer
holds an exclusive `flock` on it for as long as it lives, so a sweep can tell a stray from one
that is being written. The watcher and the scan leave such names alone.
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

from comicmaintainer.filesystem.kinds import is_network
from comicmaintainer.filesystem.os_errors import storage_errors

LOGGER = logging.getLogger(__name__)

PATTERN = re.compile(r"\..*\.cm-[0-9a-f]{16}\.tmp", re.DOTALL)
MAX_NAME_BYTES = 255
NETWORK_MIN_AGE_S = 24 * 3600.0  # there, a lock may not be seen from another machine


def new_token() -> str:
    """A fresh 16-digit token; whoever stores it beforehand can name the temporary after a crash."""
    return secrets.token_hex(8)


def temporary_name(name: str, token: str) -> str:
    """The hidden name beside `name` for `token`, cut to what filesystems allow."""
    suffix = f".cm-{token}.tmp"
    room = MAX_NAME_BYTES - len(suffix) - 1
    stem = os.fsencode(name)[:room].decode(errors="ignore")
    return f".{stem}{suffix}"


def moving_name(name: str, token: str) -> str:
    """The name beside `name` of a file that is on its way from one name to another.

    Not hidden, and still with its suffix: whoever finds the file so knows what it is, and no
    sweep takes it for a leftover. Scans and the watcher leave such names alone.
    """
    stem, dot, suffix = name.rpartition(".")
    ending = f".cm-{token}.moving{dot}{suffix}" if stem else f".cm-{token}.moving"
    room = MAX_NAME_BYTES - len(os.fsencode(ending))
    return os.fsencode(stem or name)[:room].decode(errors="ignore") + ending


def is_temporary(name: str) -> bool:
    """True for a file name that `temporary_name` made."""
    return PATTERN.fullmatch(name) is not None


def sweep_temporaries(folder: Path, *, now_at: float, deep: bool = True) -> list[Path]:
    """Remove stray temporaries in `folder` and, if `deep`, below it; returns what was removed.

    One that a living process still writes is left alone. On network filesystems only files not
    touched for a day are taken. What can't be removed is logged and stays.

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


def _remove_stray(path: Path, newest_at: float) -> bool:
    # What is no plain file is not ours; a pipe would keep us waiting.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
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

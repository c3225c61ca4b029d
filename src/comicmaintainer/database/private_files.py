"""Files that only their owner may read, because the database and its copies hold password hashes.

SQLite gives the log and its index the mode of the database.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

OWNER_ONLY = 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def create_private(path: Path) -> None:
    """Create an empty file that only its owner may read; an existing file is not changed.

    An existing file is not even opened: closing it would drop the locks that SQLite holds on it in
    this process (https://sqlite.org/howtocorrupt.html, section 2.2).
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OWNER_ONLY))


def make_private(path: Path) -> None:
    """Remove the rights of others from a file of ours, if the file exists."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return
    if status.st_uid == os.geteuid() and status.st_mode & _OTHERS:
        path.chmod(stat.S_IMODE(status.st_mode) & ~_OTHERS)

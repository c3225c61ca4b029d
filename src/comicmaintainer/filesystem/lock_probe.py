"""Tells whether another process still holds the lock of a file."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


def is_lock_free(path: Path) -> bool:
    """Tell whether no process holds an exclusive `flock` on the file at `path`.

    Raises:
        OSError: the file can't be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        # Shared, so that concurrent looks don't mistake each other for the holder.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(descriptor)

"""A cheap check whether a program on this machine has a file open for writing.

A read lease (fcntl(2), F_SETLEASE) is granted only if nobody has the file open for writing. It is
returned at once. Writers on other machines cannot be seen (decision 0107).
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
from pathlib import Path


def is_open_for_writing(path: Path) -> bool:
    """Return True only if there certainly is a writer; False if that can't be known."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        # A writer that opens the file in this very moment breaks the lease; the default signal
        # for that would end the process, this one is ignored by default.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    else:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        return False
    finally:
        os.close(descriptor)

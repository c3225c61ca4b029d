"""Makes a process die with its parent, however the parent dies (Linux).

A killed supervisor leaves no process behind that holds the port or keeps working.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def tie_to(parent_pid: int) -> Callable[[], None]:
    """Return a function that ties the calling process to `parent_pid`, its parent.

    The function runs in the child after the fork, so everything it needs is looked up here. The
    kernel sends the signal when the thread that forked ends: fork from the main thread.
    """
    if not sys.platform.startswith("linux"):
        return lambda: None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def tie() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent_pid:  # the parent died before the call above
            os.kill(os.getpid(), signal.SIGKILL)

    return tie

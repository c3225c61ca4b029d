"""Processes that end in the middle of their work."""

from __future__ import annotations

import os
from collections.abc import Callable


def run_in_child(action: Callable[[], object]) -> int:
    """Run `action` in a forked process and return its exit code; a signal counts negative.

    0 means that `action` returned, 1 that it raised an error. It may end its process itself. Needed
    also where a process that has opened a database counts as its user until it ends.
    """
    child = os.fork()
    if child == 0:
        code = 1
        try:
            action()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

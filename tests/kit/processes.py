"""What the kernel says of a process, and stopping one for certain."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.kit.waiting import wait_until


def state_of(pid: int) -> str:
    """The letter that the kernel gives a process's state; empty if the process is gone."""
    return _state(Path(f"/proc/{pid}/stat"))


def is_running(pid: int) -> bool:
    """Whether a process exists and has not ended."""
    return state_of(pid) not in ("", "Z", "X")


def is_stopped(pid: int) -> bool:
    """Whether SIGSTOP has stopped every thread of a process.

    The first thread may be stopped while another is still in a system call, in which it can take a
    lock.
    """
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return False
    return all(_state(thread / "stat") in ("T", "") for thread in threads)


def stop(pid: int) -> None:
    """Stop a process with SIGSTOP and wait until none of its threads runs."""
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: is_stopped(pid), f"the stop of process {pid}")


def _state(path: Path) -> str:
    try:
        text = path.read_text("utf-8", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return text.rpartition(")")[2].split()[0]

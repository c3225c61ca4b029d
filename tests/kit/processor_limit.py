"""An end for work that would take minutes, in processor time: a busy machine changes nothing."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TooMuchWork(Exception):
    """The work took more processor time than it may."""


@contextmanager
def processor_limit(seconds: float) -> Iterator[None]:
    """Fail what takes more than `seconds` of processor time; allow a hundred times what it needs.

    For the main thread. Time that grows with the square of the input then goes far beyond it.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TooMuchWork(f"more than {seconds} s of processor time")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)

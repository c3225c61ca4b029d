"""Signals that tell a command to end, raised as Ctrl-C is, so that it can put things in order."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
_BY_SIGNAL = 128
"""Shells report a process that was ended by a signal with this and the signal's number."""


class ToldToEnd(KeyboardInterrupt):
    """SIGTERM or SIGHUP came; `exit_code` says which."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = _BY_SIGNAL + number


@contextmanager
def ending_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the block as Ctrl-C does; what is ignored stays ignored.

    Raises:
        ToldToEnd: one of them came.
    """

    def end(number: int, _frame: FrameType | None) -> None:
        raise ToldToEnd(number)

    before = {
        number: signal.signal(number, end)
        for number in _ENDING_SIGNALS
        if signal.getsignal(number) is signal.SIG_DFL
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

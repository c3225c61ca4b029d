"""Signals that end a command, raised like Ctrl-C so that the command can clean up."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
_BY_SIGNAL = 128
"""Shells report a process ended by a signal with this number plus the signal's."""


class EndSignal(KeyboardInterrupt):
    """SIGTERM or SIGHUP arrived; `exit_code` says which."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = _BY_SIGNAL + number


@contextmanager
def end_signals() -> Iterator[None]:
    """Make SIGTERM and SIGHUP end the block as Ctrl-C does; ignored signals stay ignored.

    Raises:
        EndSignal: one of them arrived.
    """

    def end(number: int, _frame: FrameType | None) -> None:
        raise EndSignal(number)

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

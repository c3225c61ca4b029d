"""Signals that end a command: raised like Ctrl-C so that it can clean up, or held for a moment."""

from __future__ import annotations

import signal
import threading
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


@contextmanager
def held_end_signals() -> Iterator[None]:
    """Let SIGINT, SIGTERM and SIGHUP take effect only at the end of the block.

    For what must not be left half done, and for imports: Python ends a process by SIGINT, whatever
    exit code it asks for, once Ctrl-C has interrupted the making of a dataclass. Does nothing
    outside the main thread, which alone gets signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    arrived: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _frame: arrived.append(number))
        for number in (signal.SIGINT, *_ENDING_SIGNALS)
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if arrived:
        signal.raise_signal(arrived[0])

"""Signals that end a command: raised like Ctrl-C so that it can clean up, or held for a moment."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
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

    usual = [each for each in _ENDING_SIGNALS if signal.getsignal(each) is signal.SIG_DFL]
    with _handled(usual, end):
        yield


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
    heeded = [
        each
        for each in (signal.SIGINT, *_ENDING_SIGNALS)
        if signal.getsignal(each) is not signal.SIG_IGN
    ]
    with _handled(heeded, lambda number, _frame: arrived.append(number)):
        yield
    if arrived:
        signal.raise_signal(arrived[0])


@contextmanager
def _handled(
    numbers: Iterable[signal.Signals], handler: Callable[[int, FrameType | None], object]
) -> Iterator[None]:
    """Handle signals in the block by `handler`, and afterwards as before."""
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, usual in before.items():
            signal.signal(number, usual)

"""When the signals that end a command take effect."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from comicmaintainer.cli.end_signals import EndSignal, end_signals, held_end_signals


@pytest.fixture(autouse=True)
def _as_a_command_starts() -> Iterator[None]:
    """Have the handlers of a command on a terminal: a shell lets background jobs ignore SIGINT."""
    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.default_int_handler),
        signal.SIGTERM: signal.signal(signal.SIGTERM, signal.SIG_DFL),
        signal.SIGHUP: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    }
    yield
    for number, old in before.items():
        signal.signal(number, old)


def steps_with(number: signal.Signals, steps: list[str]) -> None:
    """Do two steps; the signal arrives in the first one."""
    with end_signals():
        with held_end_signals():
            os.kill(os.getpid(), number)
            steps.append("first")
        steps.append("second")


def failing_with(number: signal.Signals) -> None:
    with end_signals(), held_end_signals():
        os.kill(os.getpid(), number)
        raise ValueError("disk")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_held_signal_takes_effect_after_the_block(number: signal.Signals) -> None:
    steps: list[str] = []
    with pytest.raises(KeyboardInterrupt) as raised:
        steps_with(number, steps)
    assert steps == ["first"]
    assert isinstance(raised.value, EndSignal) is (number is not signal.SIGINT)


def test_an_error_in_the_block_comes_before_a_held_signal() -> None:
    with pytest.raises(ValueError, match="disk"):
        failing_with(signal.SIGTERM)


def test_an_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with held_end_signals():
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_handlers_are_as_before_after_the_block() -> None:
    before = signal.getsignal(signal.SIGINT)
    with held_end_signals():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before

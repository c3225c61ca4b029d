"""Waiting for what another thread or process does, where there is no event to wait for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")

PATIENCE_S = 120.0
"""Far longer than anything takes, so that a busy machine fails no test."""
PAUSE_S = 0.02


def wait_until(
    condition: Callable[[], Value], what: str = "the condition", *, patience_s: float = PATIENCE_S
) -> Value:
    """Ask `condition` until its answer is true, and return that answer.

    Raises:
        AssertionError: it never was; `what` names it.
    """
    deadline = time.monotonic() + patience_s
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} was not met within {patience_s:.0f} s")
        time.sleep(PAUSE_S)
    return answer

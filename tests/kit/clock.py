"""A clock that stands still until a test moves it on."""

from __future__ import annotations


class Clock:
    """Callable like `time.time`, in UTC epoch seconds; set `at`, or call `advance`, to move it."""

    def __init__(self, at: float = 1_700_000_000.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at

    def advance(self, seconds: float) -> float:
        """Move on by so many seconds and return the new time."""
        self.at += seconds
        return self.at

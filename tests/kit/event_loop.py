"""Runs coroutines of tests in an event loop of their own.

Playwright's loop counts as running in the thread of the tests for as long as its browser is
open, so `asyncio.run` fails there. A thread of its own has none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")
LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def run_coroutine(
    coroutine: Coroutine[object, object, Result], loop_factory: LoopFactory | None = None
) -> Result:
    """Run `coroutine` to its end in another thread and return what it returns."""

    def run() -> Result:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            return runner.run(coroutine)

    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(run).result()

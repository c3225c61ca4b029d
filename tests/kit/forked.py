"""Other processes of a test, forked from one that has loaded the product: each starts at once.

A new interpreter would need a second of processor time to import what it works with.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess

from tests.kit.waiting import PATIENCE_S

LOADED = ("tests.operations.workbench", "tests.operations.planners.identifying_bench")
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(list(LOADED))


def begun(work: Callable[..., None], *arguments: object) -> ForkServerProcess:
    """Start `work(*arguments)` in another process; it must be a function of a module."""
    process = _CONTEXT.Process(target=work, args=arguments, daemon=True)
    process.start()
    return process


def exit_code(work: Callable[..., None], *arguments: object) -> int | None:
    """Run `work(*arguments)` in another process to its end; a negative code is a signal's number.

    It is killed, and the code is None, where it takes too long.
    """
    process = begun(work, *arguments)
    process.join(PATIENCE_S)
    code = process.exitcode
    process.kill()
    process.join()
    return code

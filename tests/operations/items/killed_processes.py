"""Workers that are killed or stopped at a point of an item, and the one that takes over."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from comicmaintainer.settings import TagWrite
from tests.kit.forked import begun, exit_code
from tests.kit.processes import is_stopped
from tests.kit.waiting import wait_until
from tests.operations.workbench import Guard, Workbench


def signalling_at(point: str, skipped: int, number: int) -> Callable[[str], None]:
    """Return a function that sends this process the signal when `point` is reached.

    The first `skipped` times do not count.
    """
    left = skipped

    def reached(name: str) -> None:
        nonlocal left
        if name == point:
            if left == 0:
                os.kill(os.getpid(), number)
            left -= 1

    return reached


def killed_at(folder: Path, point: str, strategy: TagWrite, *, skipped: int = 0) -> None:
    """Run the queued jobs of `folder` in another process that is killed at `point`."""
    code = exit_code(_work, folder, point, strategy, skipped, signal.SIGKILL)
    assert code == -signal.SIGKILL, f"it ended with {code}"


@contextmanager
def stalled_at(folder: Path, point: str, *, skipped: int = 0) -> Iterator[None]:
    """Run the queued jobs in another process that stops at `point`, and goes on after the block.

    Where there are fewer such points than are skipped, it has ended before the block.
    """
    child = begun(_work, folder, point, TagWrite.AUTO, skipped, signal.SIGSTOP)
    pid = child.pid
    assert pid is not None
    try:
        wait_until(lambda: not child.is_alive() or is_stopped(pid), "the stop")
        yield
        if child.is_alive():
            os.kill(pid, signal.SIGCONT)
        child.join()
    finally:
        child.kill()
        child.join()


def take_over(bench: Workbench, *, recover_first: bool) -> None:
    """Do what a new worker does: rescue, finish what is open, run what is left."""
    others = [each.worker_id for each in bench.manager.workers.all()]
    bench.manager.workers.rescue(
        [each for each in others if each != bench.worker_id], bench.clock()
    )
    if recover_first:
        bench.recover()
    bench.work()


def _work(folder: Path, point: str, strategy: TagWrite, skipped: int, number: int) -> None:
    reached = signalling_at(point, skipped, number)
    options: dict[str, Any] = (
        {"duplicate_dir": folder / "duplicates"} if point.endswith("duplicate") else {}
    )
    bench = Workbench(folder, reached=reached, tag_write=strategy, **options)
    bench.work(Guard(lambda: reached("guard")))

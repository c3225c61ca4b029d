"""Listens to folders in a separate process with lower kernel limits.

python listener.py INTERVAL_S USER FILES ROOT...: prints each sign as a line of JSON. Where they are
not 0, USER is the user to run as, and FILES how many files may be open.
"""

from __future__ import annotations

import dataclasses
import json
import os
import queue
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest

from comicmaintainer.watcher.events import KernelSource
from tests.kit.few_watches import limited

PATIENCE_S = 60.0
NOBODY = 65534


class Listener:
    """A KernelSource in another process, and what it has heard."""

    def __init__(
        self,
        root: Path,
        *,
        interval_s: float = 3600,
        user: int = 0,
        files: int = 0,
        limits: dict[str, int] | None = None,
    ) -> None:
        script = [sys.executable, __file__, str(interval_s), str(user), str(files), str(root)]
        if limits is not None:
            self.pid_file = root.parent / "pid"
            script = limited(script, limits, self.pid_file)
        self._process = subprocess.Popen(
            script, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": ":".join(sys.path)}
        )
        self._lines: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.until(lambda sign: str(root) in sign["rounds"])  # it listens now

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._process.communicate()

    def until(self, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the next sign for which the condition holds."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            sign = self._lines.get(timeout=PATIENCE_S)
            if condition(sign):
                return sign
        pytest.fail("it was never heard")

    def hears(self, *paths: Path) -> None:
        """Wait for events of all these paths."""
        missing = set(map(str, paths))

        def is_all(sign: dict[str, Any]) -> bool:
            missing.difference_update(sign["paths"])
            return not missing

        self.until(is_all)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(json.loads(line))


def main(interval_s: float, user: int, files: int, roots: list[Path]) -> None:
    if user:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    if files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    for signs in KernelSource(roots, interval_s).signs(threading.Event()):
        found = {name: sorted(map(str, getattr(signs, name))) for name in ("paths", "added")}
        found["rounds"] = [str(root) for root in signs.rounds]
        shortfall = signs.shortfall
        print(
            json.dumps(
                found | {"shortfall": None if shortfall is None else dataclasses.asdict(shortfall)}
            ),
            flush=True,
        )


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), [Path(a) for a in sys.argv[4:]])

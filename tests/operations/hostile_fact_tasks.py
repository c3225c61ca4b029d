"""The task of reading processes, which dies at files whose name asks for it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from comicmaintainer.operations import fact_tasks


def read_facts(request: Mapping[str, Any], content: bytes) -> Iterator[Any]:
    log = os.environ.get("TEST_LOG")
    for path in request["paths"]:
        name = Path(path).name
        if log is not None:
            with Path(log).open("a") as lines:
                lines.write(f"{len(request['paths'])} {name}\n")
        if "segfault" in name:
            os.kill(os.getpid(), signal.SIGSEGV)
        if "memory" in name:
            raise MemoryError
        if "nonsense" in name:
            yield [["no facts"]]
            return
        if "sleep" in name:
            time.sleep(600)
        yield from fact_tasks.read_facts({**request, "paths": [path]}, content)


TASKS = {"facts": read_facts}

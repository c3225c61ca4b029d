"""The program of a helper process: runs tasks one after another within its limits.

Started by `helper_process` as `python -m comicmaintainer.isolation.helper MODULE MEMORY NICENESS`,
where MODULE has the tasks by name in `TASKS`. A request is a value `{"task", "processor_s", ...}`,
data, and an end; the answer is the task's output, bytes or JSON values, and an end or an error.
The process ends with its input, or when its parent is gone.
"""

from __future__ import annotations

import ctypes
import importlib
import math
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from comicmaintainer.errors import ComicMaintainerError, HostileArchive
from comicmaintainer.isolation.frames import (
    STATUS_NO_MEMORY,
    FrameKind,
    FrameReader,
    frame,
    value_frame,
    value_of,
)

Task = Callable[[Mapping[str, Any], bytes], Iterable[Any]]
"""Answers one request, given its value and its data; yields the parts of the answer."""

EXTRA_ADDRESS_BYTES = 1 << 30
"""Address space for libraries and mapped files, which are not data of the process."""
MAX_OPEN_FILES = 64
PARENT_CHECK_S = 1.0
TRIM_FROM_BYTES = 1 << 20
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # <malloc.h>


def main(module: str, memory_bytes: int, niceness: int) -> None:
    """Answer requests until the input ends."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the parent ends this process, after its work
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    answers = os.dup(1)
    os.dup2(2, 1)  # output printed by libraries must not mix with the answers
    _limit(memory_bytes, niceness)
    tasks: Mapping[str, Task] = importlib.import_module(module).TASKS
    _write(answers, frame(FrameKind.READY))
    requests = FrameReader(0)
    while (first := requests.read()) is not None:
        request = value_of(first[1])
        parts: list[bytes] = []
        while (more := requests.read()) is not None and more[0] is FrameKind.DATA:
            parts.append(more[1])
        _allow(request["processor_s"])
        _answer(answers, tasks[request["task"]], request, b"".join(parts))


def _answer(answers: int, task: Task, request: Mapping[str, Any], content: bytes) -> None:
    try:
        for part in task(request, content):
            if isinstance(part, bytes):
                _write(answers, frame(FrameKind.DATA, part))
            else:
                _write(answers, _value(part))
        last = frame(FrameKind.END)
    except ComicMaintainerError as error:
        last = value_frame(error.parts(), FrameKind.ERROR)
    except MemoryError:
        last = frame(FrameKind.NO_MEMORY)
    _write(answers, last)


def _value(part: Any) -> bytes:
    try:
        return value_frame(part)
    except ValueError as error:
        raise HostileArchive(f"Its contents are too long to list ({error})") from error


def _write(descriptor: int, message: bytes) -> None:
    left = memoryview(message)
    while left:
        left = left[os.write(descriptor, left) :]


def _limit(memory_bytes: int, niceness: int) -> None:
    _set_limit(resource.RLIMIT_CORE, 0)
    _set_limit(resource.RLIMIT_NOFILE, MAX_OPEN_FILES)
    _set_limit(resource.RLIMIT_DATA, memory_bytes)
    _set_limit(resource.RLIMIT_AS, memory_bytes + EXTRA_ADDRESS_BYTES)
    os.nice(niceness)
    _give_memory_back()


def _set_limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


def _allow(processor_s: float) -> None:
    """Allow this request that much more processor time; SIGXCPU ends the process after it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime + processor_s)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _give_memory_back() -> None:
    """Make the allocator return freed memory, so that the process is small after a large task."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:  # musl lacks it, and returns memory anyway
        mallopt(_M_MMAP_THRESHOLD, TRIM_FROM_BYTES)
        mallopt(_M_TRIM_THRESHOLD, TRIM_FROM_BYTES)
        mallopt(_M_ARENA_MAX, 1)


def _end_with_parent(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(PARENT_CHECK_S)
    os._exit(1)


if __name__ == "__main__":
    try:
        main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    except MemoryError:
        os._exit(STATUS_NO_MEMORY)
    except BrokenPipeError:
        os._exit(1)  # the answer is no longer needed

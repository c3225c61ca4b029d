"""Tasks that behave and tasks that don't, for the tests of helper processes."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

from comicmaintainer.errors import DamagedArchive


def echo(request: Mapping[str, Any], content: bytes) -> Iterator[Any]:
    yield {"pid": os.getpid(), "request": dict(request), "bytes": len(content)}


def parts(request: Mapping[str, Any], _: bytes) -> Iterator[Any]:
    for number in range(request["count"]):
        yield number
        yield bytes([number % 256]) * request["length"]


def fail(_: Mapping[str, Any], __: bytes) -> Iterator[Any]:
    yield 1
    raise DamagedArchive("a.cbz: it is damaged")


def answer_long(request: Mapping[str, Any], _: bytes) -> Iterator[Any]:
    yield "█" * request["length"]


def take_memory(request: Mapping[str, Any], _: bytes) -> Iterator[Any]:
    taken = bytearray(request["mebibytes"] << 20)
    yield len(taken)


def spin(_: Mapping[str, Any], __: bytes) -> Iterator[Any]:
    while True:
        pass
    yield None  # type: ignore[unreachable]


def sleep(_: Mapping[str, Any], __: bytes) -> Iterator[Any]:
    time.sleep(600)
    yield None


def die(request: Mapping[str, Any], _: bytes) -> Iterator[Any]:
    os.kill(os.getpid(), request["signal"])
    yield None


def end(_: Mapping[str, Any], __: bytes) -> Iterator[Any]:
    sys.exit(3)
    yield None  # type: ignore[unreachable]


def babble(_: Mapping[str, Any], __: bytes) -> Iterator[Any]:
    print("what libraries print")
    os.write(1, b"\x01\x00\x00\x00\x02no")
    yield "said"


def limits(_: Mapping[str, Any], __: bytes) -> Iterator[Any]:
    yield {
        "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
        "data": resource.getrlimit(resource.RLIMIT_DATA)[0],
        "ignores_term": signal.getsignal(signal.SIGTERM) is signal.SIG_IGN,
        "path": sys.path,
    }


TASKS = {
    "echo": echo, "parts": parts, "fail": fail, "answer_long": answer_long, "spin": spin,
    "take_memory": take_memory, "sleep": sleep, "die": die, "end": end, "babble": babble,
    "limits": limits,
}  # fmt: skip

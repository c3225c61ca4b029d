"""What is no file lies in a comic's place: every job ends, with a reason."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from tests.kit.comics import cbz, pages_of
from tests.operations.workbench import Workbench

KINDS: dict[str, dict[str, object]] = {
    "process": {},
    "tag": {"set": {"title": "x"}},
    "rename": {},
    "convert": {},
    "verify": {},
    "duplicates": {"near": True},
    "remove-pages": {"pages": [0]},
    "compact": {},
}


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError("somebody is waited for")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("kind", KINDS)
def test_a_pipe_in_the_place_of_a_comic_fails_its_item(bench: Workbench, kind: str) -> None:
    path = cbz(bench.library / "a (2020).cbz", pages_of("one"))
    bench.catalogued(path)
    path.unlink()
    os.mkfifo(path)
    (result,) = bench.run(kind, [path], KINDS[kind])
    assert not result.success
    assert result.code == "not_a_comic"
    assert "regular file" in (result.error or "")

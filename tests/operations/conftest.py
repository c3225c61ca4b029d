"""A small library with the real engine for the tests of operations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.databases import Place
from tests.operations.workbench import Workbench


@pytest.fixture
def bench(tmp_path: Path, place: Place) -> Iterator[Workbench]:
    bench = Workbench(tmp_path, database=None if place.url is None else place.open())
    yield bench
    bench.database.close()

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from comicmaintainer.database import SqliteDatabase


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "jobs.db"


@pytest.fixture
def database(path: Path) -> Iterator[SqliteDatabase]:
    found = SqliteDatabase(path)
    yield found
    found.close()

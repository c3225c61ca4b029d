"""One drawn library for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden.scene import Scene, draw
from tests.golden.scrub import Scrub


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return draw(tmp_path)


@pytest.fixture
def scrub(tmp_path: Path) -> Scrub:
    return Scrub(tmp_path)

"""A library that services are built over."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Two series of three files each."""
    folder = tmp_path / "comics"
    for series in ("Bone", "Saga"):
        (folder / series).mkdir(parents=True)
        for number in range(3):
            (folder / series / f"{series} {number}.cbz").write_bytes(b"x")
    return folder

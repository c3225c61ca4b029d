"""A library, and the services that are built over it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from comicmaintainer.services import Services
from comicmaintainer.settings import Settings


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Two series of three files each."""
    folder = tmp_path / "comics"
    for series in ("Bone", "Saga"):
        (folder / series).mkdir(parents=True)
        for number in range(3):
            (folder / series / f"{series} {number}.cbz").write_bytes(b"x")
    return folder


@pytest.fixture
def services(tmp_path: Path, library: Path) -> Iterator[Services]:
    settings = {"WATCHED_DIR": str(library), "CONFIG_DIR": str(tmp_path / "config")}
    services = Services.build(Settings.from_environment(settings))
    yield services
    services.database.close()

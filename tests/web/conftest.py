"""A web application over a real database, watched folder and accounts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from comicmaintainer.web.app import create_app


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "comics"
    (folder / "Saga").mkdir(parents=True)
    for number in range(3):
        (folder / "Saga" / f"Saga {number}.cbz").write_bytes(b"PK\5\6" + bytes(18))
    return folder


@pytest.fixture
def settings(tmp_path: Path, library: Path) -> Settings:
    return Settings.from_environment(
        {"WATCHED_DIR": str(library), "CONFIG_DIR": str(tmp_path / "config")}
    )


@pytest.fixture
def parts(settings: Settings) -> Services:
    return Services.build(settings)


@pytest.fixture
def app(settings: Settings, parts: Services) -> FastAPI:
    return create_app(settings, lambda: parts)


@pytest.fixture
def stranger(app: FastAPI) -> Iterator[TestClient]:
    """Someone with neither session nor key."""
    with TestClient(app, base_url="http://nas:5000", follow_redirects=False) as client:
        yield client


@pytest.fixture
def client(stranger: TestClient, parts: Services) -> TestClient:
    """A program with a key."""
    stranger.headers["X-Api-Key"] = parts.accounts.create_key("test")
    return stranger

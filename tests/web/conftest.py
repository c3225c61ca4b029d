"""A web application over a real database, watched folder and accounts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from comicmaintainer.accounts.accounts import Accounts
from comicmaintainer.database import Database
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.library.catalogue import Catalogue
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.settings import Settings
from comicmaintainer.web.app import create_app

PASSWORD = "correct horse battery"


@dataclass
class Parts:
    """What the routes read from `app.state.services`."""

    database: Database
    manager: JobManager
    accounts: Accounts
    roots: LibraryRoots
    catalogue: Catalogue


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
def parts(settings: Settings) -> Parts:
    database = Database(settings.database_path)
    return Parts(
        database=database,
        manager=JobManager(database, kinds={"process", "tag", "scan"}),
        accounts=Accounts(database),
        roots=LibraryRoots(settings.watched_dirs),
        catalogue=Catalogue(database, now=time.time),
    )


@pytest.fixture
def app(settings: Settings, parts: Parts) -> FastAPI:
    return create_app(settings, lambda: parts)


@pytest.fixture
def stranger(app: FastAPI) -> Iterator[TestClient]:
    """Someone with neither session nor key."""
    with TestClient(app, base_url="http://nas:5000", follow_redirects=False) as client:
        yield client


@pytest.fixture
def client(stranger: TestClient, parts: Parts) -> TestClient:
    """A program with a key."""
    stranger.headers["X-Api-Key"] = parts.accounts.create_key("test")
    return stranger

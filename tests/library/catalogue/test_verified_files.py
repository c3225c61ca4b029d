"""Sound files are noted in shared commits, and only as they were verified."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from comicmaintainer.database import Database
from comicmaintainer.errors import DatabaseError
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.model import SeenFile
from comicmaintainer.library.catalogue.verified_files import VerifiedFiles

NOW = 1_700_000_000.0


def clock() -> float:
    return NOW


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "jobs.db")
    yield database
    database.close()


@pytest.fixture
def catalogue(database: Database, tmp_path: Path) -> Catalogue:
    catalogue = Catalogue(database, now=clock)
    catalogue.add_root(tmp_path)
    return catalogue


@pytest.fixture
def paths(catalogue: Catalogue, tmp_path: Path) -> list[Path]:
    paths = [tmp_path / name for name in ("a.cbz", "b.cbz")]
    for path in paths:
        path.write_bytes(b"comic")
    catalogue.upsert([SeenFile.of(str(path), FileIdentity.of(path)) for path in paths])
    return paths


def verified_at(catalogue: Catalogue, path: Path) -> float | None:
    row = catalogue.by_path(path)
    assert row is not None
    return row.verified_at


def test_deferred_files_are_noted_together_by_the_flush(
    database: Database, catalogue: Catalogue, paths: list[Path]
) -> None:
    verified = VerifiedFiles(database, now=clock, deferred=True)
    for path in paths:
        verified.add(path, FileIdentity.of(path))
    assert [verified_at(catalogue, path) for path in paths] == [None, None]
    verified.flush()
    assert [verified_at(catalogue, path) for path in paths] == [NOW, NOW]


def test_a_file_is_noted_at_once_unless_that_is_deferred(
    database: Database, catalogue: Catalogue, paths: list[Path]
) -> None:
    VerifiedFiles(database, now=clock).add(paths[0], FileIdentity.of(paths[0]))
    assert verified_at(catalogue, paths[0]) == NOW


def test_a_file_written_since_it_was_verified_is_not_noted(
    database: Database, catalogue: Catalogue, paths: list[Path]
) -> None:
    verified = VerifiedFiles(database, now=clock, deferred=True)
    verified.add(paths[0], FileIdentity.of(paths[0]))
    os.utime(paths[0], ns=(1, 1))
    catalogue.upsert([SeenFile.of(str(paths[0]), FileIdentity.of(paths[0]))])
    verified.flush()
    assert verified_at(catalogue, paths[0]) is None


def test_files_that_can_not_be_noted_are_kept_for_the_next_flush(
    database: Database, catalogue: Catalogue, paths: list[Path]
) -> None:
    verified = VerifiedFiles(database, now=clock, deferred=True)
    verified.add(paths[0], FileIdentity.of(paths[0]))
    with database.transaction() as transaction:
        transaction.execute(
            "CREATE TRIGGER refuse BEFORE UPDATE OF verified_at ON files"
            " BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
    with pytest.raises(DatabaseError):
        verified.flush()
    with database.transaction() as transaction:
        transaction.execute("DROP TRIGGER refuse")
    verified.flush()
    assert verified_at(catalogue, paths[0]) == NOW

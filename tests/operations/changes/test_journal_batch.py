"""Commits shared by many items: nothing is touched before its intent is stored, nothing is lost."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from comicmaintainer.database import Database
from comicmaintainer.errors import DatabaseError, FolderProtected
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.model import SeenFile
from comicmaintainer.library.journal import ChangeState, Journal, PlannedChange
from comicmaintainer.operations.changes.journal_batch import (
    CatalogueUpdate,
    JournalBatch,
    StoredIntents,
)

NOW = 1_700_000_000.0


def clock() -> float:
    return NOW


@pytest.fixture
def journal(database: Database) -> Journal:
    return Journal(database, now=clock)


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
    catalogue.upsert([seen(path) for path in paths])
    return paths


def seen(path: Path) -> SeenFile:
    return SeenFile.of(str(path), FileIdentity.of(path))


def verified_at(catalogue: Catalogue, paths: list[Path]) -> list[float | None]:
    rows = [catalogue.by_path(path) for path in paths]
    return [None if row is None else row.verified_at for row in rows]


def change(path: str) -> PlannedChange:
    return PlannedChange("tags", path)


@contextmanager
def without(database: Database, table: str) -> Iterator[None]:
    with database.transaction() as transaction:
        transaction.execute(f"ALTER TABLE {table} RENAME TO set_aside")
    yield
    with database.transaction() as transaction:
        transaction.execute(f"ALTER TABLE set_aside RENAME TO {table}")


def test_intents_are_on_disk_when_plan_returns(
    database: Database, open_database: Callable[[], Database]
) -> None:
    journal_batch = JournalBatch(database, now=clock, deferred=True)
    (planned,) = journal_batch.plan([change("/a")]).take()
    other = open_database()
    assert Journal(other, now=clock).get(planned.change_id).state is ChangeState.PLANNED


def test_a_write_into_a_protected_folder_leaves_the_other_items_of_its_group(
    database: Database, journal: Journal, tmp_path: Path
) -> None:
    journal_batch = JournalBatch(database, now=clock, deferred=True)
    journal_batch.protected.add(tmp_path / "Kept", NOW)
    paths = [str(tmp_path / name) for name in ("a", "Kept/b", "c")]
    steps = [journal_batch.plan([change(path)]) for path in paths]
    first, refusal, last = StoredIntents.take_all(steps)
    assert isinstance(refusal, FolderProtected)
    stored = [row.path_before for row in journal.open_changes()]
    assert stored == [paths[0], paths[2]]
    assert [row.path_before for rows in (first, last) for row in rows] == stored  # type: ignore[union-attr]


def test_confirmations_come_with_the_next_plan_or_the_flush(
    database: Database, journal: Journal
) -> None:
    journal_batch = JournalBatch(database, now=clock, deferred=True)
    (first,) = journal_batch.plan([change("/a")]).take()
    journal_batch.confirm([first.applied({"done": 1})])
    journal_batch.finish()
    assert journal.get(first.change_id).state is ChangeState.PLANNED
    (second,) = journal_batch.plan([change("/b")]).take()
    assert journal.get(first.change_id).state is ChangeState.APPLIED
    journal_batch.confirm([second.applied({})])
    journal_batch.flush()
    assert journal.get(second.change_id).state is ChangeState.APPLIED


def test_threads_get_the_ids_of_their_own_intents(database: Database, journal: Journal) -> None:
    journal_batch = JournalBatch(database, now=clock, deferred=True)
    found: dict[str, list[int]] = {}

    def work(name: str) -> None:
        for number in range(20):
            rows = journal_batch.plan(
                [change(f"/{name}/{number}"), change(f"/{name}/{number}b")]
            ).take()
            found.setdefault(name, []).extend(row.change_id for row in rows)
            journal_batch.confirm([each.applied({}) for each in rows])

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    journal_batch.flush()
    for name, ids in found.items():
        paths = [journal.get(each).path_before for each in ids]
        assert paths == [f"/{name}/{n}{end}" for n in range(20) for end in ("", "b")]
    assert journal.open_changes() == []


def test_a_plan_that_can_not_be_stored_is_dropped_and_what_was_noted_is_kept(
    database: Database, journal: Journal
) -> None:
    journal_batch = JournalBatch(database, now=clock, deferred=True)
    (first,) = journal_batch.plan([change("/a")]).take()
    journal_batch.confirm([first.applied({})])
    with without(database, "changes"), pytest.raises(DatabaseError):
        journal_batch.plan([change("/b")]).take()
    journal_batch.flush()
    assert journal.get(first.change_id).state is ChangeState.APPLIED
    assert journal.open_changes() == []


def test_a_change_that_was_abandoned_meanwhile_is_journaled_again(
    database: Database, journal: Journal
) -> None:
    journal_batch = JournalBatch(database, now=clock)
    (first,) = journal_batch.plan([change("/a")]).take()
    journal.abandon(first.change_id, "It was taken for dead.")
    journal_batch.confirm([first.applied({"done": 1})])
    journal_batch.finish()
    newest = journal.history("/a")[0]
    assert (newest.state, newest.receipt) == (ChangeState.APPLIED, {"done": 1})


def test_sound_files_are_noted_together_by_the_flush(
    database: Database, catalogue: Catalogue, paths: list[Path]
) -> None:
    journal_batch = JournalBatch(database, now=clock, deferred=True)
    for path in paths:
        journal_batch.update(CatalogueUpdate(sound=seen(path)))
        journal_batch.finish()
    assert verified_at(catalogue, paths) == [None, None]
    journal_batch.flush()
    assert verified_at(catalogue, paths) == [NOW, NOW]


def test_a_sound_file_is_noted_at_once_unless_that_is_deferred(
    database: Database, catalogue: Catalogue, paths: list[Path]
) -> None:
    journal_batch = JournalBatch(database, now=clock)
    journal_batch.update(CatalogueUpdate(sound=seen(paths[0])))
    journal_batch.finish()
    assert verified_at(catalogue, paths) == [NOW, None]


def test_a_file_written_since_it_was_found_sound_is_not_noted(
    database: Database, catalogue: Catalogue, paths: list[Path]
) -> None:
    journal_batch = JournalBatch(database, now=clock, deferred=True)
    journal_batch.update(CatalogueUpdate(sound=seen(paths[0])))
    os.utime(paths[0], ns=(1, 1))
    journal_batch.update(CatalogueUpdate(seen=seen(paths[0])))
    journal_batch.flush()
    assert verified_at(catalogue, paths) == [None, None]


def test_updates_that_can_not_be_stored_are_kept_for_the_next_flush(
    database: Database, catalogue: Catalogue, paths: list[Path]
) -> None:
    journal_batch = JournalBatch(database, now=clock, deferred=True)
    journal_batch.update(CatalogueUpdate(sound=seen(paths[0])))
    with without(database, "files"), pytest.raises(DatabaseError):
        journal_batch.flush()
    journal_batch.flush()
    assert verified_at(catalogue, paths) == [NOW, None]

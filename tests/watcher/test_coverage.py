"""Reports about folders that the kernel does not watch, and where they are stored."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from comicmaintainer.database import SqliteDatabase
from comicmaintainer.errors import DatabaseBusy
from comicmaintainer.watcher.coverage import Limit, Shortfall, limit_of, shortfall
from comicmaintainer.watcher.coverage_store import CoverageStore
from comicmaintainer.watcher.events import Signs
from tests.watcher.watch_post import WatchPost

FOUND = shortfall(Limit.WATCHES, watched=100, scanned=1_000_000, interval_s=60, detail="")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CoverageStore]:
    database = SqliteDatabase(tmp_path / "jobs.db")
    yield CoverageStore(database)
    database.close()


def test_the_newest_shortfall_is_stored_until_its_reason_ends(store: CoverageStore) -> None:
    assert store.load() is None
    store.save(FOUND, 1.0)
    other = shortfall(Limit.OTHER, watched=1, scanned=1, interval_s=5, detail="Not supported")
    store.save(other, 2.0)
    assert store.load() == other
    store.save(None, 3.0)
    assert store.load() is None


def test_limit_is_named_with_the_command_that_raises_it() -> None:
    assert "100 of 1,000,100 folders" in FOUND.finding
    assert "fs.inotify.max_user_watches" in FOUND.finding
    assert "max_user_watches=2000200" in FOUND.advice
    one = shortfall(Limit.INSTANCES, watched=0, scanned=1, interval_s=5, detail="")
    assert one.brief == (
        "WATCHED_DIR: 1 folder is scanned every 5 s instead of being watched (max_user_instances)."
    )


@pytest.mark.parametrize(
    ("number", "limit"),
    [
        (errno.ENOSPC, Limit.WATCHES),
        (errno.EMFILE, Limit.INSTANCES),
        (errno.ENFILE, Limit.OPEN_FILES),
        (errno.ENOSYS, Limit.OTHER),
    ],
)
def test_errors_of_the_kernel_name_their_limit(number: int, limit: Limit) -> None:
    assert limit_of(OSError(number, "a reason")) == (limit, "a reason")


def test_watcher_reports_a_shortfall_once_and_again_if_it_could_not_be_stored(
    tmp_path: Path,
) -> None:
    told: list[Shortfall | None] = []
    failures = [DatabaseBusy("busy")]

    def store(found: Shortfall | None) -> None:
        if failures:
            raise failures.pop()
        told.append(found)

    post = WatchPost(tmp_path, on_shortfall=store)
    with pytest.raises(DatabaseBusy):
        post.watcher.take(Signs(shortfall=FOUND))
    for signs in (Signs(shortfall=FOUND), Signs(shortfall=FOUND), Signs(), Signs()):
        post.watcher.take(signs)
    assert told == [FOUND, None]

from __future__ import annotations

from pathlib import Path

from comicmaintainer.database import Database
from comicmaintainer.library.journal import Journal, JournalWriter, PlannedChange
from comicmaintainer.library.worked_folders import folders_outside
from tests.kit.clock import Clock


def test_only_folders_outside_the_roots_are_named(database: Database, clock: Clock) -> None:
    inside = ["/a/1.cbz", "/a/deep/2.cbz", "/a-b/3.cbz", "/m/x/4.cbz"]
    outside = ["/0/5.cbz", "/a b/6.cbz", "/a0/7.cbz", "/ab/8.cbz", "/m/9.cbz", "/z/z/10.cbz"]
    journal = Journal(database, now=clock)
    for path in (*inside, *outside):
        journal.plan(PlannedChange("tags", path))
    journal.plan(PlannedChange("rename", "/a/1.cbz", "/z/1.cbz"))
    found = folders_outside(database, [Path("/m/x"), Path("/a-b"), Path("/a")])
    assert sorted(map(str, found)) == ["/0", "/a b", "/a0", "/ab", "/m", "/z", "/z/z"]


def test_many_files_of_one_folder_name_it_once(database: Database, clock: Clock) -> None:
    with database.transaction() as transaction:
        writer = JournalWriter(transaction, clock(), None)
        for number in range(2500):
            writer.plan(PlannedChange("tags", f"/x/{number}.cbz"))
    assert folders_outside(database, []) == [Path("/x")]

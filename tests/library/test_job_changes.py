"""What a job changed is told by the comic of each item, also where a file beside it changed."""

from __future__ import annotations

from typing import Any

from comicmaintainer.database import Database
from comicmaintainer.library.job_changes import JobChanges
from comicmaintainer.library.journal import Journal, PlannedChange
from tests.kit.clock import Clock

COMIC, NEW_NAME, NOTE = "/c/Rain/1.cbz", "/c/Rain/Rain 1.cbz", "/c/Rain/series.json"


def change(kind: str, path: str, **more: Any) -> PlannedChange:
    return PlannedChange(kind, path, job_id="j", seq=0, **more)


def test_the_path_of_an_item_is_that_of_its_comic(database: Database) -> None:
    journal = Journal(database, now=Clock())
    renamed = journal.plan(change("rename", COMIC, path_after=NEW_NAME))
    note = journal.plan(change("series-json", NOTE, intent={"beside": COMIC}))
    for change_id in (renamed, note):
        journal.confirm(change_id, {})
    found = JobChanges(database).of_items("j", [0])[0]
    assert (found.path_before, found.path_now) == (COMIC, NEW_NAME)
    assert found.undoable == [note, renamed]
    journal.mark_undone(renamed)
    assert JobChanges(database).of_items("j", [0])[0].path_now == COMIC


def test_an_item_that_changed_only_a_file_beside_its_comic_names_the_comic(
    database: Database,
) -> None:
    journal = Journal(database, now=Clock())
    journal.confirm(journal.plan(change("series-json", NOTE, intent={"beside": COMIC})), {})
    found = JobChanges(database).of_items("j", [0])[0]
    assert (found.path_before, found.path_now) == (COMIC, COMIC)

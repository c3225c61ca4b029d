"""An equal name is not an equal comic: different comics of one name are in conflict, and stay."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.jobs.model import JobRequest, JobStatus, Trigger
from comicmaintainer.library.catalogue.model import CatalogueFile, DuplicateBy, FileMark, FileState
from comicmaintainer.library.journal import ChangeState
from comicmaintainer.services.requests import Requests
from comicmaintainer.settings import TagWrite
from tests.operations.items.killed_processes import killed_at, take_over
from tests.operations.workbench import Guard, Workbench, details, page_bytes, sha256, snapshot, tags

SAGA = "<Series>Saga</Series><Number>1</Number>"


@pytest.fixture
def shelf(tmp_path: Path) -> Workbench:
    """A bench with a folder for duplicates, into which no different comic may go."""
    return Workbench(tmp_path, duplicate_dir=tmp_path / "duplicates")


def two_comics(bench: Workbench) -> tuple[Path, Path]:
    """One has the name, the other should get it; their pages differ."""
    first = bench.comic("Saga/Saga #0001.cbz", SAGA, seed="one")
    second = bench.comic("Saga/Saga 1.cbz", SAGA, seed="two")
    bench.catalogued(first, second)
    return first, second


def row(bench: Workbench, path: Path) -> CatalogueFile:
    found = bench.catalogue.by_path(path)
    assert found is not None
    return found


def undo(bench: Workbench, job_id: str) -> None:
    changes = bench.journal.changes_of_job(job_id, limit=1000, state=ChangeState.APPLIED)
    undone = bench.run("undo", [str(change.change_id) for change in changes])
    assert [result.error for result in undone] == [None] * len(changes)


def test_tags_are_written_the_name_stays_and_nothing_is_moved(shelf: Workbench) -> None:
    first = shelf.comic("Saga/Saga #0001.cbz", SAGA, seed="one")
    second = shelf.comic("Saga/Saga 1.cbz", seed="two")
    shelf.catalogued(first, second)
    pages = page_bytes(second)
    (result,) = shelf.run("process", [second])
    found = details(result)
    assert [change["type"] for change in found["changes"]] == ["tags", "conflict"]
    assert found["changes"][1] == {"type": "conflict", "with": str(first), "compared": True}
    assert (found["path"], found["conflict_with"]) == (str(second), str(first))
    assert "duplicate_of" not in found
    assert str(first) in found["why"]["name"]
    assert (tags(second).series, page_bytes(second)) == ("Saga", pages)
    assert not (shelf.folder / "duplicates").exists()
    shown = row(shelf, second)
    assert (shown.state, shown.conflict_with, shown.duplicate_of) == ("conflict", str(first), None)
    assert shown.reason == "Another comic has the name Saga #0001.cbz."


def test_a_second_run_changes_nothing_and_still_reports_the_conflict(shelf: Workbench) -> None:
    first, second = two_comics(shelf)
    shelf.run("process", [first, second])
    before = snapshot(shelf.library)
    again = shelf.run("process", [first, second])
    assert [details(result)["unchanged"] for result in again] == [True, True]
    assert details(again[1])["conflict_with"] == str(first)
    assert snapshot(shelf.library) == before
    assert row(shelf, second).state == "conflict"
    assert len(shelf.journal.history(second)) == 1


def test_a_name_held_by_a_file_that_cannot_be_compared_stays_with_it(shelf: Workbench) -> None:
    path = shelf.comic("Saga/Saga 1.cbz", SAGA)
    shelf.catalogued(path)
    (path.parent / "Saga #0001.cbz").mkdir()
    (result,) = shelf.run("process", [path])
    assert details(result)["changes"][0]["compared"] is False
    assert row(shelf, path).reason == (
        "The name Saga #0001.cbz is taken, and the pages can't be compared."
    )
    assert path.exists()


def test_a_preview_shows_the_conflict_and_applying_it_reports_it(shelf: Workbench) -> None:
    first, second = two_comics(shelf)
    before = snapshot(shelf.library)
    shown = shelf.run("process", [first, second], preview=True)
    assert snapshot(shelf.library) == before
    assert row(shelf, second).state == "unprocessed"
    assert details(shown[1])["conflict_with"] == str(first)
    requests = Requests(shelf.manager, shelf.journal)
    job = shelf.manager.submit(requests.apply(shown[0].job_id))
    shelf.work()
    (done,) = shelf.results(job.job_id)
    assert details(done)["changes"] == details(shown[1])["changes"]
    assert row(shelf, second).state == "conflict"


def test_a_preview_of_an_earlier_release_that_calls_a_different_comic_a_duplicate_is_refused(
    shelf: Workbench,
) -> None:
    first, second = two_comics(shelf)
    place = str(shelf.folder / "duplicates" / "Saga" / second.name)
    (shown,) = shelf.run("process", [second], preview=True)
    plan: dict[str, Any] = json.loads(json.dumps(shown.details))
    del plan["conflict_with"]
    plan["duplicate_of"] = str(first)
    plan["changes"] = [
        {"type": "duplicate", "of": str(first), "from": str(second), "to": place}
    ]  # fmt: skip
    plan["path"] = place
    request = JobRequest("process", [str(second)], {}, item_params={str(second): {"plan": plan}})
    job = shelf.manager.submit(request)
    before = snapshot(shelf.library)
    shelf.work()
    assert shelf.manager.get(job.job_id).status is JobStatus.COMPLETED
    (result,) = shelf.results(job.job_id)
    assert (result.success, result.code) == (False, "file_changed")
    assert "preview it again" in (result.error or "")
    assert snapshot(shelf.library) == before


def test_a_file_without_a_row_still_shows_the_conflict(shelf: Workbench, tmp_path: Path) -> None:
    for name, seed in (("Saga #0001.cbz", "one"), ("Saga 1.cbz", "two")):
        shelf.comic(name, SAGA, seed=seed).rename(tmp_path / name)
    path = tmp_path / "Saga 1.cbz"
    (result,) = shelf.run("process", [path], trigger=Trigger.CLI)
    assert details(result)["unchanged"]
    assert details(result)["conflict_with"] == str(tmp_path / "Saga #0001.cbz")


# --- how a conflict ends --------------------------------------------------------------------------


def rename_the_other(bench: Workbench, first: Path, second: Path) -> None:
    bench.run("rename", [first], {"to": "Saga v01 #0001.cbz"})


def trash_the_other(bench: Workbench, first: Path, second: Path) -> None:
    bench.run("delete", [first])


def take_the_other_away(bench: Workbench, first: Path, second: Path) -> None:
    first.unlink()
    bench.context.scan.scan_root(bench.library)


def rename_by_hand(bench: Workbench, first: Path, second: Path) -> None:
    first.rename(first.with_name("elsewhere.cbz"))
    bench.context.scan.scan_root(bench.library)


@pytest.mark.parametrize(
    "end", [rename_the_other, trash_the_other, take_the_other_away, rename_by_hand]
)
def test_a_conflict_ends_when_the_other_file_gives_up_the_name(
    shelf: Workbench, end: Callable[[Workbench, Path, Path], None]
) -> None:
    first, second = two_comics(shelf)
    shelf.run("process", [second])
    end(shelf, first, second)
    assert row(shelf, second).mark == FileMark(FileState.UNPROCESSED)
    (result,) = shelf.run("process", [second])
    assert details(result)["path"] == str(first)
    assert row(shelf, first).mark == FileMark(FileState.PROCESSED)


def test_a_conflict_ends_when_the_file_gets_another_name(shelf: Workbench) -> None:
    _, second = two_comics(shelf)
    shelf.run("process", [second])
    shelf.run("rename", [second], {"to": "Saga 1 of another kind.cbz"})
    assert row(shelf, second.with_name("Saga 1 of another kind.cbz")).state == "unprocessed"


def test_a_conflict_ends_when_tags_give_the_file_a_name_of_its_own(shelf: Workbench) -> None:
    _, second = two_comics(shelf)
    shelf.run("process", [second])
    shelf.run("tag", [second], {"set": {"volume": 2}})
    assert row(shelf, second).state == "conflict"
    (result,) = shelf.run("process", [second])
    assert details(result)["path"] == str(second.with_name("Saga v02 #0001.cbz"))
    assert row(shelf, second.with_name("Saga v02 #0001.cbz")).state == "processed"


def test_renaming_by_rules_ends_a_conflict_of_names_that_fit_by_now(shelf: Workbench) -> None:
    _, second = two_comics(shelf)
    shelf.run("process", [second])
    (result,) = shelf.run("rename", [second], {"template": "{series} {issue_no_pad}"})
    assert details(result)["unchanged"]
    assert row(shelf, second).mark == FileMark(FileState.UNPROCESSED)


def test_undoing_the_job_takes_the_conflict_back(shelf: Workbench) -> None:
    first = shelf.comic("Saga/Saga 01.cbz", seed="one")
    second = shelf.comic("Saga/Saga 1.cbz", seed="two")
    shelf.catalogued(first, second)
    originals = {path: sha256(path) for path in (first, second)}
    done = shelf.run("process", [first, second])
    assert row(shelf, second).conflict_with == details(done[0])["path"]
    undo(shelf, done[0].job_id)
    assert {path: sha256(path) for path in (first, second)} == originals
    assert [row(shelf, path).mark for path in (first, second)] == [
        FileMark(FileState.UNPROCESSED)
    ] * 2


def test_undoing_a_later_change_brings_a_conflict_back_only_while_its_cause_is_there(
    shelf: Workbench,
) -> None:
    first, second = two_comics(shelf)
    shelf.run("process", [second])
    (tagged,) = shelf.run("tag", [second], {"set": {"title": "Dawn"}})
    (again,) = shelf.run("tag", [second], {"set": {"title": "Dusk"}})
    undo(shelf, again.job_id)
    assert row(shelf, second).conflict_with == str(first)
    first.unlink()
    undo(shelf, tagged.job_id)
    assert row(shelf, second).mark == FileMark(FileState.UNPROCESSED)


def test_processing_without_names_leaves_the_conflict(shelf: Workbench) -> None:
    _, second = two_comics(shelf)
    shelf.run("process", [second])
    shelf.run("process", [second], {"rename": False})
    assert row(shelf, second).state == "conflict"


def test_the_other_comic_replaced_by_a_copy_makes_a_duplicate(shelf: Workbench) -> None:
    first, second = two_comics(shelf)
    shelf.run("process", [second])
    shutil.copyfile(second, first)
    (result,) = shelf.run("process", [second])
    assert details(result)["duplicate_of"] == str(first)
    assert details(result)["path"] == str(shelf.folder / "duplicates" / "Saga" / second.name)


# --- duplicates -----------------------------------------------------------------------------------


def test_a_mark_requested_by_look_stays_and_moves_nothing(shelf: Workbench) -> None:
    first, second = two_comics(shelf)
    by_look = FileMark(
        FileState.DUPLICATE, duplicate_of=str(first), duplicate_by=DuplicateBy.LOOK
    )  # fmt: skip
    shelf.catalogue.set_marks([(str(second), by_look)])
    (result,) = shelf.run("process", [second])
    assert details(result)["unchanged"]
    assert details(result)["duplicate_of"] == str(first)
    assert row(shelf, second).mark == by_look


def test_an_old_mark_by_name_becomes_a_conflict_when_the_file_is_processed(
    bench: Workbench,
) -> None:
    first, second = two_comics(bench)
    bench.catalogue.set_state(second, FileState.DUPLICATE, duplicate_of=str(first))
    (result,) = bench.run("process", [second])
    assert details(result)["changes"][0]["type"] == "conflict"
    assert row(bench, second).state == "conflict"
    undo(bench, result.job_id)
    assert row(bench, second).mark == FileMark(FileState.DUPLICATE, duplicate_of=str(first))


def test_an_old_mark_by_name_becomes_a_conflict_in_the_next_scan(bench: Workbench) -> None:
    first, second = two_comics(bench)
    copy = bench.comic("Saga/Saga 1 copy.cbz", SAGA, seed="one")
    bench.catalogued(copy)
    for path in (second, copy):
        bench.catalogue.set_state(path, FileState.DUPLICATE, duplicate_of=str(first))
    bench.context.scan.scan_root(bench.library)
    assert row(bench, second).conflict_with == str(first)
    proven = FileMark(
        FileState.DUPLICATE, duplicate_of=str(first), duplicate_by=DuplicateBy.PAGES
    )  # fmt: skip
    assert row(bench, copy).mark == proven


def test_a_duplicate_is_moved_only_while_the_copy_with_the_name_is_there(shelf: Workbench) -> None:
    first, second = two_comics(shelf)
    shutil.copyfile(first, second)
    shelf.catalogued(second)

    def takes_it_away() -> None:
        first.unlink(missing_ok=True)

    (result,) = shelf.run("process", [second], guard=Guard(takes_it_away))
    assert (result.success, result.code) == (False, "file_changed")
    assert second.exists()


# --- crashes --------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("recover_first", [True, False])
@pytest.mark.parametrize(
    ("point", "skipped"),
    [
        ("planned", 0),
        ("applied tags", 0),
        ("applied conflict", 0),
        ("confirmed", 0),
        ("catalogued", 0),
        ("guard", 0),
        ("guard", 1),
        ("guard", 2),
    ],
)
def test_an_item_killed_anywhere_ends_in_conflict_once(
    tmp_path: Path, point: str, skipped: int, recover_first: bool
) -> None:
    bench = Workbench(tmp_path)
    first = bench.comic("Saga/Saga #0001.cbz", SAGA, seed="one")
    second = bench.comic("Saga/Saga 1.cbz", seed="two")
    bench.catalogued(first, second)
    originals = {path: sha256(path) for path in (first, second)}
    job = bench.submit("process", [second])
    killed_at(tmp_path, point, TagWrite.AUTO, skipped=skipped)
    take_over(bench, recover_first=recover_first)
    (result,) = bench.results(job.job_id)
    assert [change["type"] for change in details(result)["changes"]] == ["tags", "conflict"]
    assert row(bench, second).conflict_with == str(first)
    assert row(bench, second).state == "conflict"
    assert bench.journal.open_changes() == []
    undo(bench, job.job_id)
    assert {path: sha256(path) for path in (first, second)} == originals
    assert row(bench, second).mark == FileMark(FileState.UNPROCESSED)


@pytest.mark.slow
def test_an_undo_of_a_conflict_killed_on_its_way_ends_undone(tmp_path: Path) -> None:
    bench = Workbench(tmp_path)
    _, second = two_comics(bench)
    (done,) = bench.run("process", [second])
    (change,) = bench.journal.changes_of_job(done.job_id)
    job = bench.submit("undo", [str(change.change_id)])
    killed_at(tmp_path, "taken back", TagWrite.AUTO)
    take_over(bench, recover_first=True)
    assert [result.error for result in bench.results(job.job_id)] == [None]
    assert row(bench, second).mark == FileMark(FileState.UNPROCESSED)

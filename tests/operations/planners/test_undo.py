"""Undo: every file gets back its name and its bytes, or a reason why not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from comicmaintainer.library.journal import ChangeState
from comicmaintainer.settings import TagWrite
from tests.operations.workbench import Workbench, details, sha256, snapshot, tags

pytestmark = pytest.mark.both_databases


def contents(bench: Workbench) -> dict[str, str]:
    return {name: digest for name, (digest, _) in snapshot(bench.library).items()}


def changes_of(bench: Workbench, job_id: str) -> list[str]:
    """The items of the undo of a job, newest first."""
    return [str(change.change_id) for change in bench.journal.changes_of_job(job_id, limit=1000)]


@pytest.fixture(params=[TagWrite.AUTO, TagWrite.REPLACE])
def any_write(request: pytest.FixtureRequest, tmp_path: Path) -> Workbench:
    return Workbench(tmp_path, tag_write=request.param)


@pytest.mark.parametrize("order", [1, -1])
def test_undoing_a_job_gives_all_files_their_names_and_bytes_back(
    any_write: Workbench, order: int
) -> None:
    bench = any_write
    paths = [bench.comic(f"Batman/Batman {n} (2011).cbz") for n in range(1, 8)]
    paths.append(bench.comic("Batman/Batman 9.cbz", "<Series>Bat</Series>"))
    bench.catalogued(*paths)
    before = contents(bench)
    results = bench.run("process", paths)
    assert contents(bench).keys().isdisjoint(before)
    undone = bench.run("undo", changes_of(bench, results[0].job_id)[::order])
    assert [result.error for result in undone] == [None] * len(undone)
    assert contents(bench) == before
    assert {bench.state_of(path) for path in paths} == {"unprocessed"}
    counts = bench.journal.count_of_job(results[0].job_id)
    assert set(counts) == {ChangeState.UNDONE}


def test_undoing_twice_changes_nothing_the_second_time(bench: Workbench) -> None:
    path = bench.comic("Batman/Batman 5.cbz")
    (result,) = bench.run("process", [path])
    changes = changes_of(bench, result.job_id)
    bench.run("undo", changes)
    before = snapshot(bench.library)
    again = bench.run("undo", changes)
    assert snapshot(bench.library) == before
    assert [details(each)["unchanged"] for each in again] == [True, True]


def test_undo_of_one_change_shows_the_difference_it_makes(bench: Workbench) -> None:
    path = bench.comic("Batman 5.cbz", "<Series>Batman</Series>")
    (result,) = bench.run("tag", [path], {"set": {"year": 1940}})
    (undone,) = bench.run("undo", changes_of(bench, result.job_id))
    (change,) = details(undone)["changes"]
    assert change["fields"] == [{"field": "year", "before": 1940, "after": None}]


def test_undo_refuses_a_file_that_something_else_has_changed(bench: Workbench) -> None:
    path = bench.comic("Batman 5.cbz")
    (result,) = bench.run("tag", [path], {"set": {"year": 1940}})
    (change,) = changes_of(bench, result.job_id)
    with path.open("ab") as file:
        file.write(b"another program was here")
    before = sha256(path)
    (undone,) = bench.run("undo", [change])
    assert (undone.success, undone.code) == (False, "undo_refused")
    assert sha256(path) == before
    assert bench.journal.get(int(change)).reason == undone.error


def test_undo_refuses_while_a_later_job_s_change_stands(bench: Workbench) -> None:
    path = bench.comic("Batman 5.cbz")
    original = sha256(path)
    (first,) = bench.run("tag", [path], {"set": {"year": 1940}})
    (second,) = bench.run("tag", [path], {"set": {"year": 1941}})
    (refused,) = bench.run("undo", changes_of(bench, first.job_id))
    assert refused.code == "undo_refused"
    assert tags(path).year == 1941
    for job in (second, first):
        bench.run("undo", changes_of(bench, job.job_id))
    assert sha256(path) == original


def test_undo_refuses_when_the_old_name_is_taken(bench: Workbench) -> None:
    path = bench.comic("Batman/Batman 5.cbz")
    (result,) = bench.run("rename", [path])
    bench.comic("Batman/Batman 5.cbz", seed="newcomer")
    before = snapshot(bench.library)
    (undone,) = bench.run("undo", changes_of(bench, result.job_id))
    assert undone.code == "undo_refused"
    assert snapshot(bench.library) == before


def test_undo_of_a_duplicate_brings_it_back(tmp_path: Path) -> None:
    bench = Workbench(tmp_path, duplicate_dir=tmp_path / "duplicates")
    xml = "<Series>Batman</Series><Number>5</Number>"
    first = bench.comic("Batman/Batman #0005.cbz", xml, seed="one")
    second = bench.comic("Batman/batman 05.cbz", xml, seed="one")
    bench.catalogued(first, second)
    before = contents(bench)
    (result,) = bench.run("process", [second])
    assert not second.exists()
    bench.run("undo", changes_of(bench, result.job_id))
    assert contents(bench) == before
    assert bench.state_of(second) == "unprocessed"
    assert list((tmp_path / "duplicates").rglob("*.cbz")) == []


def test_undo_of_a_rename_into_new_folders_removes_them_again(bench: Workbench) -> None:
    path = bench.comic("Batman 5 (2011).cbz")
    (result,) = bench.run("rename", [path], {"template": "{series}/{year}/{issue}"})
    assert (bench.library / "Batman" / "2011" / "0005.cbz").exists()
    bench.run("undo", changes_of(bench, result.job_id))
    assert sorted(each.name for each in bench.library.iterdir()) == ["Batman 5 (2011).cbz"]


def test_a_file_moved_by_another_program_is_not_searched_for(bench: Workbench) -> None:
    path = bench.comic("Batman/Batman 5.cbz")
    (result,) = bench.run("rename", [path])
    os.rename(details(result)["path"], bench.library / "elsewhere.cbz")
    (undone,) = bench.run("undo", changes_of(bench, result.job_id))
    assert undone.code == "undo_refused"
    assert (bench.library / "elsewhere.cbz").exists()


def test_an_item_that_is_no_change_is_refused(bench: Workbench) -> None:
    codes = [result.code for result in bench.run("undo", ["what", "999"])]
    assert codes == ["invalid_input", "change_not_found"]

"""Processes killed in the middle of an item: the next attempt ends as if nothing had happened."""

from __future__ import annotations

from pathlib import Path

import pytest

from comicmaintainer.errors import LeaseLost
from comicmaintainer.library.journal import ChangeState
from comicmaintainer.operations.runners import build_runners
from comicmaintainer.settings import TagWrite
from tests.operations.items.killed_processes import killed_at, take_over
from tests.operations.workbench import (
    Guard,
    Workbench,
    details,
    outcome_of,
    page_bytes,
    sha256,
    snapshot,
    tags,
)

pytestmark = pytest.mark.slow

POINTS = ("planned", "applied tags", "applied rename", "confirmed", "catalogued")


@pytest.mark.parametrize("strategy", [TagWrite.AUTO, TagWrite.REPLACE])
@pytest.mark.parametrize("recover_first", [True, False])
@pytest.mark.parametrize("point", [*POINTS, "guard"])
def test_an_item_killed_anywhere_ends_tagged_named_and_catalogued(
    tmp_path: Path, point: str, strategy: TagWrite, recover_first: bool
) -> None:
    bench = Workbench(tmp_path, tag_write=strategy)
    path = bench.comic("Batman/Batman 5 (2011).cbz")
    original, pages = sha256(path), page_bytes(path)
    bench.catalogued(path)
    job = bench.submit("process", [path])
    killed_at(tmp_path, point, strategy)
    take_over(bench, recover_first=recover_first)
    (result,) = bench.results(job.job_id)
    target = path.with_name("Batman #0005 (2011).cbz")
    assert details(result)["path"] == str(target)
    assert [change["type"] for change in details(result)["changes"]] == ["tags", "rename"]
    assert list(snapshot(bench.library)) == [str(target.relative_to(bench.library))]
    assert page_bytes(target) == pages
    assert tags(target).issue == "5"
    assert bench.state_of(target) == "processed"
    assert bench.catalogue.by_path(path) is None
    changes = bench.journal.changes_of_job(job.job_id)
    applied = [each for each in changes if each.state is ChangeState.APPLIED]
    assert [each.kind for each in applied] == ["rename", "tags"]
    bench.run("undo", [str(each.change_id) for each in applied])
    assert sha256(path) == original


def test_a_duplicate_whose_move_was_killed_is_where_it_belongs(tmp_path: Path) -> None:
    bench = Workbench(tmp_path, duplicate_dir=tmp_path / "duplicates")
    xml = "<Series>Batman</Series><Number>5</Number>"
    first = bench.comic("Batman/Batman #0005.cbz", xml, seed="one")
    second = bench.comic("Batman/batman 05.cbz", xml, seed="one")
    bench.catalogued(first, second)
    job = bench.submit("process", [second])
    killed_at(tmp_path, "applied duplicate", TagWrite.AUTO)
    take_over(bench, recover_first=False)
    (result,) = bench.results(job.job_id)
    assert details(result)["path"] == str(tmp_path / "duplicates" / "Batman" / "batman 05.cbz")
    assert bench.catalogue.by_path(second) is None
    assert first.exists()


@pytest.mark.parametrize("point", ["taken back", "guard"])
@pytest.mark.parametrize("skipped", [0, 1])
def test_an_undo_killed_anywhere_ends_undone(tmp_path: Path, point: str, skipped: int) -> None:
    bench = Workbench(tmp_path)
    path = bench.comic("Batman/Batman 5.cbz")
    original = sha256(path)
    (done,) = bench.run("process", [path])
    ids = [str(each.change_id) for each in bench.journal.changes_of_job(done.job_id)]
    job = bench.submit("undo", ids)
    killed_at(tmp_path, point, TagWrite.AUTO, skipped=skipped)
    take_over(bench, recover_first=True)
    assert [result.error for result in bench.results(job.job_id)] == [None, None]
    assert sha256(path) == original


def test_changes_of_an_item_that_still_runs_are_left_to_it(bench: Workbench) -> None:
    path = bench.comic("Batman/Batman 5.cbz")
    bench.submit("process", [path])
    (claim,) = bench.claim()

    def recover_now(point: str) -> None:
        if point == "planned":
            assert bench.recover() == 0

    other = bench.another(reached=recover_now)
    outcome = outcome_of(build_runners(other.context), claim, Guard())
    assert outcome.success, outcome.error


def test_a_row_that_was_abandoned_under_a_stalled_worker_is_journaled_again(
    bench: Workbench,
) -> None:
    path = bench.comic("Batman/Batman 5.cbz")
    original = sha256(path)
    job = bench.submit("process", [path], {"rename": False})

    def take_for_dead(point: str) -> None:
        if point == "planned":
            for change in bench.journal.open_changes():
                bench.journal.abandon(change.change_id, "It was taken for dead.")

    stalled = bench.another(reached=take_for_dead)
    stalled.work()
    (result,) = bench.results(job.job_id)
    assert details(result)["changes"]
    applied = [
        change
        for change in bench.journal.changes_of_job(job.job_id)
        if change.state is ChangeState.APPLIED
    ]
    bench.run("undo", [str(change.change_id) for change in applied])
    assert sha256(path) == original


def test_a_lost_lease_stops_an_item_before_the_file_is_touched(bench: Workbench) -> None:
    path = bench.comic("Batman/Batman 5.cbz")
    before = snapshot(bench.library)
    bench.submit("process", [path])
    (claim,) = bench.claim()

    def lost() -> None:
        raise LeaseLost("another worker has taken over")

    with pytest.raises(LeaseLost):
        build_runners(bench.context)["process"](claim, Guard(lost))
    assert snapshot(bench.library) == before


def test_a_name_taken_between_plan_and_rename_puts_the_file_in_conflict(
    bench: Workbench,
) -> None:
    path = bench.comic("Batman/Batman 5.cbz")
    bench.catalogued(path)
    job = bench.submit("process", [path])
    taken = bench.library / "Batman" / "Batman #0005.cbz"

    def take_the_name(point: str) -> None:
        if point == "planned" and not taken.exists():
            taken.write_bytes(b"another file")

    rival = bench.another(reached=take_the_name)
    rival.work()
    (result,) = bench.results(job.job_id)
    assert result.success, result.error
    assert details(result)["conflict_with"] == str(taken)
    assert taken.read_bytes() == b"another file"
    assert path.exists()
    row = bench.catalogue.by_path(path)
    assert row is not None
    assert row.state == "conflict"
    assert row.reason == f"The name {taken.name} is taken, and the pages can't be compared."

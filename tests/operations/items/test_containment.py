"""Items that lie outside the watched folders are not touched, however their job came to be."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from comicmaintainer.jobs.model import Trigger
from tests.operations.workbench import Workbench, sha256

KINDS = pytest.mark.parametrize("kind", ["tag", "delete", "rename", "convert", "verify", "scan"])


@KINDS
@pytest.mark.parametrize("trigger", [Trigger.API, Trigger.WEB, Trigger.SCHEDULE, Trigger.WATCHER])
def test_item_outside_the_library_is_refused_when_it_runs(
    bench: Workbench, tmp_path: Path, kind: str, trigger: Trigger
) -> None:
    outside = tmp_path / "outside" / "Heroes 001 (2011).cbz"
    outside.parent.mkdir()
    shutil.move(bench.comic(outside.name), outside)
    before = sha256(outside)

    item = outside.parent if kind == "scan" else outside
    (result,) = bench.run(kind, [item], trigger=trigger)

    assert (result.success, result.code) == (False, "outside_library")
    assert sha256(outside) == before
    assert list(outside.parent.iterdir()) == [outside]


def test_the_command_line_may_work_on_any_file(bench: Workbench, tmp_path: Path) -> None:
    outside = tmp_path / "outside" / "Heroes 001 (2011).cbz"
    outside.parent.mkdir()
    shutil.move(bench.comic(outside.name), outside)

    (result,) = bench.run("tag", [outside], {"set": {"series": "Heroes"}}, trigger=Trigger.CLI)

    assert result.success


@pytest.mark.parametrize("trigger", [Trigger.API, Trigger.CLI])
def test_folder_that_became_a_link_after_the_job_was_submitted_is_not_followed(
    bench: Workbench, tmp_path: Path, trigger: Trigger
) -> None:
    path = bench.comic("in/Heroes 001 (2011).cbz")
    job = bench.submit("delete", [path], trigger=trigger)
    elsewhere = tmp_path / "elsewhere"
    path.parent.rename(elsewhere)
    path.parent.symlink_to(elsewhere)
    before = sha256(elsewhere / path.name)

    bench.work()

    (result,) = bench.results(job.job_id)
    assert (result.success, result.code) == (False, "outside_library")
    assert sha256(elsewhere / path.name) == before


def test_imported_undo_takes_back_no_change_that_has_the_same_number_here(bench: Workbench) -> None:
    path = bench.comic("Heroes 001 (2011).cbz")
    bench.run("tag", [path], {"set": {"series": "Heroes"}})
    before = sha256(path)
    change = bench.journal.history(path)[0]

    (result,) = bench.run("undo", [str(change.change_id)], imported=True)

    assert (result.success, result.code) == (False, "undo_refused")
    assert sha256(path) == before
    (result,) = bench.run("undo", [str(change.change_id)])
    assert result.success

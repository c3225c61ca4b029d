"""Processes killed while files of a job get each other's names: all get them in the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from comicmaintainer.jobs.model import JobStatus
from comicmaintainer.library.journal import ChangeState
from comicmaintainer.settings import TagWrite
from tests.operations.items.killed_processes import killed_at, take_over
from tests.operations.workbench import Workbench, details, sha256, tags

pytestmark = pytest.mark.slow

PARAMS = {"template": "{series} {issue} ({year})", "padding": 1}
CIRCLE_AND_CHAIN = {"1": "2", "2": "3", "3": "1", "7": "8", "8": "9"}
POINTS = (
    *(("planned", skipped) for skipped in (0, 2, 4)),
    ("planned aside", 0),
    ("stepped aside", 0),
    *(("applied tags", skipped) for skipped in (0, 2)),
    *(("applied rename", skipped) for skipped in (0, 2, 3)),
    ("confirmed", 4),
    ("catalogued", 3),
    ("brought home", 0),
    *(("guard", skipped) for skipped in (3, 8, 12)),
)


def circle(bench: Workbench) -> list[Path]:
    paths = []
    for name, number in CIRCLE_AND_CHAIN.items():
        xml = f"<Series>Saga</Series><Number>{number}</Number>"
        paths.append(bench.comic(f"Saga/Saga {name} (2011).cbz", xml, seed=name))
    bench.catalogued(*paths)
    return paths


def state(bench: Workbench) -> dict[str, str]:
    return {path.name: sha256(path) for path in bench.library.rglob("*.cb*") if path.is_file()}


@pytest.mark.parametrize("recover_first", [True, False])
@pytest.mark.parametrize(("point", "skipped"), POINTS)
def test_files_killed_on_their_way_to_each_others_names_all_arrive(
    tmp_path: Path, point: str, skipped: int, recover_first: bool
) -> None:
    bench = Workbench(tmp_path)
    paths = circle(bench)
    before = state(bench)
    job = bench.submit("process", paths, PARAMS)
    killed_at(tmp_path, point, TagWrite.AUTO, skipped=skipped)
    take_over(bench, recover_first=recover_first)
    results = bench.results(job.job_id)
    assert [result.error for result in results] == [None] * len(paths)
    assert sorted(state(bench)) == [f"Saga {n} (2011).cbz" for n in ("1", "2", "3", "8", "9")]
    for result in results:
        target = Path(details(result)["path"])
        assert target.name == f"Saga {tags(target).issue} (2011).cbz"
        assert tags(target).year == 2011
        assert bench.state_of(target) == "processed"
    assert bench.journal.open_changes() == []
    changes = bench.journal.changes_of_job(job.job_id, limit=1000, state=ChangeState.APPLIED)
    undone = bench.run("undo", [str(change.change_id) for change in changes])
    assert [result.error for result in undone] == [None] * len(changes)
    assert state(bench) == before


@pytest.mark.parametrize(
    ("point", "skipped"),
    [
        ("planned aside", 0),
        ("stepped aside", 0),
        ("brought home", 0),
        *(("taken back", skipped) for skipped in (0, 1, 3)),
        *(("guard", skipped) for skipped in (0, 2, 4)),
    ],
)
def test_an_undo_killed_on_the_way_back_from_each_others_names_ends_undone(
    tmp_path: Path, point: str, skipped: int
) -> None:
    bench = Workbench(tmp_path)
    paths = circle(bench)
    before = state(bench)
    done = bench.run("rename", paths, PARAMS)
    ids = [
        str(change.change_id)
        for change in bench.journal.changes_of_job(done[0].job_id, state=ChangeState.APPLIED)
    ]
    job = bench.submit("undo", ids)
    killed_at(tmp_path, point, TagWrite.AUTO, skipped=skipped)
    take_over(bench, recover_first=skipped > 0)
    assert [result.error for result in bench.results(job.job_id)] == [None] * len(ids)
    assert state(bench) == before
    assert bench.journal.open_changes() == []
    assert {row["path"] for row in bench.database.rows("SELECT path FROM files")} == set(
        map(str, paths)
    )


@pytest.mark.parametrize("point", ["planned aside", "stepped aside"])
def test_a_file_set_aside_by_a_killed_worker_gets_its_old_name_if_its_job_was_cancelled(
    tmp_path: Path, point: str
) -> None:
    bench = Workbench(tmp_path)
    paths = circle(bench)
    before = state(bench)
    job = bench.submit("rename", paths[:3], PARAMS)
    killed_at(tmp_path, point, TagWrite.AUTO)
    bench.manager.cancel_job(job.job_id)
    assert bench.manager.get(job.job_id).status is JobStatus.CANCELLED
    # Whoever was killed may still be at it, as far as anybody knows.
    assert bench.recover() == bench.finish_stopped() == 0
    take_over(bench, recover_first=False)
    assert bench.finish_stopped() == 1
    assert state(bench) == before
    assert bench.journal.open_changes() == []


@pytest.mark.parametrize("skipped", [0, 1])
def test_a_preview_killed_while_it_is_closed_shows_the_same(tmp_path: Path, skipped: int) -> None:
    bench = Workbench(tmp_path)
    paths = [*circle(bench), bench.comic("Saga/x 2 (2011).cbz", "<Series>Saga</Series>")]
    shown = bench.run("rename", paths, PARAMS, preview=True)
    job = bench.submit("rename", paths, PARAMS, preview=True)
    killed_at(tmp_path, "closing", TagWrite.AUTO, skipped=skipped)
    take_over(bench, recover_first=False)
    again = bench.results(job.job_id)
    assert [result.details for result in again] == [result.details for result in shown]

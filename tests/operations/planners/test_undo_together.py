"""Items of an undo share their steps, and wait for changes that must be undone before."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import pytest

from comicmaintainer.jobs.model import Job
from comicmaintainer.library.journal import ChangeState
from comicmaintainer.operations.runners import build_group_runners, build_runners
from comicmaintainer.settings import TagWrite
from tests.kit.syncs import noted_syncs
from tests.operations.items.killed_processes import killed_at, take_over
from tests.operations.workbench import Guard, Workbench, outcomes_of, sha256

COMICS = 6


def processed(bench: Workbench) -> tuple[dict[Path, str], list[str]]:
    """Comics by their contents before a job, and the ids of its changes, newest first."""
    paths = [bench.comic(f"Batman/Batman {n} (2011).cbz") for n in range(1, COMICS + 1)]
    bench.catalogued(*paths)
    before = {path: sha256(path) for path in paths}
    job_id = bench.run("process", paths)[0].job_id
    changes = bench.journal.changes_of_job(job_id)
    assert len(changes) == 2 * COMICS
    return before, [str(change.change_id) for change in changes]


def assert_undone(bench: Workbench, before: dict[Path, str], job: Job) -> None:
    results = bench.results(job.job_id)
    assert [result.error for result in results] == [None] * 2 * COMICS
    assert {path: sha256(path) for path in before} == before
    assert {bench.state_of(path) for path in before} == {"unprocessed"}
    assert len(list((bench.library / "Batman").iterdir())) == COMICS
    changes = [bench.journal.get(int(result.item)) for result in results]
    assert {change.state for change in changes} == {ChangeState.UNDONE}


@pytest.mark.parametrize("order", [1, -1])
def test_an_undo_syncs_each_archive_once_and_their_folder_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: int
) -> None:
    bench = Workbench(tmp_path)
    before, changes = processed(bench)
    synced = noted_syncs(monkeypatch)
    job = bench.submit("undo", changes[::order])
    bench.work()
    assert_undone(bench, before, job)
    assert sorted(name for name in synced if name.endswith(".cbz")) == [
        path.name for path in sorted(before)
    ]
    assert synced.count("Batman") == 1


@pytest.mark.slow
@pytest.mark.parametrize("skipped", [0, COMICS // 2, 2 * COMICS - 1])
@pytest.mark.parametrize("point", ["taken back", "guard"])
def test_a_group_killed_while_it_undoes_ends_undone(
    tmp_path: Path, point: str, skipped: int
) -> None:
    bench = Workbench(tmp_path)
    before, changes = processed(bench)
    job = bench.submit("undo", changes)
    killed_at(tmp_path, point, TagWrite.AUTO, skipped=skipped)
    take_over(bench, recover_first=skipped == 0)
    assert_undone(bench, before, job)


def test_an_item_waits_for_the_later_change_that_another_worker_undoes(tmp_path: Path) -> None:
    bench = Workbench(tmp_path)
    before, changes = processed(bench)
    job = bench.submit("undo", changes)
    (rename,) = bench.claim(1)
    (tags,) = bench.claim(1)
    runners, groups = build_runners(bench.context), build_group_runners(bench.context)
    ((_, outcome),) = outcomes_of(runners, groups, [tags], Guard())
    assert outcome.waits_for == rename.seq
    bench.manager.items.release([rename, tags])
    bench.work()
    assert_undone(bench, before, job)


@pytest.mark.parametrize("together", [1, 50])
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_changes_of_several_jobs_are_undone_newest_first_in_any_order(
    tmp_path: Path, order: Sequence[int], together: int
) -> None:
    bench = Workbench(tmp_path)
    path = bench.comic("Batman 5.cbz")
    before = sha256(path)
    ids = []
    for year in (1940, 1941, 1942):
        (result,) = bench.run("tag", [path], {"set": {"year": year}})
        ids += [str(each.change_id) for each in bench.journal.changes_of_job(result.job_id)]
    job = bench.submit("undo", [ids[place] for place in order])
    bench.work(wanted=together)
    assert [result.error for result in bench.results(job.job_id)] == [None, None, None]
    assert sha256(path) == before

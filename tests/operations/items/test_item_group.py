"""Items that run together end as they do alone, and share their syncs."""

from __future__ import annotations

import fcntl
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.database.connection import SqliteDatabase
from comicmaintainer.errors import FileBusy, JobStopped
from comicmaintainer.filesystem.sync_threads import SyncThreads
from comicmaintainer.jobs.model import ClaimedItem, JobResult, Outcome
from comicmaintainer.library.journal import ChangeState
from comicmaintainer.operations.items.item_group import ItemGroup
from comicmaintainer.operations.runners import build_group_runners
from comicmaintainer.settings import TagWrite
from tests.kit.syncs import noted_syncs
from tests.operations.items.killed_processes import killed_at, stalled_at, take_over
from tests.operations.items.test_killed_items import POINTS
from tests.operations.workbench import (
    Guard,
    Workbench,
    details,
    outcomes_of,
    page_bytes,
    sha256,
    snapshot,
    tags,
)

ISSUES = 6


def series(bench: Workbench) -> list[Path]:
    """Comics of one folder that all get tags and a new name."""
    paths = [bench.comic(f"Batman/Batman {n} (2011).cbz") for n in range(1, ISSUES + 1)]
    bench.catalogued(*paths)
    return paths


def names(paths: list[Path]) -> list[Path]:
    return [path.with_name(f"Batman #{n:04} (2011).cbz") for n, path in enumerate(paths, 1)]


def assert_processed(bench: Workbench, results: list[JobResult], paths: list[Path]) -> None:
    targets = names(paths)
    assert [details(result)["path"] for result in results] == list(map(str, targets))
    assert sorted(snapshot(bench.library)) == [
        str(target.relative_to(bench.library)) for target in targets
    ]
    assert [tags(target).issue for target in targets] == [str(n) for n in range(1, ISSUES + 1)]
    assert {bench.state_of(target) for target in targets} == {"processed"}


class AllHeld:
    """A group guard that always allows."""

    def of(self, claim: ClaimedItem) -> Guard:
        return Guard()

    def check(self, claims: Sequence[ClaimedItem]) -> list[None]:
        return [None] * len(claims)


def details_of(result: Outcome | Exception | None) -> Mapping[str, Any]:
    assert isinstance(result, Outcome)
    assert result.details is not None
    return result.details


def test_a_group_syncs_each_archive_twice_and_their_folder_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Workbench(tmp_path)
    paths = series(bench)
    synced = noted_syncs(monkeypatch)
    assert_processed(bench, bench.run("process", paths), paths)
    own = [path.name for path in paths]
    assert [name for name in synced if name in own] == own * 2
    assert synced.count("Batman") == 1


def test_more_items_of_a_group_add_one_query_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(database: SqliteDatabase, sql: str, *values: Any) -> Any:
            asked.append(sql)
            return function(database, sql, *values)

        return call

    counts = []
    for items in (2, ISSUES):
        folder = tmp_path / str(items)
        folder.mkdir()
        bench = Workbench(folder)
        paths = series(bench)[:items]
        job = bench.submit("process", paths)
        with monkeypatch.context() as patch:
            for name in ("rows", "row"):
                patch.setattr(SqliteDatabase, name, counted(getattr(SqliteDatabase, name)))
            bench.work()
        assert all(result.success for result in bench.results(job.job_id))
        counts.append(Counter(asked))
        asked.clear()
    ((query, times),) = (counts[1] - counts[0]).items()
    assert times == ISSUES - 2
    assert "series_key" in query  # the files with the same number as each comic


def test_a_group_ends_as_its_items_do_alone(tmp_path: Path) -> None:
    ends = []
    for name in ("together", "alone"):
        (tmp_path / name).mkdir()
        bench = Workbench(tmp_path / name)
        paths = series(bench)
        job = bench.submit("process", paths)
        bench.work(wanted=50 if name == "together" else 1)
        results = bench.results(job.job_id)
        assert_processed(bench, results, paths)
        shown = [details(result)["changes"] for result in results]
        ends.append(str(shown).replace(str(bench.library), ""))
    assert ends[0] == ends[1]


@pytest.mark.slow
@pytest.mark.parametrize("skipped", [0, ISSUES // 2, ISSUES - 1])
@pytest.mark.parametrize("point", [*POINTS, "guard"])
def test_a_group_killed_anywhere_ends_as_if_nothing_had_happened(
    tmp_path: Path, point: str, skipped: int
) -> None:
    bench = Workbench(tmp_path)
    paths = series(bench)
    originals, pages = [sha256(path) for path in paths], [page_bytes(path) for path in paths]
    job = bench.submit("process", paths)
    killed_at(tmp_path, point, TagWrite.AUTO, skipped=skipped)
    take_over(bench, recover_first=skipped % 2 == 0)
    assert_processed(bench, bench.results(job.job_id), paths)
    assert [page_bytes(target) for target in names(paths)] == pages
    changes = bench.journal.changes_of_job(job.job_id, state=ChangeState.APPLIED)
    assert len(changes) == 2 * ISSUES
    middle = [change for change in changes if change.path_before == str(paths[2])]
    bench.run("undo", [str(change.change_id) for change in middle])
    assert sha256(paths[2]) == originals[2]
    bench.run("undo", [str(change.change_id) for change in changes if change not in middle])
    assert [sha256(path) for path in paths] == originals


@pytest.mark.slow
@pytest.mark.parametrize("skipped", [0, ISSUES // 2, 2 * ISSUES, 3 * ISSUES - 1])
@pytest.mark.parametrize("point", ["planned", "applied tags", "applied rename", "guard"])
def test_a_group_that_stalls_past_its_lease_does_no_harm_when_it_goes_on(
    tmp_path: Path, point: str, skipped: int
) -> None:
    bench = Workbench(tmp_path)
    paths = series(bench)
    originals, pages = [sha256(path) for path in paths], [page_bytes(path) for path in paths]
    job = bench.submit("process", paths)
    with stalled_at(tmp_path, point, skipped=skipped):
        take_over(bench, recover_first=False)
        # An archive that the stalled process holds open can't be written yet.
        results = bench.results(job.job_id)
        assert {result.code for result in results if not result.success} <= {FileBusy.code}
    bench.recover()
    assert bench.results(job.job_id) == results
    for path, target, original, content in zip(paths, names(paths), originals, pages, strict=True):
        place = target if target.exists() else path
        assert page_bytes(place) == content
        if results[paths.index(path)].success:
            assert (tags(target).series, path.exists()) == ("Batman", False)
        elif place == path:
            assert sha256(path) == original
    assert bench.journal.open_changes() == []
    applied = bench.journal.changes_of_job(job.job_id, state=ChangeState.APPLIED)
    bench.run("undo", [str(change.change_id) for change in applied])
    assert [sha256(path) for path in paths] == originals


@pytest.mark.parametrize("asked", range(1, 4))
def test_a_job_that_is_stopped_leaves_nothing_half_done(tmp_path: Path, asked: int) -> None:
    bench = Workbench(tmp_path)
    paths = series(bench)
    before = snapshot(bench.library)
    job = bench.submit("process", paths)
    rounds = [0]

    def stopped() -> None:
        rounds[0] += 1
        if rounds[0] > asked * ISSUES - 3:
            raise JobStopped("cancelled")

    groups = build_group_runners(bench.context)
    with pytest.raises(JobStopped):
        outcomes_of({}, groups, bench.claim(), Guard(stopped))
    bench.context.journal_batch.flush()
    assert bench.journal.open_changes() == []
    applied = bench.journal.changes_of_job(job.job_id, state=ChangeState.APPLIED)
    bench.run("undo", [str(change.change_id) for change in applied])
    assert {name: content for name, (content, _) in snapshot(bench.library).items()} == {
        name: content for name, (content, _) in before.items()
    }


def test_a_file_that_another_program_writes_is_the_only_one_that_waits(tmp_path: Path) -> None:
    bench = Workbench(tmp_path)
    paths = series(bench)
    with paths[2].open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        job = bench.submit("process", paths)
        bench.work(until=lambda: True)
        done = [result.seq for result in bench.results(job.job_id) if result.success]
    assert done == [0, 1, 3, 4, 5]
    (failure,) = [result for result in bench.results(job.job_id) if not result.success]
    assert failure.code == FileBusy.code
    assert paths[2].exists()


def test_an_archive_that_must_be_replaced_leaves_the_group_untouched(tmp_path: Path) -> None:
    bench = Workbench(tmp_path)
    paths = series(bench)
    other = tmp_path / "other.cbz"
    other.hardlink_to(paths[3])  # so it can't be appended to
    original = sha256(other)
    job = bench.submit("process", paths)
    claims = bench.claim()
    results = build_group_runners(bench.context)["process"](claims, AllHeld())
    assert [number for number, result in enumerate(results) if result is None] == [3]
    assert bench.journal.changes_of_item(job.job_id, 3) == []
    assert sha256(paths[3]) == sha256(other) == original
    assert details_of(results[0])["path"] == str(names(paths)[0])


def test_items_that_were_given_back_before_they_began_run_together(tmp_path: Path) -> None:
    bench = Workbench(tmp_path)
    job = bench.submit("process", series(bench))
    bench.manager.items.release(bench.claim())
    claims = bench.claim()
    assert {claim.attempt for claim in claims} == {2}
    results = build_group_runners(bench.context)["process"](claims, AllHeld())
    assert None not in results
    assert len(bench.journal.changes_of_job(job.job_id)) == 2 * ISSUES


def test_two_files_of_a_group_never_get_one_name(tmp_path: Path) -> None:
    bench = Workbench(tmp_path)
    xml = "<Series>Batman</Series><Number>5</Number><Year>2011</Year>"
    first = bench.comic("Batman/first.cbz", xml)
    second = bench.comic("Batman/second.cbz", xml)
    results = bench.run("process", [first, second])  # the catalogue does not know them
    target = first.with_name("Batman #0005 (2011).cbz")
    assert details(results[0])["path"] == str(target)
    assert details(results[1])["conflict_with"] == str(target)
    assert sorted(path.name for path in target.parent.iterdir()) == [target.name, second.name]


def test_a_group_grows_with_the_time_of_a_sync(tmp_path: Path) -> None:
    context = Workbench(tmp_path).context
    group = ItemGroup(
        context,
        lambda _: None,  # type: ignore[arg-type,return-value]
        SyncThreads(),
        opens_comics=True,
    )
    few = group.size
    group._sync_s = 0.02
    assert few < group.size <= 256

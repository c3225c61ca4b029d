"""Comics of an inbox are filed in the library: within a disk, and on another one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.library.catalogue.model import FileState
from tests.operations.workbench import Workbench, details, sha256, snapshot, tags

XML = "<Series>Rain</Series><Number>3</Number><Year>2016</Year>"


@pytest.fixture(params=["same disk", "other disk"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workbench]:
    """A library, and the watched folder `new` beside it or on another disk."""
    new = tmp_path / "new"
    new.mkdir()
    if request.param == "same disk":
        yield Workbench(tmp_path, more_roots=[new])
        return
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(new)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False).returncode != 0:
        pytest.skip("mounting needs root")
    yield Workbench(tmp_path, more_roots=[new])
    subprocess.run(["umount", "-l", str(new)], check=True)


def params(bench: Workbench, **more: Any) -> dict[str, Any]:
    target = {"target": str(bench.library), "folders": "{series}"}
    return {"inboxes": {str(inbox_of(bench)): target}, **more}


def inbox_of(bench: Workbench) -> Path:
    return bench.more_roots[0]


def arrived(bench: Workbench, name: str, xml: str | None = None, seed: str = "") -> Path:
    made = bench.comic(name, xml, seed=seed)
    path = inbox_of(bench) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(made, path)
    bench.catalogued(path)
    return path


def undo(bench: Workbench, job_id: str) -> None:
    changes = bench.journal.changes_of_job(job_id, limit=1000)
    results = bench.run("undo", [str(change.change_id) for change in changes])
    assert all(result.success for result in results), results


def test_a_comic_is_tagged_named_and_filed_and_undo_brings_it_back_to_the_byte(
    bench: Workbench,
) -> None:
    path = arrived(bench, "downloads/Rain 003 (2016).cbz")
    before = snapshot(inbox_of(bench))
    job = bench.submit("file", [path], params(bench))
    bench.work()
    [result] = bench.results(job.job_id)
    target = bench.library / "Rain" / "Rain #0003 (2016).cbz"
    assert details(result)["path"] == str(target)
    assert not path.exists()
    assert (tags(target).series, tags(target).issue, tags(target).year) == ("Rain", "3", 2016)
    row = bench.catalogue.by_path(target)
    assert row is not None
    assert row.state is FileState.PROCESSED
    assert bench.catalogue.by_path(path) is None
    undo(bench, job.job_id)
    inside = {n: c for n, c in snapshot(inbox_of(bench)).items() if not n.startswith(".")}
    assert {n: c[0] for n, c in inside.items()} == {n: c[0] for n, c in before.items()}
    assert not (bench.library / "Rain").exists()
    assert bench.state_of(path) == "unprocessed"


def test_filing_again_changes_nothing_and_a_job_in_the_library_moves_nothing(
    bench: Workbench,
) -> None:
    path = arrived(bench, "Rain 003 (2016).cbz")
    [result] = bench.run("file", [path], params(bench))
    filed = Path(details(result)["path"])
    [again] = bench.run("file", [filed], params(bench))
    assert details(again)["unchanged"]
    assert details(again)["why"] == {"path": "it lies in no inbox"}
    [later] = bench.run("process", [filed])
    assert details(later)["unchanged"]


def test_a_template_with_folders_counts_from_the_watched_folder(bench: Workbench) -> None:
    path = arrived(bench, "Rain 003 (2016).cbz")
    own = params(bench, template="By year/{year}/{series} {issue_no_pad}")
    own["inboxes"][str(inbox_of(bench))]["target"] = str(bench.library / "New")
    [result] = bench.run("file", [path], own)
    assert details(result)["path"] == str(bench.library / "By year" / "2016" / "Rain 3.cbz")


def test_conflicts_and_duplicates_stay_in_the_inbox_as_they_are(bench: Workbench) -> None:
    held = bench.comic("Rain/Rain #0003 (2016).cbz", XML, seed="one")
    bench.catalogued(held)
    other = arrived(bench, "Rain 3 (2016).cbz", seed="two")
    same = arrived(bench, "x/Rain 003 (2016).cbz", seed="one")
    hashes = [sha256(path) for path in (held, other, same)]
    conflict, duplicate = bench.run("file", [other, same], params(bench))
    assert details(conflict)["conflict_with"] == str(held)
    assert details(duplicate)["duplicate_of"] == str(held)
    assert [sha256(path) for path in (held, other, same)] == hashes
    assert [bench.state_of(path) for path in (other, same)] == ["conflict", "duplicate"]


def test_of_two_that_want_one_name_the_first_gets_it_also_in_the_preview(bench: Workbench) -> None:
    first = arrived(bench, "Rain 003 (2016).cbz", seed="one")
    second = arrived(bench, "sub/Rain 3 (2016).cbz", seed="two")
    target = str(bench.library / "Rain" / "Rain #0003 (2016).cbz")
    shown = bench.run("file", [first, second], params(bench), preview=True)
    assert details(shown[0])["path"] == target
    assert details(shown[1])["conflict_with"] == target
    done = bench.run("file", [first, second], params(bench))
    assert details(done[0])["path"] == target
    assert details(done[1])["conflict_with"] == target
    assert second.exists()


def test_what_lacks_a_part_of_its_name_stays_and_is_not_written(bench: Workbench) -> None:
    path = arrived(bench, "Rain 003 (2016).cbz")
    before = sha256(path)
    own = params(bench)
    own["inboxes"][str(inbox_of(bench))]["folders"] = "{publisher}/{series}"
    [result] = bench.run("file", [path], own)
    assert details(result)["why"] == {"name": "its name needs publisher, which it lacks"}
    assert sha256(path) == before


def test_a_missing_target_is_told_and_nothing_is_made_there(bench: Workbench) -> None:
    path = arrived(bench, "Rain 003 (2016).cbz")
    bench.library.rename(bench.folder / "unplugged")
    job = bench.submit("file", [path], params(bench))
    [claim] = bench.claim()
    from comicmaintainer.operations.runners import build_runners
    from tests.operations.workbench import Guard, outcome_of

    outcome = outcome_of(build_runners(bench.context), claim, Guard())
    assert outcome.code == "disk_missing"
    assert "is not mounted" in (outcome.error or "")
    assert path.exists()
    assert not bench.library.exists()
    assert not bench.journal.changes_of_job(job.job_id)


def test_undo_works_after_the_trash_was_emptied(bench: Workbench) -> None:
    path = arrived(bench, "Rain 003 (2016).cbz")
    before = sha256(path)
    job = bench.submit("file", [path], params(bench))
    bench.work()
    shutil.rmtree(inbox_of(bench) / ".comicmaintainer" / "trash", ignore_errors=True)
    undo(bench, job.job_id)
    assert sha256(path) == before
    assert not (bench.library / "Rain").exists()


@pytest.mark.parametrize("point", ["planned", "applied tags", "confirmed", "applied file"])
def test_a_killed_worker_loses_nothing_and_files_nothing_twice(
    bench: Workbench, point: str
) -> None:
    path = arrived(bench, "Rain 003 (2016).cbz")
    before = sha256(path)
    job = bench.submit("file", [path], params(bench))
    bench.die_at(point)
    bench.recover()
    bench.work()
    [result] = bench.results(job.job_id)
    target = Path(details(result)["path"])
    comics = [one for root in (bench.library, inbox_of(bench)) for one in root.rglob("*.cbz")]
    assert [one for one in comics if ".comicmaintainer" not in one.parts] == [target]
    undo(bench, job.job_id)
    assert sha256(path) == before

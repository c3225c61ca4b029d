"""Jobs over files whose inodes need 64 bits: changed, finished after a crash, undone, watched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from comicmaintainer.comics.archives.edits.edit import Edit, Receipt
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.renames import finish_interrupted_rename
from comicmaintainer.operations.changes.file_snapshot import FileSnapshot
from comicmaintainer.operations.changes.steps import device_of
from comicmaintainer.watcher.watcher import look
from tests.kit.comics import cbt, cbz, pages_of
from tests.kit.large_numbers import FAR_FUTURE_NS, FIRST_INODE, with_large_numbers
from tests.operations.workbench import Workbench, details, sha256, tags


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    with_large_numbers(monkeypatch)


@pytest.mark.usefixtures("large")
def test_tags_names_and_conversions_are_made_and_undone(bench: Workbench) -> None:
    path = cbz(bench.library / "a.cbz", pages_of("one"), "<Series>Bone</Series>")
    other = cbt(bench.library / "b.cbt", pages_of("two"))
    bench.context.scan.scan_root(bench.library)
    before = sha256(path)
    (tagged,) = bench.run("tag", [path], {"set": {"series": "Saga"}})
    assert tags(path).series == "Saga"
    (renamed,) = bench.run("rename", [path], {"to": "c.cbz"})
    path = Path(details(renamed)["path"])
    (converted,) = bench.run(
        "convert", [other], {"images": "keep", "quality": 80, "keep_original": False}
    )
    assert converted.success
    assert bench.run("verify", [path])[0].success
    for result in (renamed, tagged):
        for change in reversed(bench.journal.changes_of_job(result.job_id)):
            (undone,) = bench.run("undo", [str(change.change_id)])
            assert undone.success, undone.error
    assert sha256(bench.library / "a.cbz") == before
    report = bench.context.scan.scan_root(bench.library)
    assert (report.added, report.removed, report.warning) == (0, 0, None)


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("point", ["planned", "applied tags", "applied rename", "confirmed"])
def test_an_item_that_died_is_finished(bench: Workbench, point: str) -> None:
    path = cbz(bench.library / "Bone 001 (1991).cbz", pages_of("one"))
    bench.context.scan.scan_root(bench.library)
    job = bench.submit("process", [path], {"template": "{series} - {issue}"})
    bench.die_at(point)
    bench.recover()
    bench.work()
    (result,) = bench.results(job.job_id)
    assert result.success, result.error
    assert tags(Path(details(result)["path"])).series == "Bone"


def test_a_journal_of_an_earlier_release_matches_the_file(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Identities were written down as the disk gave them, without a sign."""
    path = cbz(bench.library / "a.cbz", pages_of("one"))
    with_large_numbers(monkeypatch)
    status = os.stat(path)
    raw = [status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns]
    assert max(raw[:2]) >= FIRST_INODE
    edit = bench.context.plan_edit(path, {"ComicInfo.xml": b"<ComicInfo/>"})
    assert Edit.from_json({**edit.to_json(), "before": raw}) == edit
    (result,) = bench.run("tag", [path], {"set": {"series": "Saga"}})
    (change,) = bench.journal.changes_of_job(result.job_id)
    stored = change.receipt["receipt"]
    unsigned = [number % 2**64 for number in stored["after"]]
    assert Receipt.from_json({**stored, "after": unsigned}) == Receipt.from_json(stored)
    assert device_of(change) == FileIdentity.of(path).dev
    left = FileSnapshot.of(path)
    raw_left = {**left.to_json(), "identity": [n % 2**64 for n in left.to_json()["identity"]]}
    assert FileSnapshot.from_json(raw_left).is_at(path)
    target = path.with_name("b.cbz")
    path.rename(target)
    assert finish_interrupted_rename(
        path, target, FileIdentity.from_json([n % 2**64 for n in stored["after"]])
    )


def test_a_preview_of_an_earlier_release_is_applied(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = cbz(bench.library / "a.cbz", pages_of("one"))
    with_large_numbers(monkeypatch)
    params = {"set": {"series": "Saga"}}
    (shown,) = bench.run("tag", [path], params, preview=True)
    plan = dict(details(shown))
    plan["identity"] = [number % 2**64 for number in plan["identity"]]
    (done,) = bench.run("tag", [path], params, item_params={str(path): {"plan": plan}})
    assert done.success, done.error


def test_a_file_of_a_far_future_is_known_again_by_the_watcher(bench: Workbench) -> None:
    path = cbz(bench.library / "a.cbz", pages_of("one"))
    os.utime(path, ns=(0, FAR_FUTURE_NS))
    bench.context.scan.scan_root(bench.library)
    row = bench.catalogue.by_path(path)
    sight = look(str(path))
    assert row is not None
    assert sight is not None
    assert (row.size_bytes, row.mtime_ns) == (sight.size_bytes, sight.mtime_ns)

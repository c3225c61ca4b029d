"""A disk that was mounted again under another device number holds the same files as before."""

from __future__ import annotations

from pathlib import Path

import pytest

from comicmaintainer.library.journal import ChangeState
from comicmaintainer.operations.changes.written_file import Writing, finish_interrupted_write
from tests.kit.comics import cbt, cbz, pages_of
from tests.kit.large_numbers import with_large_numbers
from tests.operations.workbench import Workbench, details, sha256, tags


@pytest.fixture
def comic(bench: Workbench) -> Path:
    path = cbz(bench.library / "Bone 001 (1991).cbz", pages_of("one"))
    bench.context.scan.scan_root(bench.library)
    return path


def mount_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with_large_numbers(monkeypatch, inodes=0, devices=7)


@pytest.mark.parametrize("point", ["planned", "applied tags", "applied rename"])
def test_an_interrupted_item_is_finished(
    bench: Workbench, comic: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    job = bench.submit("process", [comic], {"template": "{series} - {issue}"})
    bench.die_at(point)
    mount_again(monkeypatch)
    bench.recover()
    bench.work()
    (result,) = bench.results(job.job_id)
    assert result.success, result.error
    assert tags(Path(details(result)["path"])).series == "Bone"
    changes = bench.journal.changes_of_job(job.job_id)
    kept = [change.kind for change in changes if change.state is ChangeState.APPLIED]
    assert sorted(kept) == ["rename", "tags"]


def test_changes_are_undone(bench: Workbench, comic: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sha256(comic)
    (done,) = bench.run("process", [comic], {"template": "{series} - {issue}"})
    mount_again(monkeypatch)
    ids = [str(change.change_id) for change in bench.journal.changes_of_job(done.job_id)]
    assert [result.error for result in bench.run("undo", ids)] == [None, None]
    assert sha256(comic) == before


def test_a_preview_is_applied(
    bench: Workbench, comic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    params = {"set": {"series": "Saga"}}
    (shown,) = bench.run("tag", [comic], params, preview=True)
    mount_again(monkeypatch)
    item_params = {str(comic): {"plan": details(shown)}}
    (done,) = bench.run("tag", [comic], params, item_params=item_params)
    assert done.success, done.error


def test_a_conversion_is_still_proven(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    path = cbt(bench.library / "b.cbt", pages_of("two"))
    params = {"images": "keep", "quality": 80, "keep_original": False}
    job = bench.submit("convert", [path], params)
    bench.die_at("applied convert")
    mount_again(monkeypatch)
    bench.recover()
    bench.work()
    (result,) = bench.results(job.job_id)
    assert result.success, result.error
    assert path.with_suffix(".cbz").exists()
    assert not path.exists()


def test_a_written_file_is_known_again(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    path = bench.library / "series.json"
    writing = Writing.planned(path, None, b"{}", "0123456789abcdef")
    path.write_bytes(b"{}")
    mount_again(monkeypatch)
    assert finish_interrupted_write(path, writing)

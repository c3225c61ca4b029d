"""Conversion: every page arrives, the original goes to the trash only then, undo brings it back."""

from __future__ import annotations

import io
import zipfile

import pytest
from drawn import cbt, cbz, pages_of, picture
from PIL import Image
from workbench import Guard, Workbench, details, page_bytes, sha256, snapshot, tags

from comicmaintainer.errors import LeaseLost
from comicmaintainer.library.journal import ChangeState


def test_a_cbt_becomes_a_cbz_with_the_same_pages_and_tags(bench: Workbench) -> None:
    pages = pages_of("one")
    path = cbt(bench.library / "Batman 1.cbt", pages, "<Series>Batman</Series>")
    bench.catalogued(path)
    row = bench.catalogue.by_path(path)
    (result,) = bench.run("convert", [path])
    target = path.with_suffix(".cbz")
    assert details(result)["path"] == str(target)
    assert page_bytes(target) == pages
    assert tags(target).series == "Batman"
    assert not path.exists()
    assert [entry.original_path for entry in bench.trash.entries()] == [str(path)]
    after = bench.catalogue.by_path(target)
    assert row is not None
    assert after is not None
    assert (after.file_id, after.format) == (row.file_id, "cbz")
    assert bench.catalogue.by_path(path) is None


def test_undoing_a_conversion_gives_the_original_back(bench: Workbench) -> None:
    path = cbt(bench.library / "Batman 1.cbt", pages_of("one"))
    bench.catalogued(path)
    original = sha256(path)
    (result,) = bench.run("convert", [path])
    ids = [str(change.change_id) for change in bench.journal.changes_of_job(result.job_id)]
    undone = bench.run("undo", ids[::-1])
    assert [each.error for each in undone] == [None, None]
    assert list(snapshot(bench.library)) == ["Batman 1.cbt"]
    assert sha256(path) == original
    assert bench.state_of(path) == "unprocessed"


def test_a_preview_of_a_conversion_touches_nothing(bench: Workbench) -> None:
    path = cbt(bench.library / "Batman 1.cbt", pages_of("one"))
    before = snapshot(bench.library)
    (shown,) = bench.run("convert", [path], preview=True)
    assert [change["type"] for change in details(shown)["changes"]] == ["convert", "trash"]
    assert snapshot(bench.library) == before
    plan = {str(path): {"plan": details(shown)}}
    (done,) = bench.run("convert", [path], item_params=plan)
    assert details(done)["changes"] == details(shown)["changes"]


def test_a_cbz_stays_as_it_is(bench: Workbench) -> None:
    path = cbz(bench.library / "a.cbz", pages_of("one"))
    before = snapshot(bench.library)
    (result,) = bench.run("convert", [path])
    assert details(result)["unchanged"]
    assert snapshot(bench.library) == before


def test_the_original_stays_where_it_is_asked_for(bench: Workbench) -> None:
    path = cbt(bench.library / "a.cbt", pages_of("one"))
    bench.catalogued(path)
    bench.run("convert", [path], {"keep_original": True})
    assert sorted(snapshot(bench.library)) == ["a.cbt", "a.cbz"]
    assert bench.catalogue.by_path(path) is not None
    assert bench.catalogue.by_path(path.with_suffix(".cbz")) is not None
    (again,) = bench.run("convert", [path], {"keep_original": True})
    assert details(again)["unchanged"]


def test_a_file_in_the_way_is_not_overwritten(bench: Workbench) -> None:
    path = cbt(bench.library / "a.cbt", pages_of("one"))
    cbz(bench.library / "a.cbz", pages_of("another"))
    before = snapshot(bench.library)
    (result,) = bench.run("convert", [path])
    assert result.code == "target_exists"
    assert snapshot(bench.library) == before


@pytest.mark.parametrize(("images", "kind"), [("webp", "WEBP"), ("jpeg", "JPEG")])
def test_pages_are_re_encoded_only_where_that_makes_them_smaller(
    bench: Workbench, images: str, kind: str
) -> None:
    small = picture("small", side=8, kind="WEBP", quality=1)
    pages = {"p1.png": picture("large", side=400), "p2.webp": small}
    path = cbt(bench.library / "a.cbt", pages)
    bench.run("convert", [path], {"images": images, "quality": 50})
    with zipfile.ZipFile(path.with_suffix(".cbz")) as archive:
        first, second = archive.namelist()
        content = archive.read(first)
        assert Image.open(io.BytesIO(content)).format == kind
        assert len(content) < len(pages["p1.png"])
        assert (second, archive.read(second)) == ("p2.webp", small)


def test_a_truncated_original_is_left_alone(bench: Workbench) -> None:
    path = cbt(bench.library / "a.cbt", pages_of("one"))
    path.write_bytes(path.read_bytes()[:6000])
    before = snapshot(bench.library)
    (result,) = bench.run("convert", [path])
    assert not result.success
    assert snapshot(bench.library) == before


def test_a_conversion_that_is_stopped_leaves_no_half_file(bench: Workbench) -> None:
    path = cbt(bench.library / "a.cbt", pages_of("one", 6))
    before = snapshot(bench.library)
    bench.submit("convert", [path])
    guard = Guard()

    def lose() -> None:
        if guard.asked > 4:
            raise LeaseLost("another worker has taken over")

    guard = Guard(lose)
    with pytest.raises(LeaseLost):
        bench.work(guard)
    assert snapshot(bench.library) == before


@pytest.mark.parametrize("point", ["applied convert", "confirmed", "applied trash"])
def test_a_conversion_that_died_is_completed(bench: Workbench, point: str) -> None:
    pages = pages_of("one")
    path = cbt(bench.library / "a.cbt", pages)
    bench.catalogued(path)
    job = bench.submit("convert", [path])

    class Died(BaseException):
        pass

    def die(now: str) -> None:
        if now == point:
            raise Died

    dying = Workbench(bench.folder, reached=die)
    with pytest.raises(Died):
        dying.work()
    bench.manager.workers.rescue([dying.worker_id], bench.clock())
    bench.recover()
    bench.work()
    (result,) = bench.results(job.job_id)
    assert details(result)["path"] == str(path.with_suffix(".cbz"))
    assert page_bytes(path.with_suffix(".cbz")) == pages
    assert not path.exists()
    assert [entry.original_path for entry in bench.trash.entries()] == [str(path)]
    states = {change.state for change in bench.journal.changes_of_job(job.job_id)}
    assert states == {ChangeState.APPLIED}
    assert bench.catalogue.by_path(path.with_suffix(".cbz")) is not None

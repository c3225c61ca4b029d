"""Conversion where the name says one format and the content is another, and of rare ZIPs."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from comicmaintainer.comics.archives.rar.unar_pass import is_available
from tests.comics.archives.drawn_deflate64 import deflate64_zip, page
from tests.comics.archives.drawn_pdf import JPEG, DrawnPage, drawn_pdf, encoded
from tests.comics.archives.drawn_rar import rar4, rar5
from tests.kit.comics import cbt, cbz, pages_of
from tests.operations.workbench import Workbench, details, page_bytes, sha256, snapshot, tags

PAGES = pages_of("one")


def as_seven_zip(path: Path) -> None:
    import libarchive

    with libarchive.file_writer(str(path), "7zip") as archive:
        for name, content in PAGES.items():
            archive.add_file_from_memory(name, len(content), content)


MISNAMED: dict[str, Callable[[Path], object]] = {
    "rar4": lambda path: path.write_bytes(rar4(PAGES)),
    "rar5": lambda path: path.write_bytes(rar5(PAGES)),
    "tar": lambda path: cbt(path, PAGES),
    "7z": as_seven_zip,
}


@pytest.mark.parametrize("suffix", [".cbr", ".CBR", ".cb7", ".cbt", ".pdf"])
def test_a_zip_with_another_suffix_gets_its_own(bench: Workbench, suffix: str) -> None:
    path = cbz(bench.library / f"Mill 4{suffix}", PAGES)
    bench.catalogued(path)
    row = bench.catalogue.by_path(path)
    content = sha256(path)
    (result,) = bench.run("convert", [path])
    target = bench.library / "Mill 4.cbz"
    assert [change["type"] for change in details(result)["changes"]] == ["rename"]
    assert list(snapshot(bench.library)) == ["Mill 4.cbz"]
    assert sha256(target) == content
    after = bench.catalogue.by_path(target)
    assert row is not None
    assert after is not None
    assert after.file_id == row.file_id
    ids = [str(change.change_id) for change in bench.journal.changes_of_job(result.job_id)]
    bench.run("undo", ids)
    assert list(snapshot(bench.library)) == [path.name]


def test_a_zip_with_another_suffix_stays_where_its_name_is_taken(bench: Workbench) -> None:
    path = cbz(bench.library / "Mill 4.cbr", PAGES)
    cbz(bench.library / "Mill 4.cbz", pages_of("other"))
    before = snapshot(bench.library)
    (result,) = bench.run("convert", [path])
    assert result.code == "target_exists"
    assert snapshot(bench.library) == before


@pytest.mark.parametrize("kind", MISNAMED)
@pytest.mark.parametrize("suffix", [".cbz", ".CBZ"])
def test_another_format_with_the_name_of_a_cbz_becomes_one(
    bench: Workbench, kind: str, suffix: str
) -> None:
    path = bench.library / f"Mill 4{suffix}"
    MISNAMED[kind](path)
    bench.catalogued(path)
    original = sha256(path)
    (shown,) = bench.run("convert", [path], preview=True)
    (result,) = bench.run("convert", [path], item_params={str(path): {"plan": details(shown)}})
    assert details(result)["changes"] == details(shown)["changes"]
    assert details(result)["path"] == str(path)
    assert page_bytes(path) == PAGES
    assert [entry.original_path for entry in bench.trash.entries()] == [str(path)]
    live = [name for name in snapshot(bench.library) if ".comicmaintainer" not in name]
    assert live == [path.name]
    row = bench.catalogue.by_path(path)
    assert row is not None
    assert (row.format, row.page_count) == ("cbz", 3)
    (again,) = bench.run("convert", [path])
    assert details(again)["unchanged"]
    ids = [str(change.change_id) for change in bench.journal.changes_of_job(result.job_id)]
    undone = bench.run("undo", ids)
    assert [each.error for each in undone] == [None] * 3
    assert sha256(path) == original
    row = bench.catalogue.by_path(path)
    assert row is not None
    assert row.format != "cbz"


def test_a_pdf_with_the_name_of_a_cbz_becomes_one(bench: Workbench) -> None:
    picture = encoded(Image.radial_gradient("L").convert("RGB"))
    path = drawn_pdf(bench.library / "Mill 4.cbz", [DrawnPage(JPEG, picture, (256, 256))])
    bench.run("convert", [path])
    with zipfile.ZipFile(path) as archive:
        assert archive.read("0001.jpg") == picture


def test_the_original_keeps_its_name_where_it_stays(bench: Workbench) -> None:
    path = cbt(bench.library / "Mill 4.cbz", PAGES)
    original = sha256(path)
    bench.run("convert", [path], {"keep_original": True})
    made = bench.library / "Mill 4 (converted).cbz"
    assert sha256(path) == original
    assert page_bytes(made) == PAGES
    (result,) = bench.run("convert", [path])
    assert details(result)["path"] == str(path)
    assert page_bytes(path) == PAGES
    assert not made.exists()


@pytest.mark.skipif(not is_available(), reason="unar is not installed")
def test_a_cbz_in_deflate64_is_repacked(bench: Workbench) -> None:
    members = {
        "1.bmp": page(1),
        "2.bmp": page(2),
        "ComicInfo.xml": b"<ComicInfo><Series>Mill</Series></ComicInfo>",
    }
    path = deflate64_zip(bench.library / "Mill 1.cbz", members)
    original = sha256(path)
    (result,) = bench.run("convert", [path])
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == members
    assert tags(path).series == "Mill"
    ids = [str(change.change_id) for change in bench.journal.changes_of_job(result.job_id)]
    bench.run("undo", ids)
    assert sha256(path) == original


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_cbz_that_few_programs_can_unpack_is_repacked(bench: Workbench, method: int) -> None:
    path = bench.library / "Mill 1.cbz"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in PAGES.items():
            archive.writestr(name, content)
    bench.run("convert", [path])
    with zipfile.ZipFile(path) as archive:
        assert {each.compress_type for each in archive.infolist()} == {zipfile.ZIP_STORED}
    assert page_bytes(path) == PAGES


@pytest.mark.parametrize(
    "point", ["applied convert", "confirmed", "applied trash", "applied rename", "catalogued"]
)
def test_a_conversion_with_the_name_of_a_cbz_that_died_is_completed(
    bench: Workbench, point: str
) -> None:
    path = cbt(bench.library / "Mill 4.cbz", PAGES)
    bench.catalogued(path)
    (shown,) = bench.run("convert", [path], preview=True)
    plan = {str(path): {"plan": details(shown)}}
    job = bench.submit("convert", [path], item_params=plan)
    bench.die_at(point)
    bench.recover()
    bench.work()
    (result,) = bench.results(job.job_id)
    assert details(result)["path"] == str(path)
    assert details(result)["changes"] == details(shown)["changes"]
    assert page_bytes(path) == PAGES
    row = bench.catalogue.by_path(path)
    assert row is not None
    assert row.format == "cbz"


def test_the_name_of_the_made_file_fits_where_the_comic_has_a_long_one(bench: Workbench) -> None:
    path = cbt(bench.library / f"{'M' * 250}.cbz", PAGES)
    (result,) = bench.run("convert", [path])
    assert details(result)["path"] == str(path)
    assert page_bytes(path) == PAGES

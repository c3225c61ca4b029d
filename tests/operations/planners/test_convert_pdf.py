"""Conversion of PDF: a page that can't be read keeps the document where it is."""

from __future__ import annotations

import zipfile
import zlib

import pytest
from PIL import Image

from tests.comics.archives.drawn_pdf import FLATE, JPEG, DrawnPage, drawn_pdf, encoded
from tests.operations.workbench import Workbench, details

SIZE = (300, 300)
PICTURE = encoded(Image.radial_gradient("L").resize(SIZE).convert("RGB"))
HEADLESS = bytes(400) + PICTURE[400:]


def test_a_pdf_with_a_damaged_page_is_not_converted(bench: Workbench) -> None:
    path = bench.library / "a.pdf"
    drawn_pdf(path, [DrawnPage(JPEG, PICTURE, SIZE), DrawnPage(JPEG, HEADLESS, SIZE)])
    original = path.read_bytes()
    (result,) = bench.run("convert", [path])
    assert result.error is not None
    assert "page 2: its image can't be decoded" in result.error
    assert path.read_bytes() == original
    assert not path.with_suffix(".cbz").exists()


def test_the_jpegs_of_a_pdf_arrive_as_they_were(bench: Workbench) -> None:
    path = drawn_pdf(bench.library / "a.pdf", [DrawnPage(JPEG, PICTURE, SIZE)])
    (result,) = bench.run("convert", [path])
    assert result.error is None
    with zipfile.ZipFile(path.with_suffix(".cbz")) as archive:
        assert archive.read("0001.jpg") == PICTURE


def test_pages_that_are_drawn_are_named_as_what_they_are(bench: Workbench) -> None:
    lossless = Image.radial_gradient("L").resize(SIZE).convert("RGB")
    pages = [
        DrawnPage(JPEG, PICTURE, SIZE),
        DrawnPage(FLATE, zlib.compress(lossless.tobytes()), SIZE),
        DrawnPage(JPEG + b"/Decode[1 0 1 0 1 0]", PICTURE, SIZE),
    ]
    path = drawn_pdf(bench.library / "a.pdf", pages)
    bench.run("convert", [path])
    with zipfile.ZipFile(path.with_suffix(".cbz")) as archive:
        assert archive.namelist() == ["0001.jpg", "0002.png", "0003.jpg"]
        for name, kind in (("0001.jpg", "JPEG"), ("0002.png", "PNG"), ("0003.jpg", "JPEG")):
            with Image.open(archive.open(name)) as image:
                assert image.format == kind
        with Image.open(archive.open("0002.png")) as image:
            assert image.convert("RGB").tobytes() == lossless.tobytes()


def test_an_original_with_drawn_pages_is_trashed_later_if_its_cbz_exists(bench: Workbench) -> None:
    pages = [DrawnPage(FLATE, zlib.compress(bytes(16 * 32 * 3)), (16, 32))]
    path = drawn_pdf(bench.library / "a.pdf", pages)
    bench.run("convert", [path], {"keep_original": True})
    (result,) = bench.run("convert", [path])
    assert details(result)["changes"][0]["type"] == "trash"
    assert [path.exists(), path.with_suffix(".cbz").exists()] == [False, True]


@pytest.mark.parametrize("point", ["applied convert", "confirmed"])
def test_a_conversion_of_drawn_pages_that_died_is_completed(bench: Workbench, point: str) -> None:
    pages = [DrawnPage(FLATE, zlib.compress(bytes(16 * 32 * 3)), (16, 32))]
    path = drawn_pdf(bench.library / "a.pdf", pages)
    job = bench.submit("convert", [path])
    bench.die_at(point)
    bench.recover()
    bench.work()
    (result,) = bench.results(job.job_id)
    assert details(result)["path"] == str(path.with_suffix(".cbz"))
    assert not path.exists()

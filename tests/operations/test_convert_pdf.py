"""Conversion of PDF: a page that can't be read keeps the document where it is."""

from __future__ import annotations

import zipfile

from PIL import Image
from tests.comics.archives.drawn_pdf import JPEG, DrawnPage, drawn_pdf, encoded
from workbench import Workbench

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

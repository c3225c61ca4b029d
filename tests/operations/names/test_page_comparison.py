"""Pages decide whether two files are one comic; what can't be compared is neither yes nor no."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from comicmaintainer.errors import FileMissing
from comicmaintainer.operations.comic import read_comic
from comicmaintainer.operations.names.page_comparison import PageComparison, compare_pages
from tests.kit.comics import cbt, cbz, pages_of
from tests.kit.shared_reader import COMICS

SAME, DIFFERENT, UNKNOWN = PageComparison


def compared(one: Path, other: Path) -> PageComparison:
    return compare_pages(COMICS, read_comic(COMICS, one), other)


def pdf(path: Path, seed: int) -> Path:
    Image.new("RGB", (40, 60), (seed, 0, 0)).save(path, "PDF")
    return path


def test_names_and_tags_play_no_part(tmp_path: Path) -> None:
    pages = pages_of("one")
    other_names = {f"scan {name}": content for name, content in pages.items()}
    one = cbz(tmp_path / "a.cbz", pages)
    other = cbz(tmp_path / "b.cbz", other_names, "<Series>Saga</Series>")
    assert compared(one, other) is SAME


@pytest.mark.parametrize(
    "pages",
    [
        pages_of("two"),
        pages_of("one", 4),
        pages_of("one", 2),
        dict(zip(("a.png", "b.png", "c.png"), reversed(pages_of("one").values()), strict=True)),
    ],
)
def test_other_pages_more_pages_and_another_order_differ(
    tmp_path: Path, pages: dict[str, bytes]
) -> None:
    one = cbz(tmp_path / "a.cbz", pages_of("one"))
    assert compared(one, cbz(tmp_path / "b.cbz", pages)) is DIFFERENT


def test_formats_without_checksums_are_read(tmp_path: Path) -> None:
    pages = pages_of("one")
    altered = pages | {"p02.png": bytes(len(pages["p02.png"]))}  # of the same size
    one = cbt(tmp_path / "a.cbt", pages)
    assert compared(one, cbt(tmp_path / "b.cbt", pages, "<Series>Saga</Series>")) is SAME
    assert compared(one, cbt(tmp_path / "c.cbt", altered)) is DIFFERENT
    assert compared(one, cbz(tmp_path / "d.cbz", pages)) is SAME
    assert compared(cbz(tmp_path / "e.cbz", altered), one) is DIFFERENT


def test_a_pdf_is_the_same_to_the_byte_or_can_t_be_compared(tmp_path: Path) -> None:
    one, other = pdf(tmp_path / "a.pdf", 1), pdf(tmp_path / "b.pdf", 2)
    copy = Path(shutil.copy(one, tmp_path / "copy.pdf"))
    assert compared(one, copy) is SAME
    assert compared(one, other) is UNKNOWN


@pytest.mark.parametrize("kind", ["folder", "link", "pipe", "text", "empty", "cut off"])
def test_what_is_no_readable_comic_can_t_be_compared(tmp_path: Path, kind: str) -> None:
    one, other = cbz(tmp_path / "a.cbz", pages_of("one")), tmp_path / "b.cbz"
    match kind:
        case "folder":
            other.mkdir()
        case "link":
            other.symlink_to(cbz(tmp_path / "c.cbz", pages_of("one")))
        case "pipe":
            os.mkfifo(other)
        case "text":
            other.write_bytes(b"no archive at all" * 100)
        case "empty":
            zipfile.ZipFile(other, "w").close()
        case "cut off":
            other.write_bytes(one.read_bytes()[:-40])
    assert compared(one, other) is UNKNOWN


def test_a_file_that_went_away_is_missing(tmp_path: Path) -> None:
    one = cbz(tmp_path / "a.cbz", pages_of("one"))
    with pytest.raises(FileMissing):
        compared(one, tmp_path / "b.cbz")

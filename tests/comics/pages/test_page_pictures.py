"""Pictures of a comic's sampled pages, read from every kind of archive."""

from __future__ import annotations

import io
import random
import tarfile
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from comicmaintainer.comics.pages.likeness import likeness, sampled_pages
from comicmaintainer.comics.pages.page_pictures import comic_pictures
from comicmaintainer.errors import EmptyArchive


def page(seed: int, *, width: int = 120, kind: str = "PNG") -> bytes:
    small = Image.frombytes("L", (8, 8), random.Random(seed).randbytes(64))
    buffer = io.BytesIO()
    small.resize((width, width * 3 // 2), Image.Resampling.BICUBIC).save(buffer, kind)
    return buffer.getvalue()


def cbz(path: Path, pages: list[bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for number, content in enumerate(pages):
            archive.writestr(f"{number:03}.png", content)
    return path


def test_a_smaller_recoded_copy_looks_alike(tmp_path: Path) -> None:
    first = comic_pictures(cbz(tmp_path / "a.cbz", [page(n) for n in range(20)]))
    copy = comic_pictures(
        cbz(tmp_path / "b.cbz", [page(n, width=60, kind="JPEG") for n in range(20)])
    )
    assert set(first.hashes) == set(sampled_pages(20))
    assert likeness(first.hashes, copy.hashes).alike == 9
    assert (first.width, first.height) == (120, 180)
    assert (copy.width, copy.height) == (60, 90)


def test_an_archive_without_a_directory_has_the_same_hashes(tmp_path: Path) -> None:
    pages = [page(n) for n in range(12)]
    with tarfile.open(tmp_path / "a.cbt", "w") as archive:
        for number, content in reversed(list(enumerate(pages))):
            entry = tarfile.TarInfo(f"{number:03}.png")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    assert comic_pictures(tmp_path / "a.cbt") == comic_pictures(cbz(tmp_path / "a.cbz", pages))


def test_pages_that_can_not_be_decoded_are_counted_and_left_out(tmp_path: Path) -> None:
    pages = [page(n) for n in range(9)]
    pages[0] = pages[0][: len(pages[0]) // 2]
    pages[3] = b"no picture"
    found = comic_pictures(cbz(tmp_path / "a.cbz", pages))
    assert found.unreadable == 2
    assert sorted(found.hashes) == [1, 2, 4, 5, 6, 7, 8]


def test_blank_pages_are_left_out(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (100, 150), "white").save(buffer, "PNG")
    found = comic_pictures(cbz(tmp_path / "a.cbz", [page(1), buffer.getvalue(), page(2)]))
    assert sorted(found.hashes) == [0, 2]
    assert found.unreadable == 0


def test_a_comic_without_pages_has_no_pictures(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.cbz", "w") as archive:
        archive.writestr("notes.txt", b"no page")
    assert comic_pictures(tmp_path / "a.cbz").hashes == {}
    cbz(tmp_path / "b.cbz", [])
    with pytest.raises(EmptyArchive):
        comic_pictures(tmp_path / "b.cbz")

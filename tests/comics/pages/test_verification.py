"""The health report of a comic."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

from PIL import Image

from comicmaintainer.comics.pages.verification import verify_archive


def make_comic(path: Path, *, pages: int = 3, seed: int = 0) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(pages):
            buffer = io.BytesIO()
            Image.new("RGB", (60, 90), (seed, number, 9)).save(buffer, "PNG")
            archive.writestr(f"{number}.png", buffer.getvalue())
        archive.writestr("ComicInfo.xml", b"<ComicInfo/>")
    return path


def test_sound_comic_is_reported_member_by_member(tmp_path: Path) -> None:
    path = make_comic(tmp_path / "a.cbz")
    report = verify_archive(path)
    assert report.is_sound
    with zipfile.ZipFile(path) as archive:
        assert [(m.name, m.crc, m.size_bytes) for m in report.members] == [
            (info.filename, info.CRC, info.file_size) for info in archive.infolist()
        ]
    first = report.members[0].image
    assert first is not None
    assert (first.width, first.height) == (60, 90)


def test_one_broken_page_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    path = make_comic(tmp_path / "a.cbz")
    content = bytearray(path.read_bytes())
    content[60] ^= 0xFF
    path.write_bytes(content)
    report = verify_archive(path)
    assert [member.name for member in report.broken] == ["0.png"]
    assert report.error is None
    assert not report.is_sound
    assert [name for name, *_ in report.page_facts] == ["1.png", "2.png"]


def test_page_that_is_not_an_image_is_broken_even_with_the_right_crc(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.jpg", b"<html></html>")
    report = verify_archive(path)
    assert [member.name for member in report.broken] == ["1.jpg"]


def test_truncated_archive_is_reported_as_a_whole(tmp_path: Path) -> None:
    path = make_comic(tmp_path / "a.cbz")
    os.truncate(path, 300)
    report = verify_archive(path)
    assert report.error is not None
    assert report.members == ()


def test_archive_without_pages_is_not_sound(tmp_path: Path) -> None:
    report = verify_archive(make_comic(tmp_path / "a.cbz", pages=0))
    assert "no pages" in str(report.error)

"""Copied comics are sound, and no two have the same pages."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from benchmarks.comic_copies import PAGES, ComicTemplate
from PIL import Image


def test_copies_are_sound_and_differ_in_their_first_page(tmp_path: Path) -> None:
    template = ComicTemplate(tmp_path / "template.cbz", 200_000)
    template.make_library(tmp_path / "library", 25)
    pages = []
    for path in sorted((tmp_path / "library").rglob("*.*")):
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            pages.append([entry.CRC for entry in archive.infolist()])
            Image.open(io.BytesIO(archive.read(archive.namelist()[0]))).load()
        assert 200_000 <= path.stat().st_size < 300_000
    assert len(pages) == len({crcs[0] for crcs in pages}) == 25
    assert {tuple(crcs[1:]) for crcs in pages} == {tuple(pages[0][1:])}
    assert len(pages[0]) == PAGES

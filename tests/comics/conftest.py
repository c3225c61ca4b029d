"""Comics drawn for the tests of archives: real ZIP files in tmp_path."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path

import pytest

from tests.comics.archives.drawn_comics import OLD_XML, ComicMaker


@pytest.fixture
def make_comic(tmp_path: Path) -> ComicMaker:
    def make(
        name: str = "comic.cbz",
        *,
        pages: int = 5,
        page_bytes: int = 5_000,
        xml: bytes | None = OLD_XML,
        xml_first: bool = False,
        comment: bytes = b"",
    ) -> Path:
        path = tmp_path / name
        source = random.Random(name)
        members = [(f"page-{n:03}.jpg", source.randbytes(page_bytes)) for n in range(1, pages + 1)]
        if xml is not None:
            members.insert(0 if xml_first else len(members), ("ComicInfo.xml", xml))
        with zipfile.ZipFile(path, "w") as archive:
            for member, content in members:
                archive.writestr(member, content)
            archive.comment = comment
        return path

    return make

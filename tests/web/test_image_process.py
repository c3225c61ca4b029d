"""The helper process that makes thumbnails, beside those of other web workers."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from comicmaintainer.filesystem.identity import FileIdentity


class Helper:
    """One helper process."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "comicmaintainer.web.image_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def make_thumbnail(self, comic: Path, target: Path) -> dict[str, str | None]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        request = {
            "do": "thumbnail",
            "path": str(comic),
            "target": str(target),
            "identity": FileIdentity.of(comic).to_json(),
            "number": 0,
            "ahead": [],
            "width": 160,
        }
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer: dict[str, str | None] = json.loads(self.process.stdout.readline())
        return answer


@pytest.fixture
def helper() -> Iterator[Helper]:
    running = Helper()
    yield running
    running.process.communicate()


@pytest.fixture
def comic(tmp_path: Path) -> Path:
    picture = io.BytesIO()
    Image.new("RGB", (40, 60), (200, 90, 30)).save(picture, "PNG")
    path = tmp_path / "comic.cbz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.png", picture.getvalue())
    return path


def test_a_file_that_another_helper_takes_away_does_not_end_this_one(
    helper: Helper, comic: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    (folder / "2.160.webp").symlink_to(folder / "gone")  # listed, but there is nothing to look at
    for number in range(3):
        target = folder / f"{number}.160.webp"
        assert helper.make_thumbnail(comic, target) == {"code": None, "message": None}
        assert target.stat().st_size > 0


def test_what_another_helper_is_writing_is_not_thinned_out(
    helper: Helper, comic: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    being_written, left_over = folder / "a.160.webp.77", folder / "b.160.webp.77"
    for path in (being_written, left_over):
        path.write_bytes(b"")
        os.truncate(path, 16 << 20)
        os.utime(path, (1, 1))
    os.utime(being_written)
    assert helper.make_thumbnail(comic, folder / "1.160.webp")["code"] is None
    assert being_written.exists()
    assert not left_over.exists()

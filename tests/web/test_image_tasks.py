"""The helper process that makes thumbnails, beside those of other web workers."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.isolation.helper_process import Allowance, HelperLimits
from comicmaintainer.isolation.pool import HelperPool
from comicmaintainer.web.images.helper import TASKS

ENOUGH = Allowance(processor_s=60, waiting_s=120)


class Helper:
    """A helper process as a web worker has it."""

    def __init__(self) -> None:
        self.pool = HelperPool(TASKS, HelperLimits(192 << 20))

    def make_thumbnail(self, comic: Path, target: Path) -> None:
        self.pool.ask(
            "thumbnail", ENOUGH, comic, path=str(comic), target=str(target),
            identity=FileIdentity.of(comic).to_json(), number=0, ahead=[], width=160,
        )  # fmt: skip


@pytest.fixture
def helper() -> Iterator[Helper]:
    running = Helper()
    yield running
    running.pool.close()


@pytest.fixture
def comic(tmp_path: Path) -> Path:
    picture = io.BytesIO()
    Image.new("RGB", (40, 60), (200, 90, 30)).save(picture, "PNG")
    path = tmp_path / "comic.cbz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.png", picture.getvalue())
    return path


def test_a_file_removed_by_another_helper_does_no_harm(
    helper: Helper, comic: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    (folder / "2.160.webp").symlink_to(folder / "gone")  # listed, but there is nothing to look at
    for number in range(3):
        target = folder / f"{number}.160.webp"
        helper.make_thumbnail(comic, target)
        assert target.stat().st_size > 0


def test_files_being_written_by_another_helper_are_kept(
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
    helper.make_thumbnail(comic, folder / "1.160.webp")
    assert being_written.exists()
    assert not left_over.exists()

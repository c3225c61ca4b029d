from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from comicmaintainer import demo


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    assert demo.make_library(folder) == len(demo.COMICS) + 2
    return folder


def test_demo_library_has_comics_with_and_without_tags(library: Path) -> None:
    tagged = 0
    for comic in demo.COMICS:
        with zipfile.ZipFile(library / comic.path) as archive:
            assert archive.testzip() is None
            names = archive.namelist()
        assert len([name for name in names if name.endswith(".jpg")]) == comic.pages
        tagged += "ComicInfo.xml" in names
    assert 0 < tagged < len(demo.COMICS)


def test_demo_library_has_a_copy_and_a_damaged_comic(library: Path) -> None:
    original, copy = (library / name for name in demo.COPY)
    assert original.read_bytes() == copy.read_bytes()
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(library / demo.CUT_OFF[1])


def test_second_run_draws_nothing_and_changes_nothing(library: Path) -> None:
    changed = library / demo.COMICS[0].path
    before = {path: path.stat().st_mtime_ns for path in library.rglob("*.cbz")}
    assert demo.make_library(library) == 0
    assert {path: path.stat().st_mtime_ns for path in library.rglob("*.cbz")} == before
    changed.unlink()
    assert demo.make_library(library) == 1


def test_drawings_are_the_same_every_time(library: Path, tmp_path: Path) -> None:
    demo.make_library(tmp_path)
    path = demo.COMICS[1].path
    assert (tmp_path / path).read_bytes() == (library / path).read_bytes()


def test_demo_refuses_a_path_that_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for arguments, code, told in (
        (["--help"], 0, "usage: comicmaintainer-demo"),
        ([], 2, "FOLDER"),
        (["--odd", "x"], 2, "--odd"),
        (["file"], 2, "file is not a folder"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "comicmaintainer.demo", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code
        assert told in done.stdout + done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["file"]

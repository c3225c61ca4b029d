"""New CBZ files: whole or absent, safe names, nothing overwritten."""

from __future__ import annotations

import os
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from comicmaintainer.comics.archives.edits.cbz_writer import safe_member_name, write_cbz
from comicmaintainer.errors import DamagedArchive, LeaseLost, TargetExists
from tests.comics.archives.drawn_comics import no_guard


def members() -> Iterator[tuple[str, list[bytes]]]:
    yield "1.jpg", [b"a" * 1_000, b"b" * 2_000]
    yield "../../etc/2.jpg", [os.urandom(100)]
    yield "ComicInfo.xml", [b"<ComicInfo>", b" " * 500, b"</ComicInfo>"]
    yield "1.JPG", []


def test_written_comic_is_read_by_others(tmp_path: Path) -> None:
    target = tmp_path / "new.cbz"
    written = write_cbz(target, members(), guard=no_guard, comment=b"hello")
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["1.jpg", "etc/2.jpg", "ComicInfo.xml", "1~2.JPG"]
        assert archive.read("1.jpg") == b"a" * 1_000 + b"b" * 2_000
        assert archive.comment == b"hello"
        assert archive.getinfo("ComicInfo.xml").compress_size < 100
        assert [(m.name, m.crc) for m in written.members] == [
            (info.filename, info.CRC) for info in archive.infolist()
        ]
    assert subprocess.run(["unzip", "-tq", str(target)], check=False, stdout=-3).returncode == 0
    assert [*tmp_path.iterdir()] == [target]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "new.cbz"
    target.write_bytes(b"mine")
    with pytest.raises(TargetExists):
        write_cbz(target, members(), guard=no_guard)
    assert target.read_bytes() == b"mine"
    assert [*tmp_path.iterdir()] == [target]


def test_source_that_fails_midway_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[tuple[str, list[bytes]]]:
        yield "1.jpg", [b"page"]
        raise DamagedArchive("2.jpg: its data are damaged")

    with pytest.raises(DamagedArchive):
        write_cbz(tmp_path / "new.cbz", broken(), guard=no_guard)
    assert not [*tmp_path.iterdir()]


def test_guard_that_raises_leaves_nothing(tmp_path: Path) -> None:
    def lost() -> None:
        raise LeaseLost("another worker has it")

    with pytest.raises(LeaseLost):
        write_cbz(tmp_path / "new.cbz", members(), guard=lost)
    assert not [*tmp_path.iterdir()]


def test_mode_comes_from_the_source(tmp_path: Path) -> None:
    source = tmp_path / "old.cbr"
    source.write_bytes(b"x")
    source.chmod(0o604)
    write_cbz(tmp_path / "new.cbz", members(), guard=no_guard, attributes_of=source)
    assert (tmp_path / "new.cbz").stat().st_mode & 0o777 == 0o604


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("/etc/passwd", "etc/passwd"),
        ("..\\..\\x.jpg", "x.jpg"),
        ("a//./b.jpg", "a/b.jpg"),
        ("..", "unnamed"),
        ("", "unnamed"),
        ("p\0.jpg", "p.jpg"),
    ],
)
def test_member_names_stay_inside(name: str, expected: str) -> None:
    assert safe_member_name(name, set()) == expected

"""ZIPs that few writers make: Deflate64, and an end record that counts too few members."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from comicmaintainer.comics.archives.model import Limits
from comicmaintainer.comics.archives.rar.unar_pass import is_available
from comicmaintainer.comics.archives.reader import open_archive, read_metadata_members
from comicmaintainer.comics.pages.verification import verify_archive
from comicmaintainer.errors import DamagedArchive, HostileArchive, UnsupportedArchive
from tests.comics.archives.drawn_deflate64 import deflate64_zip, page
from tests.comics.archives.drawn_zip import DrawnMember, drawn_zip, picture

with_unar = pytest.mark.skipif(not is_available(), reason="unar is not installed")
with_7z = pytest.mark.skipif(shutil.which("7z") is None, reason="7z is not installed")
TAGS = b"<ComicInfo><Series>Mill</Series></ComicInfo>"


def read_all(path: Path) -> dict[str, bytes]:
    with open_archive(path) as archive:
        return {entry.name: archive.read(entry) for entry in archive.entries}


@with_7z
def test_the_pages_of_these_tests_are_what_7z_calls_deflate64(tmp_path: Path) -> None:
    path = deflate64_zip(tmp_path / "a.zip", {"1.bmp": page(1)})
    subprocess.run(["7z", "x", str(path)], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "1.bmp").read_bytes() == page(1)


@with_unar
def test_deflate64_is_read_in_full(tmp_path: Path) -> None:
    members = {"é 1.bmp": page(1), "two/2.bmp": page(2), "ComicInfo.xml": TAGS}
    path = deflate64_zip(tmp_path / "a.cbz", members)
    assert read_all(path) == members
    assert verify_archive(path).is_sound


def test_tags_in_deflate64_are_read_without_another_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    path = deflate64_zip(tmp_path / "a.cbz", {"ComicInfo.xml": TAGS * 100})
    found = read_metadata_members(path, {"comicinfo.xml"})
    assert found.members == {"ComicInfo.xml": TAGS * 100}


def test_without_the_program_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    path = deflate64_zip(tmp_path / "a.cbz", {"1.bmp": page(1)})
    with pytest.raises(UnsupportedArchive, match=r"1\.bmp: compression deflate64.*install unar"):
        read_all(path)


@with_unar
def test_damaged_deflate64_is_damage(tmp_path: Path) -> None:
    path = deflate64_zip(tmp_path / "a.cbz", {"1.bmp": page(1)})
    content = bytearray(path.read_bytes())
    content[20_000] ^= 1
    path.write_bytes(content)
    with pytest.raises(DamagedArchive, match=r"1\.bmp: its checksum is wrong"):
        read_all(path)


@with_unar
def test_reading_leaves_no_descriptor_open(tmp_path: Path) -> None:
    path = deflate64_zip(tmp_path / "a.cbz", {"1.bmp": page(1)})
    before = len(os.listdir("/proc/self/fd"))
    read_all(path)
    assert len(os.listdir("/proc/self/fd")) == before


def counting(content: bytes, count: int) -> bytes:
    """The archive with another number of members in its end record."""
    end = len(content) - 22
    return content[: end + 8] + struct.pack("<HH", count, count) + content[end + 12 :]


@pytest.mark.parametrize("count", [0, 1, 9])
def test_members_beyond_the_stated_count_belong_to_the_archive(tmp_path: Path, count: int) -> None:
    pages = {f"{number}.png": picture(number) for number in range(10)}
    members = [DrawnMember(name.encode(), content) for name, content in pages.items()]
    path = tmp_path / "a.cbz"
    path.write_bytes(counting(drawn_zip(members), count))
    assert read_all(path) == pages
    assert len(read_metadata_members(path, ()).page_facts) == 10
    assert verify_archive(path).is_sound


def test_the_limit_of_members_holds_also_for_those_that_are_not_counted(tmp_path: Path) -> None:
    members = [DrawnMember(b"%d.png" % number, picture(1)) for number in range(30)]
    path = tmp_path / "a.cbz"
    path.write_bytes(counting(drawn_zip(members), 3))
    limits = Limits(max_entries=20)
    with pytest.raises(HostileArchive, match="30 entries"):
        open_archive(path, limits)
    with pytest.raises(HostileArchive, match="30 entries"):
        read_metadata_members(path, (), limits)


def test_a_directory_of_too_many_bytes_is_refused_as_such(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"
    path.write_bytes(drawn_zip([DrawnMember(b"1.png", picture(1)), DrawnMember(b"2", b"")]))
    with pytest.raises(HostileArchive, match="bytes, more than the limit of 60"):
        open_archive(path, Limits(max_directory_bytes=60))

"""Formats are told by content."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from comicmaintainer.comics.archives.identification import identify
from comicmaintainer.comics.archives.model import ArchiveFormat
from comicmaintainer.errors import EmptyArchive, FileMissing, NotAComicPath, NotAnArchive
from tests.comics.archives.drawn_comics import ComicMaker


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"PK\x03\x04", ArchiveFormat.CBZ),
        (b"PK\x05\x06" + bytes(18), ArchiveFormat.CBZ),
        (b"Rar!\x1a\x07\x00", ArchiveFormat.CBR),
        (b"Rar!\x1a\x07\x01\x00", ArchiveFormat.CBR),
        (b"7z\xbc\xaf\x27\x1c", ArchiveFormat.CB7),
        (b"%PDF-1.7", ArchiveFormat.PDF),
        (b"\xef\xbb\xbf\n%PDF-1.4", ArchiveFormat.PDF),
    ],
)
def test_signature_decides_whatever_the_suffix_says(
    tmp_path: Path, head: bytes, expected: ArchiveFormat
) -> None:
    path = tmp_path / "comic.cbr"
    path.write_bytes(head + bytes(600))
    assert identify(path) is expected


@pytest.mark.parametrize("kind", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_tar_is_found_by_its_header(tmp_path: Path, kind: int) -> None:
    path = tmp_path / "comic.cbt"
    with tarfile.open(path, "w", format=kind) as archive:
        archive.addfile(tarfile.TarInfo("1.jpg"), io.BytesIO())
    assert identify(path) is ArchiveFormat.CBT


def test_tar_without_magic_is_found_by_its_checksum(tmp_path: Path) -> None:
    path = tmp_path / "old.cbt"
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        archive.addfile(tarfile.TarInfo("1.jpg"), io.BytesIO())
    header = bytearray(path.read_bytes())
    header[257:265] = bytes(8)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header[:512])
    path.write_bytes(header)
    assert identify(path) is ArchiveFormat.CBT


def test_zip_behind_other_bytes_is_found_by_its_end(make_comic: ComicMaker) -> None:
    path = make_comic()
    path.write_bytes(b"#!/bin/sh\n" * 500 + path.read_bytes())
    assert identify(path) is ArchiveFormat.CBZ


def test_empty_file_differs_from_a_file_that_is_not_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "comic.cbz"
    path.write_bytes(b"")
    with pytest.raises(EmptyArchive):
        identify(path)
    path.write_bytes(b"<html>not found</html>" * 100)
    with pytest.raises(NotAnArchive):
        identify(path)
    with pytest.raises(FileMissing):
        identify(tmp_path / "absent.cbz")
    with pytest.raises(NotAComicPath):
        identify(tmp_path)

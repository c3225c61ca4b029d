"""A RAR or 7z behind a program that unpacks it is read like any other."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import libarchive
import pytest

from comicmaintainer.comics.archives.identification import identify
from comicmaintainer.comics.archives.model import ArchiveFormat
from comicmaintainer.comics.archives.rar.unar_pass import is_available
from comicmaintainer.comics.archives.reader import open_archive, read_metadata_members
from comicmaintainer.comics.pages.verification import verify_archive
from comicmaintainer.errors import NotAnArchive
from tests.comics.archives.drawn_rar import rar4, rar5
from tests.comics.archives.drawn_zip import picture

PAGES = {"1.png": picture(1), "2.png": picture(2)}
TAGS = {"ComicInfo.xml": b"<ComicInfo><Series>Mill</Series></ComicInfo>"}
RAR_SIGNATURES = b"Rar!\x1a\x07\x00 Rar!\x1a\x07\x01\x00 7z\xbc\xaf\x27\x1c"
STUBS = {
    "Windows": b"MZ" + random.Random(1).randbytes(70_000) + RAR_SIGNATURES + bytes(900),
    "Linux": b"\x7fELF" + random.Random(2).randbytes(400_001),
    "picture": picture(3),
}


def seven_zip(tmp_path: Path) -> bytes:
    path = tmp_path / "made.7z"
    with libarchive.file_writer(str(path), "7zip") as archive:
        for name, content in (PAGES | TAGS).items():
            archive.add_file_from_memory(name, len(content), content)
    return path.read_bytes()


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in (PAGES | TAGS).items():
            archive.writestr(name, content)
    return buffer.getvalue()


ARCHIVES: dict[str, tuple[ArchiveFormat, Callable[[Path], bytes]]] = {
    "rar4": (ArchiveFormat.CBR, lambda _: rar4(PAGES | TAGS)),
    "rar4 packed": (ArchiveFormat.CBR, lambda _: rar4(PAGES | TAGS, packed=True)),
    "rar5": (ArchiveFormat.CBR, lambda _: rar5(PAGES | TAGS)),
    "rar with a ZIP at its end": (
        ArchiveFormat.CBR,
        lambda _: rar5({**PAGES, **TAGS, "extra.zip": zipped()}),
    ),
    "7z": (ArchiveFormat.CB7, seven_zip),
    "zip": (ArchiveFormat.CBZ, lambda _: zipped()),
}


@pytest.mark.parametrize("stub", ["Windows", "Linux"])
@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_behind_a_program_is_read(tmp_path: Path, name: str, stub: str) -> None:
    kind, made = ARCHIVES[name]
    path = tmp_path / "a.cbr"
    path.write_bytes(STUBS[stub] + made(tmp_path))
    assert identify(path) is kind
    with open_archive(path) as archive:
        assert {e.name: archive.read(e) for e in archive.pages} == PAGES
        walked = {entry.name: b"".join(chunks) for entry, chunks in archive.walk()}
    assert walked.items() >= (PAGES | TAGS).items()
    assert read_metadata_members(path, {"comicinfo.xml"}).members == TAGS
    assert verify_archive(path).is_sound


@pytest.mark.skipif(not is_available(), reason="unar is not installed")
def test_a_solid_rar_behind_a_program_is_read_by_unar(tmp_path: Path) -> None:
    path = tmp_path / "a.cbr"
    path.write_bytes(STUBS["Linux"] + rar4(PAGES, packed=True, solid=True))
    with open_archive(path) as archive:
        assert {e.name: archive.read(e) for e in archive.pages} == PAGES


def test_an_archive_behind_a_picture_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.cbr"
    path.write_bytes(STUBS["picture"] + rar5(PAGES))
    with open_archive(path) as archive:
        assert {e.name: archive.read(e) for e in archive.pages} == PAGES


@pytest.mark.parametrize("stub", STUBS)
def test_a_signature_alone_is_not_an_archive(tmp_path: Path, stub: str) -> None:
    path = tmp_path / "a.cbr"
    path.write_bytes(STUBS[stub])
    with pytest.raises(NotAnArchive):
        identify(path)


def test_a_zip_that_contains_a_rar_is_a_zip(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("extra.rar", rar5(PAGES))
        archive.writestr("1.png", PAGES["1.png"])
    path.write_bytes(STUBS["Windows"] + path.read_bytes())
    assert identify(path) is ArchiveFormat.CBZ

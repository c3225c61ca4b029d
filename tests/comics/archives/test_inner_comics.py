"""Archives of comics are told as such, in every format, and never as an empty comic."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import libarchive
import pypdfium2
import pytest
from PIL import Image

from comicmaintainer.comics.archives.inner_comics import is_inner_comic, require_pages
from comicmaintainer.comics.archives.reader import read_metadata_members
from comicmaintainer.comics.images.decoding import page_thumbnail
from comicmaintainer.comics.pages.page_list import list_pages
from comicmaintainer.comics.pages.verification import verify_archive
from comicmaintainer.errors import EmptyArchive, HoldsComics
from tests.comics.archives.drawn_rar import rar4, rar5

INNER = {"Mill 1.cbz": b"PK\x05\x06" + bytes(18), "Pack/Mill 2.CBR": b"Rar!", "3.zip": b"PK"}
MESSAGE = r"a\.c.*: it holds 3 comics, not pages; unpack it"


def as_zip(path: Path, members: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def as_tar(path: Path, members: Mapping[str, bytes]) -> None:
    with tarfile.open(path, "w") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


def as_7z(path: Path, members: Mapping[str, bytes]) -> None:
    with libarchive.file_writer(str(path), "7zip") as archive:
        for name, content in members.items():
            archive.add_file_from_memory(name, len(content), content)


WRITERS: dict[str, Callable[[Path, Mapping[str, bytes]], object]] = {
    "zip": as_zip,
    "tar": as_tar,
    "7z": as_7z,
    "rar4": lambda path, members: path.write_bytes(rar4(members)),
    "rar5": lambda path, members: path.write_bytes(rar5(members)),
}


def page() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (20, 30), "teal").save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize("kind", WRITERS)
def test_an_archive_of_comics_is_reported_as_such(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.cbz"
    WRITERS[kind](path, INNER)
    found = read_metadata_members(path, ())
    assert found.comics == 3
    with pytest.raises(HoldsComics, match=MESSAGE):
        require_pages(path, len(found.page_facts), found.comics)
    with pytest.raises(HoldsComics, match=MESSAGE):
        list_pages(path)
    with pytest.raises(HoldsComics, match=MESSAGE):
        page_thumbnail(path, max_side_px=100)
    report = verify_archive(path)
    assert isinstance(report.error, HoldsComics)
    assert "it holds 3 comics" in str(report.error)


@pytest.mark.parametrize("kind", WRITERS)
def test_a_picture_beside_comics_does_not_make_a_comic(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.cbz"
    WRITERS[kind](path, {"folder.png": page(), **INNER})
    report = verify_archive(path)
    assert isinstance(report.error, HoldsComics)


@pytest.mark.parametrize("kind", WRITERS)
def test_an_archive_beside_pages_does_not_make_a_pack(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.cbz"
    WRITERS[kind](path, {"1.png": page(), "2.png": page(), "extra.zip": b"PK"})
    assert verify_archive(path).is_sound


def test_a_document_with_attached_comics_is_reported_as_such(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"
    document = pypdfium2.PdfDocument.new()
    document.new_page(100, 100)
    for name in INNER:
        document.new_attachment(name).set_data(b"content")
    document.save(path)
    document.close()
    report = verify_archive(path)
    assert isinstance(report.error, HoldsComics)


def test_a_single_comic_is_reported_in_the_singular(tmp_path: Path) -> None:
    with pytest.raises(HoldsComics, match="it holds a comic, not pages"):
        require_pages(tmp_path, 0, 1)


def test_an_archive_of_other_files_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"
    as_zip(path, {"readme.txt": b"text", "__MACOSX/._Mill 1.cbz": b"fork"})
    found = read_metadata_members(path, ())
    with pytest.raises(EmptyArchive, match="no pages"):
        require_pages(path, len(found.page_facts), found.comics)


@pytest.mark.parametrize("name", ["1.cbz", "a/2.CBR", "x.pdf", "pack.7z", "y.epub"])
def test_inner_comics_are_known_by_their_suffix(name: str) -> None:
    assert is_inner_comic(name)


@pytest.mark.parametrize("name", ["cbz", "1.cbz.png", "._1.cbz", "__MACOSX/1.cbz", "ComicInfo.xml"])
def test_other_members_are_not_inner_comics(name: str) -> None:
    assert not is_inner_comic(name)

"""Reading of comics in every format that can be made here, odd ones included."""

from __future__ import annotations

import io
import os
import tarfile
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import libarchive
import pytest
from PIL import Image

from comicmaintainer.comics.archives.model import ArchiveFormat
from comicmaintainer.comics.archives.reader import open_archive, read_metadata_members
from comicmaintainer.errors import (
    DamagedArchive,
    EmptyArchive,
    EncryptedArchive,
    HostileArchive,
    UnsupportedArchive,
)
from tests.comics.archives.drawn_comics import OLD_XML, ComicMaker, member, page_names

MEMBERS = {
    "Book/2.jpg": os.urandom(70_000),
    "Book/10.jpg": os.urandom(300),
    "Book/1.jpg": b"x" * 50_000,
    "ComicInfo.xml": OLD_XML,
    "__MACOSX/Book/._1.jpg": b"junk",
}
PAGES = ("Book/1.jpg", "Book/2.jpg", "Book/10.jpg")


def as_tar(path: Path) -> None:
    with tarfile.open(path, "w") as archive:
        for name, content in MEMBERS.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo("Book/3.jpg")
        link.type = tarfile.SYMTYPE
        link.linkname = "/etc/passwd"
        archive.addfile(link)


def as_gzipped_tar(path: Path) -> None:
    as_tar(path)
    with tarfile.open(path) as plain:
        plain.close()
    path.write_bytes(zlib.compress(path.read_bytes(), wbits=31))


def as_seven_zip(path: Path) -> None:
    with libarchive.file_writer(str(path), "7zip") as archive:
        for name, content in MEMBERS.items():
            archive.add_file_from_memory(name, len(content), content)


def as_zip(method: int) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", method) as archive:
            for name, content in MEMBERS.items():
                archive.writestr(name, content)
            archive.mkdir("Book")

    return write


WRITERS = {
    "tar": (as_tar, ArchiveFormat.CBT),
    "tar.gz": (as_gzipped_tar, ArchiveFormat.CBT),
    "7z": (as_seven_zip, ArchiveFormat.CB7),
    "stored": (as_zip(zipfile.ZIP_STORED), ArchiveFormat.CBZ),
    "deflate": (as_zip(zipfile.ZIP_DEFLATED), ArchiveFormat.CBZ),
    "bzip2": (as_zip(zipfile.ZIP_BZIP2), ArchiveFormat.CBZ),
    "lzma": (as_zip(zipfile.ZIP_LZMA), ArchiveFormat.CBZ),
}


def read_all(path: Path) -> dict[str, bytes]:
    with open_archive(path) as archive:
        return {entry.name: archive.read(entry) for entry in archive.entries}


@pytest.mark.parametrize("kind", WRITERS)
def test_pages_and_members_are_read_from_every_format(tmp_path: Path, kind: str) -> None:
    write, expected = WRITERS[kind]
    path = tmp_path / "comic.cbz"
    write(path)
    assert read_all(path) == MEMBERS
    with open_archive(path) as archive:
        assert archive.format is expected
        assert page_names(archive) == PAGES
        assert {entry.name for entry in archive.entries} == set(MEMBERS)
        for name, content in MEMBERS.items():
            assert b"".join(archive.stream(member(archive, name))) == content
        assert {entry.name: b"".join(chunks) for entry, chunks in archive.walk()} == MEMBERS


@pytest.mark.parametrize("kind", WRITERS)
def test_quick_read_returns_the_same_for_every_format(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "comic.cbz"
    WRITERS[kind][0](path)
    found = read_metadata_members(path, {"comicinfo.xml"})
    assert found.members == {"ComicInfo.xml": OLD_XML}
    assert found.pages == PAGES
    assert [size for _, size, *_ in found.page_facts] == [len(MEMBERS[name]) for name in PAGES]


@pytest.mark.parametrize("kind", WRITERS)
def test_oversized_members_are_errors(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "comic.cbz"
    WRITERS[kind][0](path)
    with open_archive(path) as archive, pytest.raises(HostileArchive):
        archive.read(member(archive, "Book/2.jpg"), max_bytes=1_000)


@pytest.mark.parametrize("kind", WRITERS)
def test_truncated_archive_is_damaged(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "comic.cbz"
    WRITERS[kind][0](path)
    os.truncate(path, path.stat().st_size * 2 // 3)
    with pytest.raises(DamagedArchive):
        read_all(path)


def test_names_are_read_in_the_encodings_found_in_the_wild(tmp_path: Path) -> None:
    path = tmp_path / "comic.cbz"
    names = {
        b"b\xc3\xbccher/1.jpg": "bücher/1.jpg",  # UTF-8 without its flag, as macOS writes it
        b"caf\x82/2.jpg": "café/2.jpg",  # code page 437
        b"folder\\3.jpg": "folder/3.jpg",  # a separator of Windows
    }
    with zipfile.ZipFile(path, "w") as archive:
        for number, raw in enumerate(names):
            archive.writestr(str(number) * len(raw), b"page")
    content = path.read_bytes()
    for number, raw in enumerate(names):
        content = content.replace(b"%d" % number * len(raw), raw)
    path.write_bytes(content)
    with open_archive(path) as opened:
        assert {entry.name for entry in opened.entries} == set(names.values())


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_two_members_with_one_name_are_two_pages(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "comic.cbz"
    contents = [b"first", b"second", b"third"]
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # zipfile's own, about the name
            for name, content in zip(("1.jpg", "1.jpg", "2.jpg"), contents, strict=True):
                archive.writestr(name, content)
    else:
        with tarfile.open(path, "w") as tar:
            for name, content in zip(("1.jpg", "1.jpg", "2.jpg"), contents, strict=True):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    with open_archive(path) as opened:
        assert page_names(opened) == ("1.jpg", "1.jpg", "2.jpg")
        assert [opened.read(page) for page in opened.pages] == contents
        facts = read_metadata_members(path, ()).page_facts
        assert [(name, size, place) for name, size, _, place in facts] == [
            (page.name, page.size_bytes, page.place) for page in opened.pages
        ]


def test_wrong_checksum_is_damage(make_comic: ComicMaker) -> None:
    path = make_comic()
    content = bytearray(path.read_bytes())
    content[200] ^= 1
    path.write_bytes(content)
    with open_archive(path) as archive, pytest.raises(DamagedArchive, match=r"page-001\.jpg"):
        archive.read(member(archive, "page-001.jpg"))


def test_archive_without_members_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "comic.cbz"
    with zipfile.ZipFile(path, "w"):
        pass
    with pytest.raises(EmptyArchive):
        open_archive(path)
    with pytest.raises(EmptyArchive):
        read_metadata_members(path, {"comicinfo.xml"})


def test_encrypted_member_is_named(make_comic: ComicMaker) -> None:
    path = make_comic(pages=1, xml=None)
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with open_archive(path) as archive, pytest.raises(EncryptedArchive, match="page-001"):
        archive.read(member(archive, "page-001.jpg"))


def test_unknown_compression_is_named(make_comic: ComicMaker) -> None:
    path = make_comic(pages=1, xml=None)
    content = bytearray(path.read_bytes())
    for position in (content.index(b"PK\x01\x02") + 10, content.index(b"PK\x03\x04") + 8):
        content[position : position + 2] = (97).to_bytes(2, "little")
    path.write_bytes(content)
    with open_archive(path) as archive, pytest.raises(UnsupportedArchive):
        archive.read(member(archive, "page-001.jpg"))


def make_pdf(path: Path, *, pages: int = 3) -> list[bytes]:
    images = [Image.effect_noise((120, 180), 60 + number) for number in range(pages)]
    images[0].save(path, "PDF", save_all=True, append_images=images[1:], title="Drawn", quality=80)
    return [image.tobytes() for image in images]


def test_embedded_jpegs_and_information_of_a_pdf_are_read(tmp_path: Path) -> None:
    path = tmp_path / "comic.pdf"
    make_pdf(path)
    with open_archive(path) as archive:
        assert archive.format is ArchiveFormat.PDF
        assert page_names(archive) == ("0001.jpg", "0002.jpg", "0003.jpg")
        embedded = archive.read(archive.pages[1])
        assert embedded in path.read_bytes()
        with Image.open(io.BytesIO(embedded)) as image:
            assert image.size == (120, 180)
    assert read_metadata_members(path, set()).information["Title"] == "Drawn"


def test_damaged_pdf_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "comic.pdf"
    path.write_bytes(b"%PDF-1.7\n" + os.urandom(5_000))
    with pytest.raises(DamagedArchive):
        open_archive(path)


def test_a_comic_whose_pages_need_a_password_is_not_read_as_if_it_were_sound(
    make_comic: ComicMaker,
) -> None:
    path = make_comic(pages=1, xml=None)
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(EncryptedArchive, match="page-001"):
        read_metadata_members(path, {"comicinfo.xml"})


def test_hard_links_in_a_tar_are_pages_and_other_links_are_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "comic.cbt"
    with tarfile.open(path, "w") as archive:
        page = tarfile.TarInfo("p1.jpg")
        page.size = 4
        archive.addfile(page, io.BytesIO(b"page"))
        for name, kind in (("p2.jpg", tarfile.LNKTYPE), ("p3.jpg", tarfile.SYMTYPE)):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = kind, "p1.jpg"
            archive.addfile(link)
    with open_archive(path) as found:
        assert page_names(found) == ("p1.jpg", "p2.jpg")
        assert found.read(found.pages[1]) == b"page"
        assert found.links == ("p3.jpg",)

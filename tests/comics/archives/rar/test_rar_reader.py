"""CBR of both formats: solid, packed, commented, with copies and links, in parts, broken."""

from __future__ import annotations

import os
import random
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from comicmaintainer.comics.archives.model import Limits
from comicmaintainer.comics.archives.rar.unar_pass import is_available
from comicmaintainer.comics.archives.reader import open_archive, read_metadata_members
from comicmaintainer.comics.pages.fingerprint import page_fingerprint
from comicmaintainer.errors import (
    ArchiveError,
    DamagedArchive,
    EmptyArchive,
    EncryptedArchive,
    HostileArchive,
    NotAnArchive,
    UnsupportedArchive,
)
from tests.comics.archives.drawn_comics import member
from tests.comics.archives.drawn_rar import FILE_PASSWORD, PASSWORD, SPLIT_AFTER, VOLUME, rar4, rar5

PAGES = {f"p{number}.png": random.Random(number).randbytes(3000) for number in (1, 2, 3)}
XML = b"<ComicInfo><Series>Storm</Series></ComicInfo>"
UTF16_COMMENT = 1

with_unar = pytest.mark.skipif(not is_available(), reason="unar is not installed")


@pytest.fixture
def put(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(content: bytes) -> Path:
        path = tmp_path / "comic.cbr"
        path.write_bytes(content)
        return path

    return write


@pytest.fixture
def without_unar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def contents(path: Path) -> dict[str, bytes]:
    with open_archive(path) as archive:
        return {entry.name: b"".join(chunks) for entry, chunks in archive.walk()}


@pytest.mark.parametrize("packed", [False, True])
def test_members_of_a_rar4_are_read(put: Callable[[bytes], Path], packed: bool) -> None:
    path = put(rar4(PAGES, packed=packed))
    assert contents(path) == PAGES
    with open_archive(path) as archive:
        assert archive.read(member(archive, "p2.png")) == PAGES["p2.png"]


def test_members_of_a_rar5_are_read(put: Callable[[bytes], Path]) -> None:
    assert contents(put(rar5(PAGES))) == PAGES


@with_unar
def test_a_packed_solid_rar4_is_read(put: Callable[[bytes], Path]) -> None:
    path = put(rar4(PAGES, packed=True, solid=True))
    assert contents(path) == PAGES
    with open_archive(path) as archive:
        assert archive.read(member(archive, "p3.png")) == PAGES["p3.png"]
        seen = [entry.name for entry, _ in archive.walk()]
    assert seen == list(PAGES)


@with_unar
def test_a_member_of_a_solid_archive_may_be_left_half_read(put: Callable[[bytes], Path]) -> None:
    pages = {name: random.Random(name).randbytes(600_000) for name in ("a.png", "b.png")}
    with open_archive(put(rar4(pages, packed=True, solid=True))) as archive:
        walk = archive.walk()
        _, chunks = next(walk)
        next(chunks)
        _, chunks = next(walk)
        assert b"".join(chunks) == pages["b.png"]


@pytest.mark.usefixtures("without_unar")
def test_without_the_program_for_it_a_solid_rar4_says_what_to_install(
    put: Callable[[bytes], Path],
) -> None:
    path = put(rar4(PAGES, packed=True, solid=True))
    with pytest.raises(UnsupportedArchive, match=r"solid RAR.*apt-get install unar"):
        contents(path)
    assert read_metadata_members(path, {"comicinfo.xml"}).pages == tuple(PAGES)


@pytest.mark.usefixtures("without_unar")
def test_stored_members_of_a_solid_rar4_need_no_other_program(put: Callable[[bytes], Path]) -> None:
    assert contents(put(rar4(PAGES, solid=True))) == PAGES


def test_output_of_the_program_is_compared_with_checksums(
    put: Callable[[bytes], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "bin", "head -c 9000 /dev/zero")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    with pytest.raises(DamagedArchive, match=r"p1\.png: its checksum"):
        contents(put(rar4(PAGES, packed=True, solid=True)))


def test_a_program_that_ends_too_early_leaves_a_member_cut_off(
    put: Callable[[bytes], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "bin", "exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    with pytest.raises(DamagedArchive, match=r"p1\.png: it is cut off"):
        contents(put(rar4(PAGES, packed=True, solid=True)))


def program(folder: Path, script: str) -> None:
    """Put a program called unar into the folder."""
    folder.mkdir()
    file = folder / "unar"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


def test_names_of_a_rar4_are_read_in_every_script(put: Callable[[bytes], Path]) -> None:
    pages = {"Ünïcode/漫画 01.png": b"1", "plain/02.png": b"2", "𝐀/é😀.png": b"3"}
    assert contents(put(rar4(pages))) == pages


def test_pages_have_the_fingerprint_of_a_cbz_with_the_same_pages(
    put: Callable[[bytes], Path], tmp_path: Path
) -> None:
    other = tmp_path / "comic.cbz"
    with zipfile.ZipFile(other, "w") as archive:
        for name, content in PAGES.items():
            archive.writestr(name, content)
    expected = page_fingerprint(read_metadata_members(other, ()).page_facts)
    for content in (rar4(PAGES, packed=True), rar5(PAGES)):
        found = read_metadata_members(put(content), ())
        assert page_fingerprint(found.page_facts) == expected


@pytest.mark.parametrize("packed", [False, True])
def test_the_comment_of_a_rar4_is_read(put: Callable[[bytes], Path], packed: bool) -> None:
    path = put(rar4(PAGES, comment=b'{"ComicBookInfo/1.0": {}}', comment_packed=packed))
    assert read_metadata_members(path, ()).comment == b'{"ComicBookInfo/1.0": {}}'
    assert contents(path) == PAGES


def test_a_comment_in_utf16_is_returned_as_utf8(put: Callable[[bytes], Path]) -> None:
    text = "Übung ✓"
    path = put(rar4(PAGES, comment=text.encode("utf-16-le"), comment_flags=UTF16_COMMENT))
    assert read_metadata_members(path, ()).comment == text.encode()


def test_the_comment_of_a_rar5_is_read(put: Callable[[bytes], Path]) -> None:
    assert read_metadata_members(put(rar5(PAGES, comment=b"a note\0")), ()).comment == b"a note"


def test_copies_that_are_a_bomb_together_are_refused(put: Callable[[bytes], Path]) -> None:
    page = b"\x89PNG\r\n\x1a\n" + bytes(1 << 20)
    copies = {f"{number}/p1.png": "p1.png" for number in range(400)}
    path = put(rar5({"p1.png": page}, copies=copies))
    with pytest.raises(HostileArchive, match="decompression bomb"):
        open_archive(path)


def test_a_member_that_is_only_a_reference_has_the_content_of_the_other(
    put: Callable[[bytes], Path],
) -> None:
    path = put(rar5(PAGES, copies={"p4.png": "p1.png"}))
    assert contents(path) == {**PAGES, "p4.png": PAGES["p1.png"]}
    facts = read_metadata_members(path, ()).page_facts
    assert facts[3][1:3] == facts[0][1:3]


def test_symbolic_links_are_left_out(put: Callable[[bytes], Path]) -> None:
    members = {**PAGES, "link.png": b"/etc/passwd"}
    assert contents(put(rar4(members, attributes={"link.png": 0o120777}))) == PAGES


def test_one_part_of_several_files_is_refused_with_what_to_do(put: Callable[[bytes], Path]) -> None:
    for content in (
        rar4(PAGES, flags=VOLUME),
        rar4(PAGES, file_flags=SPLIT_AFTER),
        rar5(PAGES, flags=1),
    ):
        with pytest.raises(UnsupportedArchive, match="one volume of a multi-volume"):
            open_archive(put(content))


def test_a_recovery_volume_is_not_a_comic(put: Callable[[bytes], Path]) -> None:
    with pytest.raises(NotAnArchive, match="recovery volume"):
        open_archive(put(b"Rar!\x1aRev" + bytes(100)))


def test_encrypted_archives_are_reported_as_such(put: Callable[[bytes], Path]) -> None:
    for content in (rar4(PAGES, flags=PASSWORD), rar5(PAGES, encrypted_headers=True)):
        with pytest.raises(EncryptedArchive, match="even to list it"):
            open_archive(put(content))
    for content in (rar4(PAGES, file_flags=FILE_PASSWORD), rar5(PAGES, encrypted=True)):
        path = put(content)
        for read in (contents, lambda path: read_metadata_members(path, ())):
            with pytest.raises(EncryptedArchive, match=r"p1\.png: it needs a password"):
                read(path)


@pytest.mark.parametrize("make", [rar4, rar5])
def test_a_cut_off_archive_is_damaged_wherever_it_ends(
    put: Callable[[bytes], Path], make: Callable[[dict[str, bytes]], bytes]
) -> None:
    whole = make(PAGES)
    for length in range(30, len(whole) - 8, 97):
        with pytest.raises((DamagedArchive, EmptyArchive)):
            contents(put(whole[:length]))


def test_a_damaged_page_is_named_and_the_others_are_read(put: Callable[[bytes], Path]) -> None:
    content = bytearray(rar4(PAGES))
    content[content.index(PAGES["p2.png"]) + 100] ^= 1
    with open_archive(put(bytes(content))) as archive:
        with pytest.raises(DamagedArchive, match=r"p2\.png"):
            archive.read(member(archive, "p2.png"))
        assert archive.read(member(archive, "p3.png")) == PAGES["p3.png"]


def test_a_damaged_header_is_noticed(put: Callable[[bytes], Path]) -> None:
    for make in (rar4, rar5):
        content = bytearray(make(PAGES))
        content[content.index(b"p2.png")] ^= 1
        with pytest.raises(DamagedArchive, match="header"):
            contents(put(bytes(content)))


def test_an_archive_beyond_the_limits_is_refused(put: Callable[[bytes], Path]) -> None:
    path = put(rar4(PAGES))
    for limits in (
        Limits(max_entries=2),
        Limits(max_member_bytes=2999),
        Limits(max_total_bytes=8999),
        Limits(max_directory_bytes=60),
    ):
        with pytest.raises(HostileArchive):
            open_archive(path, limits)


def test_mutated_archives_give_content_or_an_error(put: Callable[[bytes], Path]) -> None:
    source = random.Random(20)
    members = {"ComicInfo.xml": XML, **{name: page[:200] for name, page in PAGES.items()}}
    wholes = [
        rar4(members, comment=b"note", comment_packed=True),
        rar4(members, packed=True),
        rar5(members, comment=b"note", copies={"p4.png": "p1.png"}),
    ]
    survived = 0
    for number in range(600):
        content = bytearray(wholes[number % len(wholes)])
        for _ in range(source.randint(1, 4)):
            content[source.randrange(8, len(content))] = source.randrange(256)
        try:
            contents(put(bytes(content)))
            survived += 1
        except ArchiveError:
            continue
    assert survived < 600

"""A comic that is cut off is never taken for an archive that lies inside it."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import pytest

from comicmaintainer.comics.archives.edits.planning import plan_compact, plan_edit
from comicmaintainer.comics.archives.reader import open_archive, read_metadata_members
from comicmaintainer.comics.pages.verification import verify_archive
from comicmaintainer.errors import DamagedArchive
from tests.comics.archives.drawn_comics import page_names

PAGES = {f"p{number}.jpg": random.Random(number).randbytes(3000) for number in range(1, 6)}


def packed(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


INNER = packed({"bonus.jpg": b"a bonus"})
COMIC = packed({**PAGES, "extras.zip": INNER, "p6.jpg": b"the last page"})
AFTER_INNER = COMIC.index(INNER) + len(INNER)


def with_wrecked_start(content: bytes) -> bytes:
    return b"XX" + content[2:]


CUT = {
    "after the inner archive": COMIC[:AFTER_INNER],
    "in the page after it": COMIC[: AFTER_INNER + 35],
    "before the directory": COMIC[: COMIC.index(b"PK\x01\x02", AFTER_INNER)],
    "at both ends": with_wrecked_start(COMIC[:AFTER_INNER]),
}


@pytest.mark.parametrize("where", CUT)
def test_a_comic_that_is_cut_off_is_damaged_for_readers_and_writers(
    tmp_path: Path, where: str
) -> None:
    path = tmp_path / "comic.cbz"
    path.write_bytes(CUT[where])
    for look in (
        open_archive,
        plan_compact,
        lambda it: read_metadata_members(it, ()),
        lambda it: plan_edit(it, {"ComicInfo.xml": b"<ComicInfo/>"}),
    ):
        with pytest.raises(DamagedArchive, match="cut off"):
            look(path)
    assert not verify_archive(path).is_sound


def test_a_whole_comic_with_an_archive_in_it_is_sound(tmp_path: Path) -> None:
    path = tmp_path / "comic.cbz"
    path.write_bytes(packed({**PAGES, "extras.zip": INNER}))
    with open_archive(path) as archive:
        assert page_names(archive) == tuple(PAGES)
    assert read_metadata_members(path, ()).pages == tuple(PAGES)


def test_a_program_in_front_of_an_archive_is_not_an_outer_archive(tmp_path: Path) -> None:
    path = tmp_path / "comic.cbz"
    path.write_bytes(b"MZ a program that knows PK\x03\x04 by sight" + bytes(100) + packed(PAGES))
    with open_archive(path) as archive:
        assert page_names(archive) == tuple(PAGES)


def test_both_readers_read_64_bit_sizes(tmp_path: Path) -> None:
    content = bytearray(packed({"p1.jpg": b"a page", "ComicInfo.xml": b"<ComicInfo/>"}))
    at = len(content)
    for size in (12, 6):  # the last record first
        at = content.rindex(b"PK\x01\x02", 0, at)
        name_end = at + 46 + int.from_bytes(content[at + 28 : at + 30], "little")
        content[at + 20 : at + 28] = b"\xff" * 8
        content[at + 30 : at + 32] = (20).to_bytes(2, "little")
        content[name_end:name_end] = b"\x01\x00\x10\x00" + size.to_bytes(8, "little") * 2
    end = content.rindex(b"PK\x05\x06")
    length = int.from_bytes(content[end + 12 : end + 16], "little") + 40
    content[end + 12 : end + 16] = length.to_bytes(4, "little")
    path = tmp_path / "comic.cbz"
    path.write_bytes(content)
    quick = read_metadata_members(path, {"comicinfo.xml"})
    with open_archive(path) as archive:
        (page, tags) = archive.entries
        assert quick.page_facts == ((page.name, page.size_bytes, page.crc, page.place),)
        assert quick.members == {tags.name: archive.read(tags)}

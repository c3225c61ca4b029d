"""Archives that mean harm are refused by name, quickly and within bounds."""

from __future__ import annotations

import io
import json
import lzma
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest

from comicmaintainer.comics.archives import libarchive_reader
from comicmaintainer.comics.archives.edits.planning import plan_edit
from comicmaintainer.comics.archives.model import Limits
from comicmaintainer.comics.archives.reader import open_archive, read_metadata_members
from comicmaintainer.comics.archives.zip.zip_directory import RECORD
from comicmaintainer.errors import DamagedArchive, HostileArchive
from comicmaintainer.settings import TagWrite
from tests.comics.archives.drawn_comics import NEW_XML, ComicMaker
from tests.kit.processor_limit import processor_limit

FUZZ = Path(__file__).with_name("fuzz.py")
FUZZ_COUNT = 250
MAX_PEAK_BYTES = 256 << 20


def read_everything(path: Path, limits: Limits) -> None:
    with open_archive(path, limits) as archive:
        for _, chunks in archive.walk():
            for _ in chunks:
                pass


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA], ids=str
)
def test_decompression_bomb_is_refused_before_it_is_read(tmp_path: Path, method: int) -> None:
    path = tmp_path / "bomb.cbz"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("1.jpg", bytes(8 << 20))
    limits = Limits(ratio_from_bytes=1 << 20)
    with pytest.raises(HostileArchive, match="bomb"):
        open_archive(path, limits)


def test_bomb_in_a_format_without_directory_is_stopped_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "bomb.cbt"
    (tmp_path / "zeros").write_bytes(bytes(8 << 20))
    with tarfile.open(path, "w:gz") as archive:
        archive.add(tmp_path / "zeros", "1.jpg")
    with pytest.raises(HostileArchive, match="bomb"):
        read_everything(path, Limits(ratio_from_bytes=1 << 20))


def test_member_that_lies_about_its_size_is_cut_off_as_damaged(make_comic: ComicMaker) -> None:
    path = make_comic(pages=1, xml=None)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1.jpg", bytes(3 << 20))
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = (1_000).to_bytes(4, "little")
    path.write_bytes(content)
    with open_archive(path) as archive, pytest.raises(DamagedArchive):
        archive.read(archive.pages[0])


def test_overlapping_members_are_refused_by_readers_and_writers(tmp_path: Path) -> None:
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("2.jpg", b"a page")
    whole = inner.getvalue()
    quoted, record = whole[: whole.index(b"PK\x01\x02")], whole[whole.index(b"PK\x01\x02") :]
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("1.jpg", quoted)  # its data are the whole of the other member
    content = outer.getvalue()
    end = content.index(b"PK\x05\x06")
    second = bytearray(record[: record.index(b"PK\x05\x06")])
    second[42:46] = content.index(quoted).to_bytes(4, "little")
    fields = bytearray(content[end:])
    fields[8:12] = (2).to_bytes(2, "little") * 2
    fields[12:16] = (int.from_bytes(fields[12:16], "little") + len(second)).to_bytes(4, "little")
    path = tmp_path / "comic.cbz"
    path.write_bytes(content[:end] + bytes(second) + bytes(fields))
    with pytest.raises(HostileArchive, match="overlaps"):
        open_archive(path)
    with pytest.raises(HostileArchive):
        plan_edit(path, {"ComicInfo.xml": NEW_XML})


def test_members_that_share_one_place_are_damage_with_repair_advice(make_comic: ComicMaker) -> None:
    path = make_comic(pages=2)
    content = bytearray(path.read_bytes())
    second = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02") + 1)
    content[second + 42 : second + 46] = bytes(4)  # both at offset 0
    path.write_bytes(content)
    for refused in (lambda: open_archive(path), lambda: plan_edit(path, {"a.xml": NEW_XML})):
        with pytest.raises(DamagedArchive, match=r"page-001\.jpg and page-002\.jpg.*heal"):
            refused()


def test_more_entries_than_the_limit_are_refused(make_comic: ComicMaker) -> None:
    path = make_comic(pages=50, page_bytes=1)
    limits = Limits(max_entries=20)
    with pytest.raises(HostileArchive):
        open_archive(path, limits)
    with pytest.raises(HostileArchive):
        read_metadata_members(path, set(), limits)


def test_tar_with_more_entries_than_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "many.cbt"
    with tarfile.open(path, "w") as archive:
        for number in range(50):
            archive.addfile(tarfile.TarInfo(f"{number}.jpg"))
    with pytest.raises(HostileArchive):
        open_archive(path, Limits(max_entries=20))


def test_huge_metadata_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "comic.cbz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ComicInfo.xml", bytes(9 << 20))
    with pytest.raises(HostileArchive, match=r"ComicInfo\.xml"):
        read_metadata_members(path, {"comicinfo.xml"})


def test_directory_that_claims_more_records_than_it_has_is_damaged(make_comic: ComicMaker) -> None:
    path = make_comic(pages=2)
    content = bytearray(path.read_bytes())
    end = content.rindex(b"PK\x05\x06")
    content[end + 8 : end + 12] = (60_000).to_bytes(2, "little") * 2
    path.write_bytes(content)
    with pytest.raises(DamagedArchive):
        open_archive(path)


def test_member_outside_the_file_is_damage(make_comic: ComicMaker) -> None:
    path = make_comic(pages=1, xml=None)
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\x01\x02") + RECORD.size - 4
    content[at : at + 4] = (1 << 31).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(DamagedArchive):
        open_archive(path)


@pytest.mark.slow
def test_mutated_archives_give_clear_errors_within_bounded_memory() -> None:
    command = [sys.executable, str(FUZZ), "--count", str(FUZZ_COUNT), "--seconds", "120"]
    paths = [str(Path(one).resolve()) for one in sys.path if one]
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(paths), "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["archives"] == FUZZ_COUNT
    assert report["peak_bytes"] < MAX_PEAK_BYTES
    assert report["outcomes"]["edited by append"] > 0


def test_member_whose_local_header_reaches_into_the_next_is_not_edited(
    make_comic: ComicMaker, tmp_path: Path
) -> None:
    path = make_comic(pages=2)
    content = bytearray(path.read_bytes())
    content[28:30] = (40).to_bytes(2, "little")  # length of the first member's local extra field
    path.write_bytes(content)
    with pytest.raises(DamagedArchive, match="overlaps"):
        plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=TagWrite.REPLACE)


def linked_tar(path: Path, links: int, *, before_bytes: int, content: bytes) -> Path:
    """A compressed tar in which so many names lead to one member, behind so many zeros."""
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for name, data in (("0.jpg", bytes(before_bytes)), ("a.xml", content)):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        for number in range(links):
            member = tarfile.TarInfo(f"{number}/ComicInfo.xml")
            member.type = tarfile.LNKTYPE
            member.linkname = "a.xml"
            archive.addfile(member)
    return path


def test_thousands_of_hard_links_are_read_in_a_few_passes(tmp_path: Path) -> None:
    path = linked_tar(tmp_path / "links.cbt", 5_000, before_bytes=24 << 20, content=NEW_XML)
    with processor_limit(30), open_archive(path) as archive:
        found = [b"".join(chunks) for entry, chunks in archive.walk() if entry.name != "0.jpg"]
    assert found == [NEW_XML] * 5_001


def test_links_to_what_is_too_large_to_keep_are_read_up_to_a_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libarchive_reader, "KEPT_LINKED_BYTES", 10)
    monkeypatch.setattr(libarchive_reader, "MAX_LINK_PASSES", 3)
    few = linked_tar(tmp_path / "few.cbt", 3, before_bytes=10, content=NEW_XML)
    with open_archive(few) as archive:
        assert [b"".join(chunks) for _, chunks in archive.walk()][1:] == [NEW_XML] * 4
    many = linked_tar(tmp_path / "many.cbt", 4, before_bytes=10, content=NEW_XML)
    with pytest.raises(HostileArchive, match="too many links"):
        read_everything(many, Limits())


def foreign_zip(path: Path, count: int, content: bytes) -> Path:
    """A ZIP of so many members that are packed as xz, which Python's own module can't write."""
    packed = lzma.compress(content)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            archive.writestr(f"{number:05}.jpg", packed)
    raw = bytearray(path.read_bytes())
    facts = struct.pack("<III", zlib.crc32(content), len(packed), len(content))
    for signature, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        place = raw.find(signature)
        while place >= 0:
            raw[place + at : place + at + 2] = (95).to_bytes(2, "little")
            raw[place + at + 6 : place + at + 18] = facts
            place = raw.find(signature, place + 46)
    path.write_bytes(raw)
    return path


def test_members_in_a_foreign_compression_are_read_each_on_its_own(tmp_path: Path) -> None:
    content = b"\xff\xd8\xff" + bytes(range(256)) * 20
    path = foreign_zip(tmp_path / "xz.cbz", 4_000, content)
    with processor_limit(30), open_archive(path) as archive:
        assert archive.read(archive.pages[2_000]) == content
        found = sum(b"".join(chunks) == content for _, chunks in archive.walk())
    assert found == 4_000


def test_damage_of_a_member_in_a_foreign_compression_is_reported(tmp_path: Path) -> None:
    path = foreign_zip(tmp_path / "xz.cbz", 2, bytes(5_000))
    raw = bytearray(path.read_bytes())
    raw[60] ^= 0xFF
    path.write_bytes(raw)
    with open_archive(path) as archive:
        with pytest.raises(DamagedArchive, match=r"00000\.jpg"):
            archive.read(archive.pages[0])
        assert archive.read(archive.pages[1]) == bytes(5_000)


def test_many_members_that_are_a_bomb_together_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.cbz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for number in range(50):
            archive.writestr(f"{number}.jpg", bytes(100_000))
    limits = Limits(ratio_from_bytes=1 << 20)
    with pytest.raises(HostileArchive, match="together"):
        open_archive(path, limits)
    assert len(open_archive(path).pages) == 50


@pytest.mark.parametrize("offset", [(1 << 64) - 1, (1 << 63) - 5])
def test_an_impossible_zip64_offset_is_damage(tmp_path: Path, offset: int) -> None:
    path = tmp_path / "far.cbz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.jpg", b"page")
        archive.writestr("ComicInfo.xml", NEW_XML)
    raw = path.read_bytes()
    start = raw.rindex(b"PK\x01\x02")
    end = raw.rindex(b"PK\x05\x06")
    record = bytearray(raw[start:end])
    record[30:32] = (12).to_bytes(2, "little")  # length of the extra field
    record[42:46] = b"\xff" * 4
    record += struct.pack("<HHQ", 1, 8, offset)
    tail = bytearray(raw[end:])
    length = int.from_bytes(tail[12:16], "little") + 12
    tail[12:16] = length.to_bytes(4, "little")
    path.write_bytes(raw[:start] + record + tail)
    with pytest.raises(DamagedArchive):
        open_archive(path)
    with pytest.raises(DamagedArchive, match=r"ComicInfo\.xml"):
        read_metadata_members(path, {"ComicInfo.xml"})

"""What can be saved of a CBZ without a directory that can be trusted."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from comicmaintainer.comics.archives.edits.editing import (
    apply_edit,
    finish_interrupted_edit,
    undo_edit,
)
from comicmaintainer.comics.archives.edits.planning import plan_rebuild
from comicmaintainer.comics.archives.model import Limits
from comicmaintainer.comics.archives.zip.salvage import SalvagedZip, open_salvaged
from comicmaintainer.comics.archives.zip.zip_directory import RECORD_SIGNATURE
from comicmaintainer.errors import ComicMaintainerError, DamagedArchive, HostileArchive
from comicmaintainer.filesystem.shared_steps import run_alone

PAGES = {f"p{number}.jpg": random.Random(number).randbytes(3000) for number in range(1, 6)}
XML = b"<ComicInfo><Series>Storm</Series></ComicInfo>" * 20


class Unseekable(io.BytesIO):
    """What zipfile writes to it has sizes only behind the data."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: object) -> int:
        raise io.UnsupportedOperation

    def tell(self) -> int:
        raise io.UnsupportedOperation


def packed(compression: int = zipfile.ZIP_STORED, *, streamed: bool = False) -> bytes:
    stream = Unseekable() if streamed else io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in PAGES.items():
            archive.writestr(name, content)
        archive.writestr("ComicInfo.xml", XML, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def without_directory(content: bytes) -> bytes:
    return content[: content.index(RECORD_SIGNATURE)]


def put(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "comic.cbz"
    path.write_bytes(content)
    return path


def free() -> None:
    """Nobody objects."""


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("streamed", [False, True])
def test_all_members_are_salvaged_if_only_the_directory_is_missing(
    tmp_path: Path, compression: int, streamed: bool
) -> None:
    whole = packed(compression, streamed=streamed)
    path = put(tmp_path, without_directory(whole))
    with open_salvaged(path, Limits()) as saved:
        assert [record.name for record in saved.records] == [*PAGES, "ComicInfo.xml"]
        assert (saved.lost, saved.is_complete) == ((), False)
        edit = plan_rebuild(path, saved, ())
    run_alone(apply_edit(edit, guard=free, keep=(tmp_path / "keep",)))
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        found = {name: archive.read(name) for name in archive.namelist()}
    assert found == {**PAGES, "ComicInfo.xml": XML}


def test_a_rebuild_is_undone_to_the_byte(tmp_path: Path) -> None:
    damaged = b"junk" * 100 + without_directory(packed())[:-50]
    path = put(tmp_path, damaged)
    with open_salvaged(path, Limits()) as saved:
        edit = plan_rebuild(path, saved, [("p6.jpg", b"from a copy")])
    receipt = run_alone(apply_edit(edit, guard=free, keep=(tmp_path / "keep",)))
    with zipfile.ZipFile(path) as archive:
        assert archive.read("p6.jpg") == b"from a copy"
    run_alone(undo_edit(receipt, guard=free))
    assert path.read_bytes() == damaged


def test_a_rebuild_that_a_crash_cut_short_is_finished(tmp_path: Path) -> None:
    path = put(tmp_path, without_directory(packed()))
    with open_salvaged(path, Limits()) as saved:
        edit = plan_rebuild(path, saved, ())
    assert finish_interrupted_edit(edit, keep=(tmp_path / "keep",)) is None
    done = run_alone(apply_edit(edit, guard=free, keep=(tmp_path / "keep",)))
    assert finish_interrupted_edit(edit, keep=(tmp_path / "keep",)) == done


def test_a_cut_off_archive_keeps_what_came_before_and_names_what_is_cut(tmp_path: Path) -> None:
    content = packed()
    path = put(tmp_path, content[: content.index(PAGES["p4.jpg"]) + 100])
    with open_salvaged(path, Limits()) as saved:
        assert [record.name for record in saved.records] == ["p1.jpg", "p2.jpg", "p3.jpg"]
        assert saved.lost == ("p4.jpg",)


def test_damage_in_one_member_costs_only_that_one(tmp_path: Path) -> None:
    content = bytearray(without_directory(packed()))
    content[content.index(PAGES["p2.jpg"]) + 10] ^= 1
    content[content.index(b"p4.jpg") - 30] ^= 1  # the signature of its header
    with open_salvaged(put(tmp_path, bytes(content)), Limits()) as saved:
        names = [record.name for record in saved.records]
        assert names == ["p1.jpg", "p3.jpg", "p5.jpg", "ComicInfo.xml"]
        assert saved.lost == ("p2.jpg",)


def test_a_directory_that_is_whole_names_all_that_is_lost(tmp_path: Path) -> None:
    content = bytearray(packed())
    content[content.index(b"p4.jpg") - 30] ^= 1
    content[-6] ^= 0x40  # where the end record says that the directory is
    with open_salvaged(put(tmp_path, bytes(content)), Limits()) as saved:
        assert (saved.lost, saved.is_complete) == (("p4.jpg",), True)


def test_members_missing_from_a_whole_directory_are_reported_and_kept(tmp_path: Path) -> None:
    content = packed()
    record = content.index(RECORD_SIGNATURE)
    end = bytearray(content[content.index(b"PK\x05\x06") :])
    end[8:12] = (5).to_bytes(2, "little") * 2
    second = content.index(RECORD_SIGNATURE, record + 1)
    path = put(tmp_path, content[:record] + content[second : -len(end)] + bytes(end))
    with open_salvaged(path, Limits()) as saved:
        assert saved.is_complete
        assert "p1.jpg" in [each.name for each in saved.records]
        assert [saved.records[place].name for place in saved.foreign] == ["p1.jpg"]
        assert saved.lost == ()


def test_the_last_of_several_members_of_one_name_counts(tmp_path: Path) -> None:
    first, second = without_directory(packed()), io.BytesIO()
    with zipfile.ZipFile(second, "w") as archive:
        archive.writestr("ComicInfo.xml", b"<new/>")
    path = put(tmp_path, first + without_directory(second.getvalue()))
    with open_salvaged(path, Limits()) as saved:
        found = [record for record in saved.records if record.name == "ComicInfo.xml"]
        assert [record.size_bytes for record in found] == [6]


def test_members_of_a_cut_off_inner_archive_are_foreign(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("p1.jpg", PAGES["p1.jpg"])
        archive.writestr("other.zip", packed())
    content = stream.getvalue()
    path = put(tmp_path, content[: content.index(PAGES["p5.jpg"])])
    with open_salvaged(path, Limits()) as saved:
        assert [record.name for record in saved.records] == ["p1.jpg"]
        assert saved.lost == ("other.zip",)


def with_inner(inner: bytes, *, zip64: bool = False) -> bytes:
    """Three pages, a stored archive, two pages."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in PAGES.items():
            if name == "p4.jpg":
                with archive.open("extras.zip", "w", force_zip64=zip64) as member:
                    member.write(inner)
            archive.writestr(name, content)
    return stream.getvalue()


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.jpg", content)
    return stream.getvalue()


def names_in(saved: SalvagedZip) -> list[str]:
    return [record.name for record in saved.records]


@pytest.mark.parametrize("zip64", [False, True])
def test_an_archive_in_the_archive_is_one_member(tmp_path: Path, *, zip64: bool) -> None:
    whole = with_inner(zipped(bonus=b"a bonus"), zip64=zip64)
    directory = whole.rindex(PAGES["p5.jpg"]) + len(PAGES["p5.jpg"])
    with open_salvaged(put(tmp_path, whole[:directory]), Limits()) as saved:
        assert names_in(saved) == ["p1.jpg", "p2.jpg", "p3.jpg", "extras.zip", "p4.jpg", "p5.jpg"]
        assert (saved.lost, saved.is_complete) == ((), False)


@pytest.mark.parametrize("ends", ["after the inner archive", "after the last page"])
def test_the_directory_of_an_inner_archive_is_not_that_of_the_comic(
    tmp_path: Path, ends: str
) -> None:
    inner = zipped(p1=b"another page 1", bonus=b"a bonus")
    content = bytearray(with_inner(inner))
    content[content.index(b"extras.zip") - 30] = 0  # its header's signature
    last = inner if ends == "after the inner archive" else PAGES["p5.jpg"]
    end = content.rindex(last) + len(last)
    with open_salvaged(put(tmp_path, bytes(content[:end])), Limits()) as saved:
        pages = {record.name: record.crc for record in saved.records}
        assert [saved.records[place].name for place in saved.foreign] == ["bonus.jpg"]
        assert not saved.is_complete
    wanted = ["p1.jpg", "p2.jpg", "p3.jpg"]
    wanted += ["p4.jpg", "p5.jpg"] if ends == "after the last page" else []
    assert {name: pages[name] for name in wanted} == {
        name: zlib.crc32(PAGES[name]) for name in wanted
    }


def test_a_page_of_an_inner_archive_does_not_replace_a_damaged_one(tmp_path: Path) -> None:
    content = bytearray(with_inner(zipped(p2=b"another page 2")))
    content[content.index(b"extras.zip") - 30] = 0
    content[content.index(PAGES["p2.jpg"])] ^= 1
    path = put(tmp_path, bytes(content[: content.rindex(PAGES["p5.jpg"]) + 3000]))
    with open_salvaged(path, Limits()) as saved:
        assert names_in(saved) == ["p1.jpg", "p3.jpg", "p4.jpg", "p5.jpg"]
        assert saved.lost == ("p2.jpg",)


def test_a_wrong_size_of_an_inner_archive_hides_no_page_after_it(tmp_path: Path) -> None:
    content = bytearray(with_inner(zipped(bonus=b"a bonus")))
    header = content.index(b"extras.zip") - 30
    content[header + 18 : header + 26] = (1 << 30).to_bytes(4, "little") * 2
    path = put(tmp_path, bytes(content[: content.rindex(PAGES["p5.jpg"]) + 3000]))
    with open_salvaged(path, Limits()) as saved:
        assert set(PAGES) <= set(names_in(saved))
        assert saved.lost == ("extras.zip",)


def test_a_directory_that_members_follow_is_not_whole(tmp_path: Path) -> None:
    appended = packed() + bytes(100) + without_directory(zipped(p6=b"page 6"))
    with open_salvaged(put(tmp_path, appended), Limits()) as saved:
        assert names_in(saved) == [*PAGES, "ComicInfo.xml", "p6.jpg"]
        assert not saved.is_complete


def test_headers_made_to_be_searched_for_again_and_again_are_bounded(tmp_path: Path) -> None:
    def headers(method: int, flags: int, size: int) -> bytes:
        fields = struct.pack("<HHHHHIIIHH", 20, flags, method, 0, 0, 1, size, size, 5, 0)
        return b"".join(b"PK\x03\x04" + fields + b"a%04d" % number for number in range(3000))

    read = 0
    for method, flags, size in ((0, 8, 0), (8, 8, 0), (0, 0, 1 << 20)):
        path = put(tmp_path, headers(method, flags, size) + b"\xff" * (2 << 20))
        asked: list[None] = []
        with pytest.raises((DamagedArchive, HostileArchive)):
            open_salvaged(path, Limits(), guard=lambda asked=asked: asked.append(None))  # type: ignore[misc]
        read += len(asked)
    assert read < 10_000  # each is one block or member that was looked at


def test_going_through_a_file_can_be_stopped(tmp_path: Path) -> None:
    class Stopped(Exception):
        pass

    def stop() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        open_salvaged(put(tmp_path, without_directory(packed())), Limits(), guard=stop)


def test_nothing_to_salvage_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DamagedArchive, match="nothing in it can be recovered"):
        open_salvaged(put(tmp_path, b"PK\x03\x04" + bytes(40)), Limits())


def test_an_archive_beyond_the_limits_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path, without_directory(packed()))
    for limits in (
        Limits(max_entries=3),
        Limits(max_member_bytes=2999),
        Limits(max_total_bytes=8000),
    ):
        with pytest.raises(HostileArchive):
            SalvagedZip(path, limits)


def test_mutated_archives_end_and_saved_members_are_sound(tmp_path: Path) -> None:
    source = random.Random(30)
    wholes = [packed(), packed(zipfile.ZIP_DEFLATED, streamed=True)]
    rebuilt = 0
    for number in range(150):
        content = bytearray(wholes[number % 2])
        for _ in range(source.randint(1, 30)):
            content[source.randrange(len(content))] = source.randrange(256)
        path = put(tmp_path, bytes(content[: source.randrange(100, len(content))]))
        try:
            with open_salvaged(path, Limits()) as saved:
                edit = plan_rebuild(path, saved, ())
            run_alone(apply_edit(edit, guard=free, keep=(tmp_path / "keep",)))
        except ComicMaintainerError:
            continue
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
        rebuilt += 1
    assert rebuilt > 50

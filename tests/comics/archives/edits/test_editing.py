"""Changes to a CBZ: made whole or not at all, and taken back to the last byte."""

from __future__ import annotations

import errno
import json
import os
import zipfile
from pathlib import Path

import pytest

from comicmaintainer.comics.archives.edits.edit import Edit, Receipt
from comicmaintainer.comics.archives.edits.editing import (
    apply_edit,
    finish_interrupted_edit,
    undo_edit,
)
from comicmaintainer.comics.archives.edits.planning import dead_bytes, plan_compact, plan_edit
from comicmaintainer.comics.archives.edits.strategy import Strategy
from comicmaintainer.comics.archives.reader import open_archive, read_metadata_members
from comicmaintainer.errors import (
    DiskFull,
    FileBusy,
    FileChanged,
    LeaseLost,
    UndoRefused,
    UnsupportedArchive,
)
from comicmaintainer.filesystem.shared_steps import run_alone
from comicmaintainer.settings import HardLinks, TagWrite
from tests.comics.archives.drawn_comics import (
    NEW_XML,
    OLD_XML,
    ComicMaker,
    no_guard,
    pages_of,
    sha256,
)

BOTH = pytest.mark.parametrize("policy", [TagWrite.APPEND, TagWrite.REPLACE])


def tags_of(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.read("ComicInfo.xml")


@BOTH
@pytest.mark.parametrize("layout", ["none", "first", "last"])
def test_edit_writes_tags_and_undo_restores_every_byte(
    make_comic: ComicMaker, tmp_path: Path, policy: TagWrite, layout: str
) -> None:
    path = make_comic(xml=None if layout == "none" else OLD_XML, xml_first=layout == "first")
    before, pages = sha256(path), pages_of(path)

    edit = plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=policy)
    assert sha256(path) == before
    receipt = run_alone(apply_edit(edit, guard=no_guard, keep=(tmp_path / "keep",)))

    assert edit.strategy.value == policy.value
    assert tags_of(path) == NEW_XML
    assert pages_of(path) == pages
    run_alone(undo_edit(receipt, guard=no_guard))
    assert sha256(path) == before


@BOTH
def test_edit_and_receipt_survive_json(
    make_comic: ComicMaker, tmp_path: Path, policy: TagWrite
) -> None:
    path = make_comic()
    before = sha256(path)
    edit = plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=policy)

    edit = Edit.from_json(json.loads(json.dumps(edit.to_json())))
    receipt = run_alone(apply_edit(edit, guard=no_guard, keep=(tmp_path / "keep",)))
    receipt = Receipt.from_json(json.loads(json.dumps(receipt.to_json())))

    run_alone(undo_edit(receipt, guard=no_guard))
    assert sha256(path) == before


def test_edit_that_changes_nothing_writes_nothing(make_comic: ComicMaker, tmp_path: Path) -> None:
    path = make_comic()
    status = path.stat()

    edit = plan_edit(path, {"ComicInfo.xml": OLD_XML, "absent.xml": None})
    receipt = run_alone(apply_edit(edit, guard=no_guard, keep=(tmp_path / "keep",)))
    run_alone(undo_edit(receipt, guard=no_guard))

    assert edit.strategy is Strategy.NOTHING
    assert not edit.is_change
    assert path.stat().st_mtime_ns == status.st_mtime_ns
    assert not (tmp_path / "keep").exists()


@BOTH
def test_edit_removes_a_member(make_comic: ComicMaker, tmp_path: Path, policy: TagWrite) -> None:
    path = make_comic()
    edit = plan_edit(path, {"ComicInfo.xml": None}, policy=policy)
    run_alone(apply_edit(edit, guard=no_guard, keep=(tmp_path / "keep",)))
    with zipfile.ZipFile(path) as archive:
        assert "ComicInfo.xml" not in archive.namelist()


def test_removing_a_page_frees_its_bytes_and_undo_restores_it(
    make_comic: ComicMaker, tmp_path: Path
) -> None:
    path = make_comic()
    before, size = sha256(path), path.stat().st_size
    edit = plan_edit(path, {"page-003.jpg": None}, policy=TagWrite.APPEND)
    receipt = run_alone(apply_edit(edit, guard=no_guard, keep=(tmp_path / "keep",)))

    assert edit.strategy is Strategy.REPLACE
    assert "page-003.jpg" not in pages_of(path)
    assert path.stat().st_size < size - 5_000
    run_alone(undo_edit(receipt, guard=no_guard))
    assert sha256(path) == before


def test_many_appends_are_undone_newest_first(make_comic: ComicMaker, tmp_path: Path) -> None:
    path = make_comic()
    hashes, receipts = [], []
    for number in range(12):
        hashes.append(sha256(path))
        edit = plan_edit(path, {"ComicInfo.xml": b"<a>%d</a>" % number}, policy=TagWrite.APPEND)
        receipts.append(run_alone(apply_edit(edit, guard=no_guard, keep=(tmp_path / "keep",))))
        assert edit.strategy is Strategy.APPEND
    with pytest.raises(UndoRefused):
        run_alone(undo_edit(receipts[3], guard=no_guard))
    for expected, receipt in zip(reversed(hashes), reversed(receipts), strict=True):
        run_alone(undo_edit(receipt, guard=no_guard))
        assert sha256(path) == expected


def test_compact_drops_dead_bytes_and_its_undo_keeps_older_undos_working(
    make_comic: ComicMaker, tmp_path: Path
) -> None:
    path = make_comic()
    original, pages = sha256(path), pages_of(path)
    edit = plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=TagWrite.APPEND)
    tagged = run_alone(apply_edit(edit, guard=no_guard, keep=(tmp_path / "keep",)))
    with_dead_bytes = sha256(path)
    assert dead_bytes(path) > 0

    compacted = run_alone(apply_edit(plan_compact(path), guard=no_guard, keep=(tmp_path / "keep",)))
    assert dead_bytes(path) == 0
    assert plan_compact(path).strategy is Strategy.NOTHING
    assert pages_of(path) == pages
    assert tags_of(path) == NEW_XML

    run_alone(undo_edit(compacted, guard=no_guard))
    assert sha256(path) == with_dead_bytes
    run_alone(undo_edit(tagged, guard=no_guard))
    assert sha256(path) == original


@BOTH
def test_undo_twice_is_as_good_as_once(
    make_comic: ComicMaker, tmp_path: Path, policy: TagWrite
) -> None:
    path = make_comic()
    before = sha256(path)
    edit = plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=policy)
    receipt = run_alone(apply_edit(edit, guard=no_guard, keep=(tmp_path / "keep",)))
    run_alone(undo_edit(receipt, guard=no_guard))
    run_alone(undo_edit(receipt, guard=no_guard))
    assert sha256(path) == before


@BOTH
def test_undo_refuses_a_file_changed_by_another_program(
    make_comic: ComicMaker, tmp_path: Path, policy: TagWrite
) -> None:
    path = make_comic()
    edit = plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=policy)
    receipt = run_alone(apply_edit(edit, guard=no_guard, keep=(tmp_path / "keep",)))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("extra.txt", b"mine")
    theirs = sha256(path)
    with pytest.raises(UndoRefused):
        run_alone(undo_edit(receipt, guard=no_guard))
    assert sha256(path) == theirs


def test_a_disk_that_fails_while_bytes_are_kept_leaves_the_file_as_it_was(
    make_comic: ComicMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    path, keep = make_comic(), tmp_path / "keep"
    before = sha256(path)
    edit = plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=TagWrite.REPLACE)
    monkeypatch.setattr(os, "utime", full)
    with pytest.raises(DiskFull):
        run_alone(apply_edit(edit, guard=no_guard, keep=(keep,)))
    assert sha256(path) == before
    assert list(keep.iterdir()) == []


def test_undo_of_replace_refuses_when_its_kept_bytes_are_gone(
    make_comic: ComicMaker, tmp_path: Path
) -> None:
    path = make_comic()
    edit = plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=TagWrite.REPLACE)
    receipt = run_alone(apply_edit(edit, guard=no_guard, keep=(tmp_path / "keep",)))
    assert receipt.kept is not None
    receipt.kept.path.unlink()
    with pytest.raises(UndoRefused):
        run_alone(undo_edit(receipt, guard=no_guard))
    assert tags_of(path) == NEW_XML


@BOTH
def test_undo_leaves_a_new_file_with_the_name_alone(
    make_comic: ComicMaker, tmp_path: Path, policy: TagWrite
) -> None:
    path, other = make_comic(), make_comic("other.cbz")
    edit = plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=policy)
    receipt = run_alone(apply_edit(edit, guard=no_guard, keep=(tmp_path / "keep",)))
    tagged, foreign = sha256(path), sha256(other)
    aside = path.with_name("aside.cbz")

    def others_rename_while_we_undo() -> None:
        path.rename(aside)
        other.rename(path)

    with pytest.raises(FileChanged):
        run_alone(undo_edit(receipt, guard=others_rename_while_we_undo))
    assert (sha256(path), sha256(aside)) == (foreign, tagged)


def test_link_made_while_an_append_is_undone_keeps_its_bytes(
    make_comic: ComicMaker, tmp_path: Path
) -> None:
    path = make_comic()
    edit = plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=TagWrite.APPEND)
    receipt = run_alone(apply_edit(edit, guard=no_guard, keep=(tmp_path / "keep",)))
    tagged = sha256(path)
    link = path.with_name("seeded.cbz")

    with pytest.raises(FileChanged):
        run_alone(undo_edit(receipt, guard=lambda: os.link(path, link)))
    assert sha256(link) == tagged


@BOTH
def test_guard_that_raises_leaves_the_old_bytes(
    make_comic: ComicMaker, tmp_path: Path, policy: TagWrite
) -> None:
    path = make_comic()
    before = sha256(path)

    def lost() -> None:
        raise LeaseLost("another worker has it")

    edit = plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=policy)
    with pytest.raises(LeaseLost):
        run_alone(apply_edit(edit, guard=lost, keep=(tmp_path / "keep",)))
    assert sha256(path) == before
    assert finish_interrupted_edit(edit, keep=(tmp_path / "keep",)) is None
    assert {file for file in tmp_path.rglob("*") if file.is_file()} == {path}


@BOTH
def test_apply_refuses_a_file_changed_since_the_plan(
    make_comic: ComicMaker, tmp_path: Path, policy: TagWrite
) -> None:
    path = make_comic()
    edit = plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=policy)
    os.utime(path, ns=(1, 1))
    with pytest.raises(FileChanged):
        run_alone(apply_edit(edit, guard=no_guard, keep=(tmp_path / "keep",)))


@BOTH
def test_second_writer_of_one_archive_gets_an_error_and_changes_nothing(
    make_comic: ComicMaker, tmp_path: Path, policy: TagWrite
) -> None:
    path = make_comic()
    first = plan_edit(path, {"ComicInfo.xml": b"<first/>"}, policy=policy)
    second = plan_edit(path, {"ComicInfo.xml": b"<second/>"}, policy=policy)
    keep = (tmp_path / "keep",)

    def meanwhile() -> None:
        with pytest.raises(FileBusy):
            run_alone(apply_edit(second, guard=no_guard, keep=keep))

    run_alone(apply_edit(first, guard=meanwhile, keep=keep))
    with pytest.raises(FileChanged):
        run_alone(apply_edit(second, guard=no_guard, keep=keep))
    assert tags_of(path) == b"<first/>"


@pytest.mark.usefixtures("nfs_locks")
def test_a_replaced_archive_is_locked_over_nfs(make_comic: ComicMaker, tmp_path: Path) -> None:
    test_second_writer_of_one_archive_gets_an_error_and_changes_nothing(
        make_comic, tmp_path, TagWrite.REPLACE
    )


@pytest.mark.usefixtures("nfs_locks")
def test_an_archive_that_can_not_be_written_is_replaced_without_a_lock_over_nfs(
    make_comic: ComicMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_comic()
    edit = plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=TagWrite.REPLACE)
    opened = os.open

    def refused(file: Path, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if file == path and flags & os.O_ACCMODE != os.O_RDONLY:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return opened(file, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", refused)
    run_alone(apply_edit(edit, guard=no_guard, keep=(tmp_path / "keep",)))
    assert tags_of(path) == NEW_XML


@BOTH
def test_finishing_returns_whether_the_edit_was_made(
    make_comic: ComicMaker, tmp_path: Path, policy: TagWrite
) -> None:
    path, keep = make_comic(), (tmp_path / "keep",)
    before = sha256(path)
    edit = plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=policy)
    assert finish_interrupted_edit(edit, keep=keep) is None
    run_alone(apply_edit(edit, guard=no_guard, keep=keep))
    receipt = finish_interrupted_edit(edit, keep=keep)
    assert receipt is not None
    run_alone(undo_edit(receipt, guard=no_guard))
    assert sha256(path) == before


def test_finishing_refuses_a_file_changed_by_another_program(
    make_comic: ComicMaker, tmp_path: Path
) -> None:
    path = make_comic()
    edit = plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=TagWrite.APPEND)
    with path.open("ab") as stream:
        stream.write(b"somebody's data")
    theirs = sha256(path)
    with pytest.raises(FileChanged):
        finish_interrupted_edit(edit, keep=(tmp_path / "keep",))
    assert sha256(path) == theirs


def test_hard_linked_file_gets_a_separate_copy(make_comic: ComicMaker, tmp_path: Path) -> None:
    path, other = make_comic(), tmp_path / "seeded.cbz"
    other.hardlink_to(path)
    before = sha256(other)
    edit = plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=TagWrite.APPEND)
    run_alone(apply_edit(edit, guard=no_guard, keep=(tmp_path / "keep",)))
    assert tags_of(path) == NEW_XML
    assert sha256(other) == before


def test_hard_linked_file_is_left_alone_by_policy_skip(
    make_comic: ComicMaker, tmp_path: Path
) -> None:
    path = make_comic()
    (tmp_path / "seeded.cbz").hardlink_to(path)
    with pytest.raises(UnsupportedArchive):
        plan_edit(path, {"ComicInfo.xml": NEW_XML}, hard_links=HardLinks.SKIP)


def test_link_made_after_an_append_keeps_its_bytes_when_the_append_is_undone(
    make_comic: ComicMaker, tmp_path: Path
) -> None:
    path, other = make_comic(), tmp_path / "linked.cbz"
    before = sha256(path)
    edit = plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=TagWrite.APPEND)
    receipt = run_alone(apply_edit(edit, guard=no_guard, keep=(tmp_path / "keep",)))
    other.hardlink_to(path)
    tagged = sha256(other)
    run_alone(undo_edit(receipt, guard=no_guard))
    assert sha256(path) == before
    assert sha256(other) == tagged


def test_link_made_during_an_append_stops_it(make_comic: ComicMaker, tmp_path: Path) -> None:
    path, other = make_comic(), tmp_path / "linked.cbz"
    before = sha256(path)
    edit = plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=TagWrite.APPEND)
    with pytest.raises(FileChanged):
        run_alone(
            apply_edit(edit, guard=lambda: other.hardlink_to(path), keep=(tmp_path / "keep",))
        )
    assert sha256(path) == sha256(other) == before


def test_replace_keeps_mode_and_extended_attributes(make_comic: ComicMaker, tmp_path: Path) -> None:
    path = make_comic()
    path.chmod(0o640)
    try:
        os.setxattr(path, "user.note", b"kept")
    except OSError:
        pytest.skip("no extended attributes on this filesystem")
    edit = plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=TagWrite.REPLACE)
    run_alone(apply_edit(edit, guard=no_guard, keep=(tmp_path / "keep",)))
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.getxattr(path, "user.note") == b"kept"


@pytest.mark.parametrize("comment", [b"", b'{"ComicBookInfo/1.0": {}}'])
def test_comment_stays_and_forbids_appending(
    make_comic: ComicMaker, tmp_path: Path, comment: bytes
) -> None:
    path = make_comic(comment=comment)
    edit = plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=TagWrite.APPEND)
    run_alone(apply_edit(edit, guard=no_guard, keep=(tmp_path / "keep",)))
    assert edit.strategy is (Strategy.REPLACE if comment else Strategy.APPEND)
    with open_archive(path) as archive:
        assert archive.comment == comment


@pytest.mark.parametrize("where", ["before", "after"])
def test_undo_restores_foreign_bytes_around_the_archive(
    make_comic: ComicMaker, tmp_path: Path, where: str
) -> None:
    path = make_comic()
    pages = pages_of(path)
    content = path.read_bytes()
    path.write_bytes(b"junk" * 99 + content if where == "before" else content + b"junk" * 99)
    before = sha256(path)
    edit = plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=TagWrite.APPEND)
    receipt = run_alone(apply_edit(edit, guard=no_guard, keep=(tmp_path / "keep",)))
    assert edit.strategy is Strategy.REPLACE
    assert pages_of(path) == pages
    assert tags_of(path) == NEW_XML
    run_alone(undo_edit(receipt, guard=no_guard))
    assert sha256(path) == before


def test_archive_with_too_many_members_for_one_tail_is_replaced(
    make_comic: ComicMaker, tmp_path: Path
) -> None:
    path = make_comic(pages=1_200, page_bytes=10)
    edit = plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=TagWrite.APPEND)
    assert edit.strategy is Strategy.REPLACE


@BOTH
def test_streamed_zip_with_data_descriptors_keeps_every_page(
    tmp_path: Path, policy: TagWrite
) -> None:
    path = tmp_path / "streamed.cbz"
    with path.open("wb") as stream:

        class Pipe:  # zipfile writes data descriptors where it can't seek
            def write(self, data: bytes) -> int:
                return stream.write(data)

            def flush(self) -> None:
                stream.flush()

        with zipfile.ZipFile(Pipe(), "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
            for number in range(4):
                archive.writestr(f"{number}.jpg", os.urandom(3_000))
            archive.writestr("ComicInfo.xml", OLD_XML)
    pages, before = pages_of(path), sha256(path)
    edit = plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=policy)
    receipt = run_alone(apply_edit(edit, guard=no_guard, keep=(tmp_path / "keep",)))
    assert pages_of(path) == pages
    run_alone(undo_edit(receipt, guard=no_guard))
    assert sha256(path) == before


@BOTH
def test_zip64_archive_is_replaced_and_stays_readable(tmp_path: Path, policy: TagWrite) -> None:
    path = tmp_path / "wide.cbz"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(3):
            with archive.open(f"{number}.jpg", "w", force_zip64=True) as member:
                member.write(os.urandom(2_000))
    pages, before = pages_of(path), sha256(path)
    edit = plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=policy)
    receipt = run_alone(apply_edit(edit, guard=no_guard, keep=(tmp_path / "keep",)))
    assert pages_of(path) == pages
    assert tags_of(path) == NEW_XML
    run_alone(undo_edit(receipt, guard=no_guard))
    assert sha256(path) == before


def test_symbolic_link_is_not_written_through(make_comic: ComicMaker, tmp_path: Path) -> None:
    path, link = make_comic(), tmp_path / "link.cbz"
    link.symlink_to(path)
    edit = plan_edit(link, {"ComicInfo.xml": NEW_XML})
    with pytest.raises(UnsupportedArchive):
        run_alone(apply_edit(edit, guard=no_guard, keep=(tmp_path / "keep",)))
    assert tags_of(path) == OLD_XML


def test_other_formats_are_not_written(tmp_path: Path) -> None:
    path = tmp_path / "comic.cbz"
    path.write_bytes(b"Rar!\x1a\x07\x00" + bytes(100))
    with pytest.raises(UnsupportedArchive, match="convert"):
        plan_edit(path, {"ComicInfo.xml": NEW_XML})


def test_content_change_and_undo_move_the_modification_time(
    make_comic: ComicMaker, tmp_path: Path
) -> None:
    path = make_comic()
    os.utime(path, (1_000, 1_000))
    edit = plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=TagWrite.APPEND)
    receipt = run_alone(apply_edit(edit, guard=no_guard, keep=(tmp_path / "keep",)))
    assert path.stat().st_mtime > 1_000
    os.utime(path, (1_000, 1_000))
    run_alone(undo_edit(receipt, guard=no_guard))
    assert path.stat().st_mtime > 1_000


def test_quick_read_sees_the_appended_tags(make_comic: ComicMaker, tmp_path: Path) -> None:
    path = make_comic()
    edit = plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=TagWrite.APPEND)
    run_alone(apply_edit(edit, guard=no_guard, keep=(tmp_path / "keep",)))
    assert read_metadata_members(path, {"comicinfo.xml"}).members == {"ComicInfo.xml": NEW_XML}

"""Moves to another filesystem: carried out, finished after a crash at each step, taken back."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from comicmaintainer.errors import FileChanged, TargetExists, UndoRefused
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.shared_steps import run_alone
from comicmaintainer.library.journal import PlannedChange
from comicmaintainer.operations.changes.file_change import trash_change
from comicmaintainer.operations.changes.file_snapshot import FileSnapshot
from comicmaintainer.operations.changes.moves import finish_interrupted_move, move_file, undo_move
from comicmaintainer.operations.changes.steps import finish_interrupted_step
from comicmaintainer.operations.items.open_changes import finish_open_changes
from comicmaintainer.operations.names.set_aside import move_aside
from tests.kit.shared_reader import COMICS
from tests.operations.workbench import Workbench, details, page_bytes, sha256

MEMORY = Path("/dev/shm")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A folder on another filesystem."""
    if not MEMORY.is_dir() or MEMORY.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second filesystem")
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)


def allowed() -> None:
    """A guard that stops nothing."""


def test_a_duplicate_moves_to_another_filesystem_and_back(tmp_path: Path, elsewhere: Path) -> None:
    bench = Workbench(tmp_path, duplicate_dir=elsewhere)
    xml = "<Series>Batman</Series><Number>5</Number>"
    bench.comic("Batman/Batman #0005 (1990).cbz", xml, seed="one")
    path = bench.comic("Batman/batman 05 (1990).cbz", xml, seed="one")
    original, pages = sha256(path), page_bytes(path)
    (result,) = bench.run("process", [path])
    assert [change["type"] for change in details(result)["changes"]] == ["tags", "duplicate"]
    place = elsewhere / "Batman" / "batman 05 (1990).cbz"
    assert details(result)["path"] == str(place)
    assert page_bytes(place) == pages
    assert not path.exists()
    ids = [str(change.change_id) for change in bench.journal.changes_of_job(result.job_id)]
    undone = bench.run("undo", ids)
    assert [each.error for each in undone] == [None] * len(ids)
    assert sha256(path) == original
    assert list(elsewhere.iterdir()) == []


SAGA = "<Series>Saga</Series><Number>1</Number>"


def test_a_name_behind_a_link_is_refused(tmp_path: Path) -> None:
    bench = Workbench(tmp_path)
    outside = tmp_path / "outside"
    outside.mkdir()
    (bench.library / "Saga").symlink_to(outside)
    path = bench.comic("b.cbz", SAGA)
    (result,) = bench.run("rename", [path], {"template": "{series}/New/{series} {issue}"})
    assert result.code == "outside_library"
    assert path.exists()
    assert list(outside.iterdir()) == []


def test_undo_does_not_follow_a_link_in_the_place_of_the_old_folder(tmp_path: Path) -> None:
    bench = Workbench(tmp_path)
    path = bench.comic("Old/b.cbz", SAGA)
    (result,) = bench.run("rename", [path], {"template": "{series}/{series} {issue}"})
    renamed = Path(str(details(result)["path"]))
    outside = tmp_path / "outside"
    outside.mkdir()
    if path.parent.exists():
        path.parent.rmdir()
    path.parent.symlink_to(outside)
    ids = [str(change.change_id) for change in bench.journal.changes_of_job(result.job_id)]
    (undone,) = bench.run("undo", ids)
    assert undone.code == "outside_library"
    assert renamed.exists()
    path.parent.unlink()
    (undone,) = bench.run("undo", ids)
    assert undone.success, undone.error
    assert path.exists()


def test_a_link_above_both_names_does_not_matter(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    source = tmp_path / "link" / "a.cbz"
    source.write_bytes(b"a")
    run_alone(move_file(source, tmp_path / "link/B/b.cbz", FileIdentity.of(source), guard=allowed))
    assert (real / "B/b.cbz").read_bytes() == b"a"


@pytest.mark.parametrize("leads_to", ["Saga 1.cbz", "Saga 2.cbz", "nowhere.cbz", "/etc"])
def test_name_of_a_symbolic_link_is_taken_wherever_it_leads(tmp_path: Path, leads_to: str) -> None:
    bench = Workbench(tmp_path)
    path, _ = bench.comic("Saga 1.cbz"), bench.comic("Saga 2.cbz")
    link = path.with_name("Saga 3.cbz")
    link.symlink_to(leads_to)
    for preview in (True, False):
        (result,) = bench.run("rename", [path], {"to": link.name}, preview=preview)
        assert result.error is not None
        assert result.error.endswith("the name is already taken")
    with pytest.raises(TargetExists):
        run_alone(move_file(path, link, FileIdentity.of(path), guard=allowed))
    assert link.is_symlink()
    assert path.exists()


def test_a_copy_whose_original_was_not_yet_removed_is_completed(
    tmp_path: Path, elsewhere: Path
) -> None:
    source, target = tmp_path / "a.cbz", elsewhere / "a.cbz"
    source.write_bytes(b"pages" * 1000)
    identity = FileIdentity.of(source)
    shutil.copy2(source, target)
    assert finish_interrupted_move(source, target, identity)
    assert not source.exists()
    assert finish_interrupted_move(source, target, identity)


def test_a_file_that_only_looks_like_the_copy_is_left_alone(
    tmp_path: Path, elsewhere: Path
) -> None:
    source, target = tmp_path / "a.cbz", elsewhere / "a.cbz"
    source.write_bytes(b"pages" * 1000)
    identity = FileIdentity.of(source)
    target.write_bytes(b"other" * 1000)
    os.utime(target, ns=(identity.mtime_ns, identity.mtime_ns))
    with pytest.raises(FileChanged):
        finish_interrupted_move(source, target, identity)
    assert (source.read_bytes()[:5], target.read_bytes()[:5]) == (b"pages", b"other")


def test_a_move_that_was_not_started_is_recognised(tmp_path: Path) -> None:
    source = tmp_path / "a.cbz"
    source.write_bytes(b"pages")
    assert not finish_interrupted_move(source, tmp_path / "b.cbz", FileIdentity.of(source))


def test_a_move_never_overwrites(tmp_path: Path) -> None:
    source, target = tmp_path / "a.cbz", tmp_path / "b.cbz"
    source.write_bytes(b"one")
    target.write_bytes(b"two")
    with pytest.raises(TargetExists):
        run_alone(move_file(source, target, FileIdentity.of(source), guard=allowed))
    assert (source.read_bytes(), target.read_bytes()) == (b"one", b"two")


def test_a_hard_link_is_not_taken_for_the_file_itself(tmp_path: Path) -> None:
    source, target = tmp_path / "a.cbz", tmp_path / "b.cbz"
    source.write_bytes(b"one")
    os.link(source, target)
    with pytest.raises(TargetExists):
        run_alone(move_file(source, target, FileIdentity.of(source), guard=allowed))
    assert source.exists()


def test_a_file_that_was_changed_is_not_moved_back(tmp_path: Path) -> None:
    source, target = tmp_path / "a.cbz", tmp_path / "b.cbz"
    source.write_bytes(b"one")
    run_alone(move_file(source, target, FileIdentity.of(source), guard=allowed))
    moved = FileSnapshot.of(target)
    target.write_bytes(b"changed")
    with pytest.raises(UndoRefused):
        run_alone(undo_move(source, target, moved, [], guard=allowed))
    assert target.read_bytes() == b"changed"


def test_another_file_of_the_same_size_is_not_moved_back(tmp_path: Path) -> None:
    source, target = tmp_path / "a.cbz", tmp_path / "b.cbz"
    source.write_bytes(b"one")
    run_alone(move_file(source, target, FileIdentity.of(source), guard=allowed))
    moved = FileSnapshot.of(target)
    target.unlink()
    target.write_bytes(b"two")
    with pytest.raises(UndoRefused):
        run_alone(undo_move(source, target, moved, [], guard=allowed))
    assert (target.read_bytes(), source.exists()) == (b"two", False)


def test_a_file_that_has_only_another_time_or_inode_is_moved_back(tmp_path: Path) -> None:
    source, target, copy = tmp_path / "a.cbz", tmp_path / "b.cbz", tmp_path / "copy.cbz"
    source.write_bytes(b"one")
    run_alone(move_file(source, target, FileIdentity.of(source), guard=allowed))
    moved = FileSnapshot.of(target)
    copy.write_bytes(b"one")
    copy.replace(target)
    run_alone(undo_move(source, target, moved, [], guard=allowed))
    assert (source.read_bytes(), target.exists()) == (b"one", False)
    run_alone(
        undo_move(source, target, moved, [], guard=allowed)
    )  # as after a crash before it was noted


def test_a_file_set_aside_gets_its_old_name_if_a_lookalike_has_taken_the_new_one(
    tmp_path: Path, elsewhere: Path
) -> None:
    bench = Workbench(tmp_path)
    path = bench.comic("a.cbz")
    bench.catalogued(path)
    original, target = sha256(path), elsewhere / "a.cbz"
    target.write_bytes(b"x" * path.stat().st_size)
    status = path.stat()
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
    bench.submit("process", [path])
    (claim,) = bench.claim(1)
    change = PlannedChange("rename", str(path), str(target), job_id=claim.job_id, seq=claim.seq)
    run_alone(move_aside(bench.context, change, expected=None, guard=allowed))
    assert not path.exists()
    finish_open_changes(bench.context, bench.journal.changes_of_item(claim.job_id, claim.seq))
    assert sha256(path) == original
    assert target.read_bytes() == b"x" * status.st_size
    assert bench.journal.open_changes() == []


def test_a_copy_that_was_half_moved_stays_where_its_kept_one_has_gone(
    tmp_path: Path, elsewhere: Path
) -> None:
    bench = Workbench(tmp_path)
    path, kept = (bench.comic(name, seed="one") for name in ("a.cbz", "b.cbz"))
    target = elsewhere / "a.cbz"
    planned = trash_change(path, target, "It is a copy.", kept=kept).planned("job", 0)
    change_id = bench.journal.plan(planned)
    shutil.copy2(path, target)
    kept.unlink()
    change = bench.journal.get(change_id)
    assert finish_interrupted_step(COMICS, change, path, tools=bench.context.step_tools()) is None
    assert path.exists()
    assert not target.exists()

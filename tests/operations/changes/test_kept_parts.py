"""What undo needs of a replaced archive: kept in its root, found where releases before kept it."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from comicmaintainer.library.kept_parts import KeptParts
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.settings import TagWrite
from tests.operations.workbench import Workbench, details, sha256, tags

TAGS = {"set": {"series": "Saga"}}


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return replacing(Workbench(tmp_path))


def replacing(bench: Workbench) -> Workbench:
    bench.context = replace(bench.context, tag_write=TagWrite.REPLACE)
    return bench


def as_before(bench: Workbench) -> Workbench:
    """Return the bench as a release that keeps all parts beside the database."""
    parts = KeptParts(LibraryRoots([]), bench.folder / "config" / "keep")
    bench.context = replace(bench.context, kept_parts=parts)
    return bench


def parts_of(bench: Workbench) -> list[Path]:
    """Return all kept parts, first those in the library."""
    own = bench.library / ".comicmaintainer" / "keep"
    return [*own.glob("*"), *(bench.folder / "config" / "keep").glob("*")]


def changes_of(bench: Workbench) -> list[str]:
    rows = bench.database.rows("SELECT change_id FROM changes WHERE state = 'applied'")
    return [str(row["change_id"]) for row in rows]


def undone(bench: Workbench) -> None:
    (result,) = bench.run("undo", changes_of(bench))
    details(result)


def test_undo_needs_nothing_outside_the_root(bench: Workbench) -> None:
    path = bench.comic("a.cbz")
    before = sha256(path)
    bench.run("tag", [path], TAGS)
    assert tags(path).series == "Saga"
    (part,) = parts_of(bench)
    assert part.parent == bench.library / ".comicmaintainer" / "keep"
    undone(bench)
    assert sha256(path) == before


def test_changes_made_before_the_upgrade_are_undone(tmp_path: Path) -> None:
    old = as_before(replacing(Workbench(tmp_path)))
    path = old.comic("a.cbz")
    before = sha256(path)
    old.run("tag", [path], TAGS)
    (part,) = parts_of(old)
    assert part.parent == tmp_path / "config" / "keep"
    undone(replacing(old.another()))
    assert sha256(path) == before


@pytest.mark.parametrize("point", ["planned", "applied tags", "confirmed"])
def test_a_change_that_the_upgrade_interrupted_is_finished_and_undone(
    tmp_path: Path, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = replacing(Workbench(tmp_path))
    path = old.comic("a.cbz")
    before = sha256(path)
    old.submit("tag", [path], TAGS)
    another = old.another
    monkeypatch.setattr(old, "another", lambda **context: as_before(replacing(another(**context))))
    old.die_at(point)
    new = replacing(another())
    new.work()
    assert tags(path).series == "Saga"
    folders = [part.parent for part in parts_of(new)]
    own = new.library / ".comicmaintainer" / "keep"
    assert folders == [own if point == "planned" else tmp_path / "config" / "keep"]
    undone(new)
    assert sha256(path) == before


def test_where_the_root_can_not_be_written_parts_go_beside_the_database(bench: Workbench) -> None:
    path = bench.comic("Series/a.cbz")
    before = sha256(path)
    (bench.library / ".comicmaintainer").write_bytes(b"a file, so that no folder can be made")
    bench.run("tag", [path], TAGS)
    (part,) = parts_of(bench)
    assert part.parent == bench.folder / "config" / "keep"
    undone(bench)
    assert sha256(path) == before


@pytest.mark.parametrize("is_pipe", [False, True])
def test_undo_refuses_at_once_if_its_part_is_gone_or_something_else(
    bench: Workbench, *, is_pipe: bool
) -> None:
    path = bench.comic("a.cbz")
    bench.run("tag", [path], TAGS)
    after = sha256(path)
    (part,) = parts_of(bench)
    part.unlink()
    if is_pipe:
        os.mkfifo(part)
    else:
        shutil.rmtree(part.parent)
    (result,) = bench.run("undo", changes_of(bench))
    assert not result.success
    assert "the bytes kept to undo its change are" in (result.error or "")
    assert sha256(path) == after

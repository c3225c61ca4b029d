"""Files of protected folders are read, but never written, whatever asks for it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.errors import FolderProtected
from comicmaintainer.jobs.model import Trigger
from comicmaintainer.library.protected_folders import ProtectedFolders
from comicmaintainer.operations.changes.file_change import rename_change
from comicmaintainer.operations.declared.kind import ItemOf
from comicmaintainer.operations.declared.kinds import KINDS
from tests.operations.workbench import Workbench, sha256

TAGS = "<Series>Heroes</Series><Number>1</Number>"
PARAMS: Mapping[str, Mapping[str, Any]] = {
    "tag": {"set": {"series": "Heroes"}},
    "remove-pages": {"pages": [1], "mode": "mark"},
    "rename": {"to": "Other.cbz"},
}
WRITING = [
    kind.name
    for kind in KINDS.values()
    if kind.puts_in_order and not kind.rehearses and kind.items in (ItemOf.FILE, ItemOf.FOLDER)
]


@pytest.fixture
def protected(bench: Workbench) -> ProtectedFolders:
    return ProtectedFolders(bench.database)


def protect(bench: Workbench, protected: ProtectedFolders, folder: Path) -> None:
    protected.add(folder, bench.clock())


def seen(folder: Path) -> dict[str, tuple[str, int]]:
    """What a folder holds: contents and times of all files."""
    files = (Path(top, name) for top, _, names in os.walk(folder) for name in names)
    return {str(path): (sha256(path), path.stat().st_mtime_ns) for path in files}


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize("kind", WRITING)
def test_every_kind_that_writes_is_refused_and_names_the_folder(
    bench: Workbench, protected: ProtectedFolders, kind: str, preview: bool
) -> None:
    path = bench.comic("Kept/deep/Heroes 001 (2011).cbz", TAGS)
    bench.catalogued(path)
    protect(bench, protected, bench.library / "Kept")
    before = seen(bench.library)

    is_preview = preview and KINDS[kind].has_preview
    item = path if KINDS[kind].items is ItemOf.FILE else path.parent
    (result,) = bench.run(kind, [item], PARAMS.get(kind), trigger=Trigger.CLI, preview=is_preview)

    assert (result.success, result.code) == (False, "folder_protected")
    assert str(bench.library / "Kept") in (result.error or "")
    assert seen(bench.library) == before


def test_verify_and_scan_work_in_a_protected_folder(
    bench: Workbench, protected: ProtectedFolders
) -> None:
    path = bench.comic("Kept/Heroes 001 (2011).cbz", TAGS)
    protect(bench, protected, bench.library / "Kept")
    before = seen(bench.library / "Kept")
    assert [result.error for result in bench.run("scan", [bench.library])] == [None]
    (verified,) = bench.run("verify", [path])
    assert verified.code != "folder_protected"
    assert bench.state_of(path) is not None
    assert seen(bench.library / "Kept") == before


def test_a_duplicate_may_be_marked_but_not_moved_to_the_trash(
    bench: Workbench, protected: ProtectedFolders
) -> None:
    kept = bench.comic("Heroes 001 (2011).cbz", seed="same")
    copy = bench.comic("Kept/copy.cbz", seed="same")
    bench.catalogued(kept, copy)
    protect(bench, protected, bench.library / "Kept")
    params = {"keep": str(kept)}
    for preview in (False, True):
        (moved,) = bench.run("duplicates", [copy], params | {"action": "trash"}, preview=preview)
        assert (moved.success, moved.code) == (False, "folder_protected")
    assert copy.exists()
    (marked,) = bench.run("duplicates", [copy], params | {"action": "mark"})
    assert marked.error is None
    assert bench.state_of(copy) == "duplicate"


def test_nothing_is_moved_into_a_protected_folder(
    bench: Workbench, protected: ProtectedFolders
) -> None:
    path = bench.comic("In/Heroes 001 (2011).cbz", TAGS)
    protect(bench, protected, bench.library / "Kept")
    change = rename_change(path, bench.library / "Kept" / path.name)
    with pytest.raises(FolderProtected, match="Kept"):
        bench.context.journal_batch.plan([change.planned("job", 0)]).take()
    assert bench.journal.open_changes_of_path(path) == []


def test_undo_and_restore_into_a_folder_that_was_protected_since_are_refused(
    bench: Workbench, protected: ProtectedFolders
) -> None:
    path = bench.comic("Kept/Heroes 001 (2011).cbz", TAGS)
    bench.catalogued(path)
    (tagged,) = bench.run("tag", [path], {"set": {"writer": "Ada Finch"}})
    assert tagged.error is None
    (deleted,) = bench.run("delete", [path])
    assert deleted.error is None
    protect(bench, protected, bench.library / "Kept")
    (entry,) = bench.trash.entries()
    (change, *_) = bench.journal.changes_of_job(deleted.job_id)

    (restored,) = bench.run("restore", [entry.trash_id])
    (undone,) = bench.run("undo", [str(change.change_id)])
    for result in (restored, undone):
        assert (result.success, result.code) == (False, "folder_protected")
    assert not path.exists()

    protected.release(str(bench.library / "Kept"), bench.clock())
    (undone,) = bench.run("undo", [str(change.change_id)])
    assert undone.error is None
    assert path.exists()


def test_a_link_to_a_protected_folder_is_no_way_around(
    bench: Workbench, protected: ProtectedFolders
) -> None:
    path = bench.comic("Kept/Heroes 001 (2011).cbz")
    protect(bench, protected, bench.library / "Kept")
    way = bench.folder / "way"
    way.symlink_to(path.parent)
    assert protected.protecting(way / path.name) == str(path.parent)
    assert protected.protecting(bench.library / "Kept 2" / "Heroes.cbz") is None

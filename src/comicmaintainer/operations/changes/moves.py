"""Journaled moves of one file: carried out, finished after a crash, undone.

Within a filesystem a move is one rename; to another filesystem it is a proven copy and an unlink
(see filesystem/renames.py), so a crash can leave the file under both names.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from comicmaintainer.errors import (
    FileChanged,
    FileChangedMeanwhile,
    OutsideLibrary,
    TargetExists,
    UndoRefused,
)
from comicmaintainer.filesystem.folders import make_folder, sync_folder
from comicmaintainer.filesystem.identity import FileIdentity, device_above
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.filesystem.regular_files import open_regular
from comicmaintainer.filesystem.renames import finish_interrupted_rename, moved
from comicmaintainer.filesystem.shared_steps import FolderSync, GuardCheck
from comicmaintainer.operations.changes.file_snapshot import FileSnapshot

COMPARE_CHUNK_BYTES = 1 << 20


async def move_file(
    source: Path, target: Path, expected: FileIdentity, *, guard: Callable[[], None]
) -> list[Path]:
    """Move the file `expected` to a free name; return the folders made for it, outermost first.

    Raises:
        TargetExists, FileChanged, FileMissing, StorageError, and whatever `guard` raises.
        OutsideLibrary: a symbolic link leads elsewhere on the way to `target`.
    """
    require_straight_way(source, target)
    if os.path.lexists(target) and not is_alias(source, target):
        raise TargetExists("the name is already taken", path=target)
    require_unchanged(source, expected)  # if its disk is gone, no folder may be made there
    made: list[Path] = []
    if target.parent != source.parent:
        made = missing_folders(target.parent)
        make_folder(target.parent)
    await GuardCheck(guard)
    require_unchanged(source, expected)
    await moved(source, target)
    return made


def finish_interrupted_move(source: Path, target: Path, expected: FileIdentity) -> bool:
    """After a crash: finish or revert the move, and tell whether the file is at `target`.

    Raises:
        FileMissing: the file has neither name.
        FileChanged: the names belong to different files of the same size and time.
    """
    at_target = FileIdentity.find(target)
    with storage_errors(source):
        is_across = at_target is not None and at_target.dev != device_above(source)
    if at_target is None or not is_across or not at_target.looks_like(expected):
        return finish_interrupted_rename(source, target, expected)
    if not os.path.lexists(source):
        return True
    if not is_equal(source, target):
        raise FileChanged(f"it looks like a copy of {source} but differs from it", path=target)
    with storage_errors(source):
        source.unlink()
    sync_folder(source.parent)
    return True


def drop_copy(source: Path, target: Path, expected: FileIdentity) -> None:
    """After a crash: if the file `expected` has both names, remove the new one.

    Raises:
        StorageError.
    """
    at_source, at_target = FileIdentity.find(source), FileIdentity.find(target)
    if at_source != expected or at_target is None or source == target:
        return
    if at_source.place == at_target.place:
        is_left_over = source.lstat().st_nlink > 1
    else:
        is_left_over = at_target.looks_like(expected) and is_equal(source, target)
    if is_left_over:
        with storage_errors(target):
            target.unlink()
        sync_folder(target.parent)


def receipt_of(target: Path, made: Sequence[Path]) -> dict[str, Any]:
    """Return what `undo_move` needs about the file that was moved to `target`, as JSON."""
    return {**FileSnapshot.of(target).to_json(), "made": [str(folder) for folder in made]}


async def undo_move(
    source: Path, target: Path, left: FileSnapshot, made: list[Path], *, guard: Callable[[], None]
) -> None:
    """Move a file back that was moved from `source` to `target`. May run repeatedly.

    Folders in `made` that are empty afterwards are removed.

    Raises:
        UndoRefused: it no longer exists, was changed since, or its old name is taken.
        OutsideLibrary: a symbolic link leads elsewhere on the way back to `source`.
        StorageError, and whatever `guard` raises.
    """
    now, back = FileIdentity.find(target), FileIdentity.find(source)
    is_away = now is None or not now.is_of_file(left.identity)
    is_back = back is not None and (
        back.is_of_file(left.identity) or (now is None and left.is_at(source))
    )
    if is_away and is_back:
        # Done by an earlier attempt, which may have ended before its syncs; `target` may be another
        # file by now.
        await FolderSync(source.parent)
        return
    if now is None:
        raise UndoRefused("the file does not exist any more", path=target)
    if not left.is_at(target):
        raise UndoRefused("it was changed by someone else since, or is another file", path=target)
    if os.path.lexists(source) and not is_alias(target, source):
        raise UndoRefused("its old name is taken by another file", path=source)
    require_straight_way(target, source)
    try:
        make_folder(source.parent)
        await GuardCheck(guard)
        await moved(target, source)
    except TargetExists as error:
        raise UndoRefused("its old name is taken by another file", path=source) from error
    remove_empty(made)


def require_straight_way(source: Path, target: Path) -> None:
    """Refuse a move that a symbolic link would take out of the folder that holds both paths.

    Links above that folder don't matter: `source` has been found through them.

    Raises:
        OutsideLibrary.
    """
    if source.parent == target.parent:
        return
    shared = os.path.commonpath([source.parent, target.parent])
    below = os.path.relpath(target.parent, shared)
    straight = os.path.normpath(os.path.join(os.path.realpath(shared), below))  # noqa: PTH118
    if os.path.realpath(target.parent) != straight:
        raise OutsideLibrary(
            "a symbolic link on the way to it leads elsewhere, so nothing was moved", path=target
        )


def require_unchanged(path: Path, expected: FileIdentity) -> None:
    """Refuse a file that someone else has changed.

    Raises:
        FileChangedMeanwhile, FileMissing.
    """
    if FileIdentity.of(path) != expected:
        raise FileChangedMeanwhile("it was changed by someone else since it was read", path=path)


def missing_folders(folder: Path) -> list[Path]:
    """Return the folders that `make_folder` would have to make, outermost first."""
    missing = []
    while not folder.is_dir() and folder != folder.parent:
        missing.append(folder)
        folder = folder.parent
    return missing[::-1]


def remove_empty(folders: Sequence[Path]) -> None:
    """Remove those of these folders, outermost first, that are empty."""
    for folder in reversed(folders):
        try:
            folder.rmdir()
        except OSError:
            continue  # it is in use, or gone
        sync_folder(folder.parent)


def is_alias(one: Path, other: Path) -> bool:
    """Tell whether both names are one file, as `a` and `A` on a case-insensitive filesystem.

    A symbolic link to the file does not count: its name is taken.
    """
    try:
        found, same = one.lstat(), other.lstat()
        return one.parent == other.parent and os.path.samestat(found, same) and found.st_nlink == 1
    except FileNotFoundError:
        return False


def is_equal(one: Path, other: Path) -> bool:
    with (
        storage_errors(one),
        os.fdopen(open_regular(one), "rb") as first,
        os.fdopen(open_regular(other), "rb") as second,
    ):
        while True:
            block = first.read(COMPARE_CHUNK_BYTES)
            if block != second.read(COMPARE_CHUNK_BYTES):
                return False
            if not block:
                return True

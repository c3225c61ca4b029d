"""Journaled moves of a comic to another disk, with the original kept in the trash of its own.

    copy to a temporary file → sync → read back and compare → name, without overwriting → sync →
    the original to its trash → sync

At every moment the library or the inbox has the whole comic. After a crash a named copy is kept and
the rest is done; before, nothing has happened. Undo brings the original back from the trash, or, if
that was emptied, the copy; then the copy goes. Moves within a disk are those of `moves`.

    intent  {"identity": FileIdentity, "trash": path, "token": text, "device": that of the target}
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from comicmaintainer.errors import (
    DiskMissing,
    FileChanged,
    FileMissing,
    ReadOnlyStorage,
    TargetExists,
    UndoRefused,
)
from comicmaintainer.filesystem.folders import make_folder, sync_folder
from comicmaintainer.filesystem.identity import FileIdentity, device_above
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.filesystem.renames import copy_noreplace, move
from comicmaintainer.filesystem.temporaries import temporary_name
from comicmaintainer.library.scan.mount_points import is_bare
from comicmaintainer.operations.changes.file_snapshot import FileSnapshot
from comicmaintainer.operations.changes.moves import (
    is_equal,
    missing_folders,
    remove_empty,
    require_straight_way,
    require_unchanged,
)


@dataclass(frozen=True, slots=True)
class Filing:
    """One such move as the journal has it.

    `identity` is the original, `trash` where it goes, `token` names the temporary copy. `device` is
    that of the folder, or the nearest above it, that gets the copy.
    """

    identity: FileIdentity
    trash: Path
    token: str
    device: int

    def to_json(self) -> dict[str, Any]:
        """Return its part of an intent."""
        return {
            "identity": self.identity.to_json(),
            "trash": str(self.trash),
            "token": self.token,
            "device": self.device,
        }

    @classmethod
    def from_json(cls, intent: Mapping[str, Any], *, is_foreign: bool = False) -> Self:
        """Return the inverse of `to_json`; another host has planned it if it `is_foreign`."""
        return cls(
            FileIdentity.from_json(intent["identity"], is_foreign=is_foreign),
            Path(intent["trash"]),
            intent["token"],
            intent["device"],
        )


def file_away(
    source: Path, target: Path, filing: Filing, *, guard: Callable[[], None]
) -> list[Path]:
    """Copy the file to a free name and move it to the trash; return the folders made, outermost
    first.

    Raises:
        TargetExists, FileChanged, FileMissing, StorageError, and whatever `guard` raises.
        DiskMissing: the disk of the target is not mounted (any more).
        OutsideLibrary: a symbolic link leads elsewhere on the way to `target`.
    """
    _require_disk(target, filing)
    require_straight_way(source, target)
    if os.path.lexists(target):
        raise TargetExists("the name is already taken", path=target)
    require_unchanged(source, filing.identity)
    if not os.access(source.parent, os.W_OK | os.X_OK):
        raise ReadOnlyStorage(
            "its folder can't be written, so it could not leave there; nothing was copied",
            path=source,
        )
    guard()
    make_folder(filing.trash.parent)  # first, because the disk may be too full for it
    made = missing_folders(target.parent)
    try:
        make_folder(target.parent)
        copy_noreplace(source, target, token=filing.token, guard=guard)
        guard()
    except BaseException:
        if not os.path.lexists(target):
            remove_empty(made)
        raise
    _put_away(source, filing)
    return made


def finish_interrupted_filing(source: Path, target: Path, filing: Filing) -> bool:
    """After a crash: finish the move if the copy has its name, and tell whether it has.

    Raises:
        DiskMissing: the disk of the copy is not mounted; nobody knows.
        FileMissing: the file is nowhere.
        FileChanged: the original was changed after it had been copied.
        StorageError.
    """
    _require_disk(target, filing)
    temporary = target.with_name(temporary_name(target.name, filing.token))
    with storage_errors(temporary):
        temporary.unlink(missing_ok=True)
    found = FileIdentity.find(target)
    if not os.path.lexists(source):
        return _finish_without_original(source, found is not None, filing)
    if found is None or not found.looks_like(filing.identity):
        return False
    if not FileIdentity.of(source).looks_like(filing.identity) or not is_equal(source, target):
        raise FileChanged(f"it looks like a copy of {source} but differs from it", path=target)
    sync_folder(target.parent)  # the name may have been given right before the crash
    _put_away(source, filing)
    return True


def undo_filing(
    source: Path,
    target: Path,
    filing: Filing,
    left: FileSnapshot,
    made: Sequence[Path],
    *,
    guard: Callable[[], None],
) -> None:
    """Bring the original back, then remove the copy `left`. May run repeatedly.

    Folders in `made` that are empty afterwards are removed.

    Raises:
        UndoRefused: the copy no longer exists, was changed since, or the old name is taken.
        OutsideLibrary: a symbolic link leads elsewhere on the way back to `source`.
        StorageError, and whatever `guard` raises.
    """
    is_back = os.path.lexists(source)
    if is_back and not left.is_at(source):
        raise UndoRefused("its old name is taken by another file", path=source)
    is_away = not os.path.lexists(target)
    if is_away and not is_back:
        raise UndoRefused("the file does not exist any more", path=target)
    if not is_away and not left.is_at(target):
        raise UndoRefused("it was changed by someone else since, or is another file", path=target)
    guard()
    if not is_back:
        require_straight_way(target, source)
        make_folder(source.parent)
        try:
            _bring_back(source, target, filing)
        except TargetExists as error:
            raise UndoRefused("its old name is taken by another file", path=source) from error
    sync_folder(source.parent)
    if os.path.lexists(target):
        if not is_equal(source, target):
            raise UndoRefused(f"it differs from {source}, so both were left", path=target)
        with storage_errors(target):
            target.unlink()
        sync_folder(target.parent)
    remove_empty(made)


def _bring_back(source: Path, target: Path, filing: Filing) -> None:
    if FileIdentity.find(filing.trash) is not None and is_equal(filing.trash, target):
        move(filing.trash, source)
    else:
        move(target, source)


def _finish_without_original(source: Path, is_copied: bool, filing: Filing) -> bool:
    """The original is in the trash, whether or not somebody has taken the copy since."""
    found = FileIdentity.find(filing.trash)
    if found is None or not found.looks_like(filing.identity):
        raise FileMissing(f"it is neither here nor at {filing.trash}", path=source)
    if not is_copied:
        move(filing.trash, source)
        return False
    sync_folder(filing.trash.parent)
    sync_folder(source.parent)
    return True


def _put_away(source: Path, filing: Filing) -> None:
    require_unchanged(source, filing.identity)
    make_folder(filing.trash.parent)  # it was empty, and may have been removed
    move(source, filing.trash)


def _require_disk(target: Path, filing: Filing) -> None:
    folder = target.parent
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    if device_above(target) != filing.device and is_bare(folder, filing.device):
        raise DiskMissing(
            f"the disk of {folder} is not mounted (the folder is empty). Nothing was changed; "
            "mount it, then try again",
            path=target,
        )

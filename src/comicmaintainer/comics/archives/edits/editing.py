"""Makes changes to a CBZ: applies them, undoes them, and finishes them after a crash.

    edit = plan_edit(path, {"ComicInfo.xml": content})      # nothing is written
    journal.store(edit.to_json())
    receipt = await apply_edit(edit, guard=still_ours, keep=folders)
    journal.confirm(receipt.to_json())
    await undo_edit(receipt, guard=still_ours)

After a crash between the two journal steps, `finish_interrupted_edit` finds out whether the change
was made. At every moment, the archive is either the old or the new one.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from comicmaintainer.comics.archives.edits import append_writer
from comicmaintainer.comics.archives.edits.edit import (
    ContentMark,
    Edit,
    Kept,
    Receipt,
)
from comicmaintainer.comics.archives.edits.locked_file import locked, require_identity
from comicmaintainer.comics.archives.edits.planning import (
    LaidOutZip,
    layout_of,
    mark_of_rewritten,
    mark_of_tail,
)
from comicmaintainer.comics.archives.edits.replace_writer import (
    find_kept,
    keep_bytes,
    restore,
    write_pieces,
)
from comicmaintainer.comics.archives.edits.strategy import Strategy
from comicmaintainer.comics.archives.edits.zip_layout import Copied, Tail, appended_tail
from comicmaintainer.comics.archives.model import Limits
from comicmaintainer.comics.archives.zip.salvage import SalvagedZip
from comicmaintainer.comics.archives.zip.zip_extents import member_extents
from comicmaintainer.comics.archives.zip.zip_reader import ZipReader
from comicmaintainer.errors import FileBusy, FileChanged, FileChangedMeanwhile, UndoRefused
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.filesystem.shared_steps import FileSync, GuardCheck
from comicmaintainer.filesystem.siblings import SiblingFile
from comicmaintainer.filesystem.temporaries import temporary_name

LOGGER = logging.getLogger(__name__)

Guard = Callable[[], None]
"""Raises to stop a change. The last call is right before the change becomes final."""

DEFAULT_LIMITS = Limits()


async def apply_edit(edit: Edit, *, guard: Guard, keep: Sequence[Path]) -> Receipt:
    """Carry the edit out, durably.

    `keep` are folders for bytes that a replace's undo needs: the first that can be written is used.
    `guard` is called at least once; the last call is right before the change becomes final. On any
    error the file is as it was before, or `finish_interrupted_edit` finds that the change was made.

    Raises:
        FileChangedMeanwhile: another program changed the file after it was planned.
        FileBusy: another process is changing it.
        DiskFull, ReadOnlyStorage, StorageFailed, and whatever `guard` raises.
    """
    if edit.strategy is Strategy.NOTHING:
        return _receipt(edit, edit.before, None)
    with locked(edit.path, for_writing=edit.strategy is Strategy.APPEND) as descriptor:
        require_identity(descriptor, edit.path, edit.before)
        if edit.strategy is Strategy.REBUILD:
            with SalvagedZip(edit.path, DEFAULT_LIMITS, guard=guard) as saved:
                return _replace(edit, saved, descriptor, guard=guard, keep=keep)
        if edit.strategy is Strategy.APPEND:
            return await _append(edit, descriptor, guard=guard)
        with ZipReader(edit.path, DEFAULT_LIMITS) as archive:
            return _replace(edit, archive, descriptor, guard=guard, keep=keep)


async def undo_edit(receipt: Receipt, *, guard: Guard) -> FileIdentity:
    """Restore the file's earlier content, byte for byte, and return its new identity.

    Safe to repeat after it is done, or after a crash.

    Raises:
        UndoRefused: the file was changed since, or the kept bytes are gone.
        FileChanged: another program changed the file meanwhile; its change stays.
        FileBusy, FileMissing, DiskFull, StorageFailed, and whatever `guard` raises.
    """
    path = receipt.path
    with locked(path, for_writing=receipt.strategy is Strategy.APPEND) as descriptor:
        with storage_errors(path):
            identity = FileIdentity.of_stat(os.fstat(descriptor))
            is_undone = receipt.before_mark.is_on(descriptor)
            if not is_undone and not receipt.after_mark.is_on(descriptor):
                raise UndoRefused("it was changed again by someone else", path=path)
        if is_undone:
            await FileSync(descriptor, path)  # an earlier attempt may have ended before its own
            return identity
        if receipt.kept is None and receipt.strategy.makes_new_file:
            raise UndoRefused("the bytes to undo its change were not kept", path=path)
        if receipt.kept is not None:
            restore(
                descriptor,
                receipt.kept,
                receipt.before_mark,
                path=path,
                expected=identity,
                guard=guard,
            )
            return FileIdentity.of(path)
        await _cut_to(descriptor, receipt.before_mark, path=path, guard=guard)
    return FileIdentity.of(path)


def finish_interrupted_edit(
    edit: Edit, *, keep: Sequence[Path], may_cut: bool = True
) -> Receipt | None:
    """After a crash, return the receipt if the stored edit was made, else None.

    The remains of an interrupted attempt (an unfinished tail, a temporary, kept bytes) are
    removed, so None means that the file is unchanged. Without `may_cut` an unfinished tail stays:
    another host has begun it, and may still be writing it.

    Raises:
        FileBusy: also if a tail is left to another host.
        FileChanged: the file is neither the old archive nor the planned one.
        FileBusy, FileMissing, StorageFailed.
    """
    if edit.strategy is Strategy.NOTHING:
        return _receipt(edit, edit.before, None)
    path = edit.path
    # Read only if possible: on a disk that has become read-only, an archive that is complete or
    # untouched must still be recognised.
    with locked(path, for_writing=False) as descriptor, storage_errors(path):
        if edit.after_mark.is_on(descriptor):
            os.fsync(descriptor)
            identity = FileIdentity.of_stat(os.fstat(descriptor))
            kept = find_kept(edit.recipe, _kept_paths(keep, edit.token)) if edit.recipe else None
            return _receipt(edit, identity, kept)
        if edit.before_mark.is_on(descriptor):
            _remove_left(edit, keep)
            return None
    if edit.strategy is Strategy.APPEND and not may_cut:
        raise FileBusy("another host has begun to write it, and must finish that", path=path)
    with (
        locked(path, for_writing=edit.strategy is Strategy.APPEND) as descriptor,
        storage_errors(path),
    ):
        _repair_tail(edit, descriptor)
        _remove_left(edit, keep)
    return None


async def _append(edit: Edit, descriptor: int, *, guard: Guard) -> Receipt:
    path = edit.path
    with storage_errors(path):
        is_planned = edit.before_mark.is_on(descriptor)
    if not is_planned:
        raise FileChangedMeanwhile(
            "the archive is not the one that the plan was made for", path=path
        )
    await append_writer.append(descriptor, edit.tail or _tail_of(edit), path=path, guard=guard)
    return _receipt(edit, FileIdentity.of_stat(os.fstat(descriptor)), None)


def _tail_of(edit: Edit) -> Tail:
    """Make the tail of a stored edit again."""
    with ZipReader(edit.path, DEFAULT_LIMITS) as archive:
        tail = appended_tail(archive.directory, archive.records, edit.members, edit.modified_dos)
        _require_layout(edit, archive, mark_of_tail(archive.directory, tail))
    return tail


def _replace(
    edit: Edit, archive: LaidOutZip, descriptor: int, *, guard: Guard, keep: Sequence[Path]
) -> Receipt:
    path = edit.path
    layout = layout_of(path, archive, edit.members, edit.modified_dos)
    _require_layout(edit, archive, mark_of_rewritten(layout))
    kept = keep_bytes(descriptor, edit.recipe, _kept_paths(keep, edit.token))
    is_final = False
    try:
        with SiblingFile.create(path, token=edit.token) as new:
            write_pieces(new, descriptor, layout.pieces, layout.ending)
            _require_whole(new, edit)
            guard()
            require_identity(descriptor, path, edit.before)
            is_final = True
            new.replace_target()
    except BaseException:
        # After the rename was tried its outcome is unknown, and `finish_interrupted_edit` decides
        # by the bytes.
        if not is_final:
            _discard(kept.path)
        raise
    return _receipt(edit, FileIdentity.of(path), kept)


def _require_whole(new: SiblingFile, edit: Edit) -> None:
    """Reopen the new archive: it must match the plan, and its new members must be sound."""
    if not edit.after_mark.is_on(new.descriptor):
        raise FileChanged("the new archive differs from the plan", path=edit.path)
    with ZipReader(new.path, DEFAULT_LIMITS) as archive:
        with storage_errors(new.path):
            member_extents(archive.descriptor, archive.directory, archive.records, path=edit.path)
        written = {(c.name, c.size_bytes, c.crc) for c in edit.members if c.data is not None}
        for record in archive.records:
            if (record.name, record.size_bytes, record.crc) in written:
                archive.read_record(record)


def _require_layout(edit: Edit, archive: LaidOutZip, planned: ContentMark) -> None:
    if archive.identity != edit.before or planned != edit.after_mark:
        raise FileChangedMeanwhile(
            "the archive is not the one that the plan was made for", path=edit.path
        )


async def _cut_to(descriptor: int, before: ContentMark, *, path: Path, guard: Guard) -> None:
    """Undo an append: cut the file, or replace it by a shorter copy if it has other names."""
    if not before.is_within(descriptor):
        raise UndoRefused("its older part was changed since", path=path)
    identity = FileIdentity.of_stat(os.fstat(descriptor))
    if os.fstat(descriptor).st_nlink == 1:
        await GuardCheck(guard)
        require_identity(descriptor, path, identity)
        if os.fstat(descriptor).st_nlink > 1:
            raise FileChanged("it was linked while its change was being undone", path=path)
        with storage_errors(path):
            os.ftruncate(descriptor, before.size_bytes)
        await FileSync(descriptor, path)
        return
    with SiblingFile.create(path) as old:
        write_pieces(old, descriptor, [Copied(0, before.size_bytes)])
        guard()
        require_identity(descriptor, path, identity)
        old.replace_target()


def _repair_tail(edit: Edit, descriptor: int) -> None:
    """Cut off an unfinished append, but nothing else."""
    path = edit.path
    if edit.strategy is Strategy.APPEND and edit.before_mark.is_within(descriptor):
        with ZipReader(path, DEFAULT_LIMITS, size_bytes=edit.before_mark.size_bytes) as archive:
            tail = appended_tail(
                archive.directory, archive.records, edit.members, edit.modified_dos
            )
        if append_writer.is_ours_or_zeros(descriptor, edit.before_mark.size_bytes, tail):
            append_writer.truncate(descriptor, edit.before_mark.size_bytes, path=path)
            return
    raise FileChanged("it is neither the old archive nor the planned one", path=path)


def _remove_left(edit: Edit, keep: Sequence[Path]) -> None:
    """Remove the temporary and the kept bytes that an attempt without effect left behind."""
    temporary = edit.path.with_name(temporary_name(edit.path.name, edit.token))
    for left in (temporary, *_kept_paths(keep, edit.token)):
        if os.path.lexists(left):
            left.unlink(missing_ok=True)


def _kept_paths(keep: Sequence[Path], token: str) -> list[Path]:
    return [folder / f"{token}.kept" for folder in keep]


def _discard(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        # Cleaned up later by age. The error that led here matters more.
        LOGGER.warning("%s stays: %s", path, error)


def _receipt(edit: Edit, after: FileIdentity, kept: Kept | None) -> Receipt:
    return Receipt(
        edit.path, edit.token, edit.strategy, edit.before_mark, edit.after_mark, after, kept
    )

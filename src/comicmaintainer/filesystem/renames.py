"""Renames and moves files durably, without ever overwriting anything.

`rename_noreplace` works within one filesystem, `move` also across filesystems. Both end with the
folders synced, so that a power cut leaves the file under the old or the new name, never under
neither. `finish_interrupted_rename` completes a rename that a crash interrupted on a filesystem
without `renameat2(2)`.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable
from pathlib import Path

from comicmaintainer.errors import (
    ComicMaintainerError,
    FileBusy,
    FileChanged,
    FileChangedMeanwhile,
    FileMissing,
    TargetExists,
)
from comicmaintainer.filesystem.c_library import c_library
from comicmaintainer.filesystem.folders import sync_folder, sync_left_folder
from comicmaintainer.filesystem.identity import FileIdentity, device_above
from comicmaintainer.filesystem.os_errors import storage_errors, translated
from comicmaintainer.filesystem.regular_files import open_regular
from comicmaintainer.filesystem.shared_steps import FolderSync, run_alone
from comicmaintainer.filesystem.siblings import SiblingFile
from comicmaintainer.filesystem.temporaries import moving_name, new_token

AT_FDCWD = -100
RENAME_NOREPLACE = 1
NOT_SUPPORTED = {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOTTY}
LINK_NOT_SUPPORTED = {*NOT_SUPPORTED, errno.EPERM, errno.EMLINK, errno.EACCES}
COMPARE_CHUNK_BYTES = 1 << 20


def rename_noreplace(old: Path, new: Path) -> None:
    """Rename the file or folder at `old` to `new` on the same filesystem, durably.

    A rename that only changes case works on case-insensitive filesystems too.

    Raises:
        TargetExists: the name is taken; nothing was changed.
        FileMissing, DiskFull, ReadOnlyStorage, StorageFailed.
    """
    run_alone(renamed_noreplace(old, new))


async def renamed_noreplace(old: Path, new: Path) -> None:
    """The same as a change that shares the syncs of its folders.

    Raises:
        As `rename_noreplace`.
    """
    if old == new:
        return
    _rename_unsynced(old, new)
    await FolderSync(new.parent)
    if old.parent != new.parent:
        await FolderSync(old.parent, may_be_gone=True)


def _rename_unsynced(old: Path, new: Path) -> None:
    try:
        _rename_atomically(old, new)
    except OSError as error:
        if error.errno == errno.EEXIST:
            _rename_alias(old, new)
        elif error.errno in NOT_SUPPORTED:
            _rename_by_link(old, new)
        else:
            raise translated(
                error, old if error.errno != errno.ENOENT else _missing(old, new)
            ) from error


def move(old: Path, new: Path) -> None:
    """Move durably within a filesystem or to another one; see `moved`.

    Raises:
        As `moved`.
    """
    run_alone(moved(old, new))


async def moved(old: Path, new: Path) -> None:
    """Like `renamed_noreplace`, also to another filesystem: copied, synced, compared, unlinked.

    Times, mode, owner and extended attributes are kept. The source stays until the copy is complete
    and verified; a crash leaves the source, or both.

    Raises:
        TargetExists, FileMissing, DiskFull, ReadOnlyStorage, StorageFailed.
        FileChanged: the source was written meanwhile; it stays and the copy is removed.
    """
    try:
        await renamed_noreplace(old, new)
    except ComicMaintainerError as error:
        cause = error.__cause__
        if not (isinstance(cause, OSError) and cause.errno == errno.EXDEV):
            raise
        _move_across(old, new)


def finish_interrupted_rename(old: Path, new: Path, identity: FileIdentity) -> bool:
    """After a crash, return whether the file `identity` was renamed from `old` to `new`.

    The disk may have been mounted again since, under another device number. A partial rename is
    completed or undone: a second link is removed from `old`, an empty placeholder from `new`.

    Raises:
        FileMissing: the file is under neither name.
        FileBusy: another host has begun to rename it, and only that one can tell what is left.
    """
    at_old = _status(old)
    at_new = _status(new)
    if identity.is_foreign and at_old is not None and at_new is not None:
        is_left_over = at_new.st_size == 0 or FileIdentity.of_stat(at_new) == identity
        if is_left_over and FileIdentity.of_stat(at_old) == identity:
            raise FileBusy("another host has begun to move it, and must finish that", path=old)
    if at_new is not None and _is_renamed(old, at_new, identity):
        if at_old is not None and os.path.samestat(at_old, at_new) and at_old.st_nlink > 1:
            with storage_errors(old):
                old.unlink()
            sync_left_folder(old.parent)
        return True
    if at_old is None:
        raise FileMissing(f"it is neither here nor at {new}", path=old)
    if at_new is not None and at_new.st_size == 0 and identity.size_bytes > 0:
        with storage_errors(new):
            new.unlink()
        sync_folder(new.parent)
    return False


def _is_renamed(old: Path, at_new: os.stat_result, identity: FileIdentity) -> bool:
    """Whether the file found at the new name is `identity`: on the disk of `old`, by its inode."""
    if identity.is_foreign:
        return FileIdentity.of_stat(at_new) == identity
    with storage_errors(old):
        disk = device_above(old)
    found = FileIdentity.of_stat(at_new)
    return (found.dev, found.ino) == (disk, identity.ino)


def _rename_atomically(old: Path, new: Path) -> None:
    try:
        renameat2 = c_library().renameat2
    except AttributeError as error:
        raise OSError(errno.ENOSYS, "renameat2 is not available") from error
    if renameat2(AT_FDCWD, os.fsencode(old), AT_FDCWD, os.fsencode(new), RENAME_NOREPLACE) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _require_alias(old: Path, new: Path) -> None:
    """Refuse an existing `new`, unless it is `old` itself on a case-insensitive filesystem."""
    with storage_errors(old):
        if old.parent == new.parent and os.path.samestat(old.lstat(), new.lstat()):
            names = {entry.name for entry in old.parent.iterdir()}
            if new.name not in names:
                return
    raise TargetExists("the name is already taken", path=new)


def _rename_alias(old: Path, new: Path) -> None:
    """Change only the case, in two steps through a name that still looks like a comic's.

    If the intermediate name were hidden or temporary, a crash would hide the comic.
    """
    _require_alias(old, new)
    between = old.with_name(moving_name(old.name, new_token()))
    with storage_errors(old):
        _rename_atomically(old, between)
        _rename_atomically(between, new)


def _rename_by_link(old: Path, new: Path) -> None:
    if os.path.lexists(new):
        _require_alias(old, new)
        with storage_errors(old):
            old.rename(new)
        return
    try:
        os.link(old, new, follow_symlinks=False)
    except OSError as error:
        if error.errno not in LINK_NOT_SUPPORTED:
            raise translated(error, new if error.errno == errno.EEXIST else old) from error
        _rename_by_placeholder(old, new)
        return
    # Both names must be on disk before one is removed.
    sync_folder(new.parent)
    with storage_errors(old):
        old.unlink()


def _rename_by_placeholder(old: Path, new: Path) -> None:
    """Reserve the name with an empty file, so that only our own file is replaced."""
    with storage_errors(old):
        old.lstat()
    with storage_errors(new):
        os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC))
    try:
        old.replace(new)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise translated(error, old) from error


def _move_across(old: Path, new: Path) -> None:
    copy_noreplace(old, new)
    with storage_errors(old):
        old.unlink()
    sync_left_folder(old.parent)


def copy_noreplace(
    old: Path, new: Path, *, token: str | None = None, guard: Callable[[], None] = lambda: None
) -> None:
    """Copy a file durably to a free name: synced, read back, compared, then named.

    Times, mode, owner and extended attributes are kept. `token` names the temporary file, `guard`
    is called right before the copy gets its name.

    Raises:
        TargetExists, FileMissing, DiskFull, ReadOnlyStorage, StorageFailed.
        FileChanged: the file was written meanwhile, or reads back otherwise; there is no copy.
    """
    with storage_errors(old):
        source = open_regular(old, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        before = FileIdentity.of_stat(os.fstat(source))
        with SiblingFile.create(new, token=token) as copy:
            copy.append_range(source, 0, before.size_bytes)
            copy.keep_attributes_of(source, times=True)
            copy.sync()
            _require_equal(source, copy.descriptor, before.size_bytes, old)
            guard()
            if FileIdentity.of(old) != before:
                raise FileChangedMeanwhile("it was changed while it was being moved", path=old)
            rename_noreplace(copy.path, new)
            copy.published()
    finally:
        os.close(source)


def _require_equal(source: int, copy: int, size_bytes: int, path: Path) -> None:
    with storage_errors(path):
        # Read from the disk instead of the cache, as far as the kernel allows.
        os.posix_fadvise(copy, 0, 0, os.POSIX_FADV_DONTNEED)
        for offset in range(0, size_bytes, COMPARE_CHUNK_BYTES):
            expected = os.pread(source, COMPARE_CHUNK_BYTES, offset)
            if os.pread(copy, COMPARE_CHUNK_BYTES, offset) != expected:
                raise FileChanged("its copy differs from it, so it was not moved", path=path)


def _missing(old: Path, new: Path) -> Path:
    return new.parent if os.path.lexists(old) else old


def _status(path: Path) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise translated(error, path) from error

"""Journaled writes of a small file that lies beside comics and is no comic.

Its content before is part of the intent, and of its content after the hash, so that the file itself
shows what happened after a crash, and undo restores it to the byte. What someone else has written
meanwhile is never replaced or removed. No symbolic link is followed.

    intent  {"before": base64 or null if there was no file, "after": SHA-256 (hex), "token": text,
             "device": that of the folder}
"""

from __future__ import annotations

import hashlib
import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from comicmaintainer.errors import (
    FileBusy,
    FileChanged,
    FileMissing,
    NotAComicPath,
    OutsideLibrary,
    TargetExists,
    UndoRefused,
)
from comicmaintainer.filesystem.folders import sync_folder
from comicmaintainer.filesystem.identity import device_of
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.filesystem.regular_files import open_regular
from comicmaintainer.filesystem.renames import renamed_noreplace
from comicmaintainer.filesystem.shared_steps import FileSync, FolderSync, GuardCheck
from comicmaintainer.filesystem.siblings import SiblingFile
from comicmaintainer.filesystem.temporaries import temporary_name
from comicmaintainer.library.scan.mount_points import is_bare

CHANGED = "it was changed by someone else since, so it was left as it is"


@dataclass(frozen=True, slots=True)
class Writing:
    """One write as the journal has it. `before` is None if there was no file."""

    before: bytes | None
    after: str
    token: str
    device: int

    def to_json(self) -> dict[str, Any]:
        """Return its part of an intent."""
        before = None if self.before is None else b64encode(self.before).decode("ascii")
        return {
            "before": before, "after": self.after, "token": self.token, "device": self.device,
        }  # fmt: skip

    @classmethod
    def from_json(cls, intent: Mapping[str, Any]) -> Self:
        """Return the inverse of `to_json`."""
        before = intent["before"]
        return cls(
            None if before is None else b64decode(before),
            intent["after"],
            intent["token"],
            intent["device"],
        )

    @classmethod
    def planned(cls, path: Path, before: bytes | None, after: bytes, token: str) -> Self:
        """Return the write of `after` to the file at `path`, which is `before`.

        Raises:
            FileMissing: its folder does not exist.
            StorageError.
        """
        return cls(before, digest_of(after), token, device_of(path.parent))


def digest_of(content: bytes) -> str:
    """Return the hash by which a content is recognised."""
    return hashlib.sha256(content).hexdigest()


def content_of(path: Path, *, most_bytes: int | None = None) -> bytes | None:
    """Return the content of the file at `path`; None if there is no file.

    Of a file that is larger than `most_bytes`, one byte more than that is returned.

    Raises:
        FileChanged: something else than a file is there, such as a link or a folder.
        FileMissing: the folder does not exist.
        StorageError.
    """
    if path.is_symlink() or path.is_dir():
        what = "a symbolic link" if path.is_symlink() else "a folder"
        raise FileChanged(f"it is {what}, not a file, so it was left as it is", path=path)
    try:
        with storage_errors(path):
            descriptor = open_regular(path, os.O_RDONLY | os.O_NOFOLLOW)
    except NotAComicPath as error:
        raise FileChanged("it is not a regular file, so it was left as it is", path=path) from error
    except FileMissing:
        if not path.parent.is_dir():
            raise
        return None
    with storage_errors(path), os.fdopen(descriptor, "rb") as file:
        return file.read() if most_bytes is None else file.read(most_bytes + 1)


async def write(path: Path, writing: Writing, content: bytes, *, guard: Callable[[], None]) -> None:
    """Write the file, durably; at every moment it is the old one or the new one.

    Whoever calls it holds the folder, or the comic beside it, alone: jobs that write take turns.

    Raises:
        FileBusy: someone else has written it since it was read, or is about to; try again.
        OutsideLibrary: its folder has been replaced by a symbolic link.
        StorageError, and whatever `guard` raises.
    """
    _require_straight(path.parent)
    _require_content(path, writing.before)
    await _published(path, writing.before, content, guard, writing.token)


def finish_interrupted_write(path: Path, writing: Writing) -> bool:
    """After a crash: remove the temporary file, and tell whether the file was written.

    Raises:
        FileChanged: someone else has written it since.
        FileMissing: its folder is not there, or another one is in its place.
        StorageError.
    """
    with storage_errors(path.parent):
        path.parent.stat()
    if is_bare(path.parent, writing.device):
        raise FileMissing("it does not exist", path=path)
    _require_straight(path.parent)
    temporary = path.with_name(temporary_name(path.name, writing.token))
    with storage_errors(temporary):
        temporary.unlink(missing_ok=True)
    content = content_of(path)
    if content is not None and digest_of(content) == writing.after:
        sync_folder(path.parent)
        return True
    if content != writing.before:
        raise FileChanged(CHANGED, path=path)
    return False


async def take_back(path: Path, writing: Writing, *, guard: Callable[[], None]) -> None:
    """Give the file the content that it had, or remove it if there was none. May run repeatedly.

    Raises:
        UndoRefused: someone else has changed or removed it since.
        OutsideLibrary: its folder has been replaced by a symbolic link.
        FileMissing, StorageError, and whatever `guard` raises.
    """
    _require_straight(path.parent)
    try:
        content = content_of(path)
    except FileChanged as error:
        raise UndoRefused(error.message, path=path) from error
    if content == writing.before:  # done by an earlier attempt, which may have ended before a sync
        await FolderSync(path.parent)
        return
    if content is None:
        raise UndoRefused("it was removed by someone else since", path=path)
    if digest_of(content) != writing.after:
        raise UndoRefused(CHANGED, path=path)
    if writing.before is not None:
        await _published(path, content, writing.before, guard)
        return
    await GuardCheck(guard)
    _require_content(path, content)
    with storage_errors(path):
        path.unlink()
    await FolderSync(path.parent)


async def _published(
    path: Path,
    before: bytes | None,
    content: bytes,
    guard: Callable[[], None],
    token: str | None = None,
) -> None:
    with SiblingFile.create(path, token=token) as new:
        new.append(content)
        if before is not None:
            with storage_errors(path):
                old = open_regular(path, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                new.keep_attributes_of(old)
            finally:
                os.close(old)
        await FileSync(new.descriptor, new.path)
        await GuardCheck(guard)
        _require_content(path, before)
        if before is not None:
            new.replace_target()
            return
        try:
            await renamed_noreplace(new.path, path)
        except TargetExists as error:
            raise _busy(path) from error
        new.published()


def _require_content(path: Path, content: bytes | None) -> None:
    if content_of(path) != content:
        raise _busy(path)


def _busy(path: Path) -> FileBusy:
    return FileBusy("someone else has written it at the same moment; try again", path=path)


def _require_straight(folder: Path) -> None:
    if os.path.realpath(folder) != str(folder):
        raise OutsideLibrary(
            "a symbolic link in its path now leads elsewhere, so it was not touched", path=folder
        )

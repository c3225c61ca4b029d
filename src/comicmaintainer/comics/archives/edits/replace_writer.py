"""Replaces a CBZ by a rewritten one, and rebuilds the old one.

Order of a replace: the bytes the new archive will lack are kept and synced; the new archive is
written beside the old one, synced, reopened and verified; the guard is called; `rename(2)` puts
it in place; the folder is synced. The path names a whole archive at every moment.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from comicmaintainer.comics.archives.edits.edit import ContentMark, Kept, Recipe, hash_range
from comicmaintainer.comics.archives.edits.locked_file import require_identity
from comicmaintainer.comics.archives.edits.zip_layout import Copied, Piece
from comicmaintainer.errors import (
    FileMissing,
    NotAComicPath,
    ReadOnlyStorage,
    TargetExists,
    UndoRefused,
)
from comicmaintainer.filesystem.folders import make_folder
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.os_errors import storage_errors, translated
from comicmaintainer.filesystem.regular_files import open_regular
from comicmaintainer.filesystem.siblings import SiblingFile

LOGGER = logging.getLogger(__name__)

NOT_WRITABLE = (ReadOnlyStorage, FileMissing, TargetExists)
"""The errors of a folder that can't be made or written: no permission, or a file has its name."""


def keep_bytes(source: int, recipe: Recipe, targets: Sequence[Path]) -> Kept:
    """Store, durably, every byte of the old archive the new one lacks.

    It gets the first name of `targets` that can be written.

    Raises:
        DiskFull, ReadOnlyStorage, StorageFailed.
    """
    *others, last = targets
    for target in others:
        try:
            return _keep(source, recipe, target)
        except NOT_WRITABLE as error:
            LOGGER.info("%s; what undo needs is kept in %s", error, last.parent)
    return _keep(source, recipe, last)


def find_kept(recipe: Recipe, targets: Sequence[Path]) -> Kept | None:
    """The bytes that `keep_bytes` stored before a crash, or None if they are not complete."""
    found = (_found(recipe, target) for target in targets)
    return next((kept for kept in found if kept is not None), None)


def _keep(source: int, recipe: Recipe, target: Path) -> Kept:
    make_folder(target.parent)
    with SiblingFile.create(target) as kept:
        position = 0
        for is_kept, _, length in recipe:
            if is_kept:
                kept.append_range(source, position, length)
            position += length
        # Its age decides when it expires, so its time must be ours, not that of a file server.
        now_ns = time.time_ns()
        with storage_errors(target):
            os.utime(kept.descriptor, ns=(now_ns, now_ns))
        kept.sync()
        with storage_errors(target):
            sha256 = hash_range(kept.descriptor, 0, kept.size_bytes)
        kept.replace_target()
    return Kept(target, sha256, recipe)


def _found(recipe: Recipe, target: Path) -> Kept | None:
    try:
        descriptor = open_regular(target, os.O_RDONLY | os.O_NOFOLLOW)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except NotAComicPath:
        return None  # not ours: others may write to the share
    try:
        size_bytes = os.fstat(descriptor).st_size
        if size_bytes != sum(length for is_kept, _, length in recipe if is_kept):
            return None
        return Kept(target, hash_range(descriptor, 0, size_bytes), recipe)
    finally:
        os.close(descriptor)


def undo_recipe(size_bytes: int, pieces: Sequence[Piece]) -> Recipe:
    """How to rebuild the old archive of `size_bytes` from the new one and the kept bytes."""
    copied = []
    offset = 0
    for piece in pieces:
        if isinstance(piece, Copied):
            copied.append((piece.offset, piece.length, offset))
            offset += piece.length
        else:
            offset += len(piece)
    recipe = []
    old = kept = 0
    for start, length, new_offset in sorted(copied):
        if start > old:
            recipe.append((True, kept, start - old))
            kept += start - old
        recipe.append((False, new_offset, length))
        old = start + length
    if old < size_bytes:
        recipe.append((True, kept, size_bytes - old))
    return tuple(recipe)


def write_pieces(
    new: SiblingFile, source: int, pieces: Sequence[Piece], ending: bytes = b""
) -> None:
    """Write the new archive durably, with the attributes of the old one."""
    for piece in pieces:
        if isinstance(piece, Copied):
            new.append_range(source, piece.offset, piece.length)
        else:
            new.append(piece)
    new.append(ending)
    new.keep_attributes_of(source)
    new.sync()


def restore(
    source: int,
    kept: Kept,
    before: ContentMark,
    *,
    path: Path,
    expected: FileIdentity,
    guard: Callable[[], None],
) -> None:
    """Rebuild the old archive beside the new one, verify it, and put it in place.

    `expected` is the identity of the new archive open as `source`: nothing else is replaced.

    Raises:
        UndoRefused: the kept bytes are gone or damaged.
        FileChanged: another program changed the file meanwhile; nothing was replaced.
        DiskFull, ReadOnlyStorage, StorageFailed, and whatever `guard` raises.
    """
    try:
        kept_file = open_regular(kept.path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError as error:
        raise UndoRefused(
            f"the bytes kept to undo its change are gone from {kept.path}", path=path
        ) from error
    except NotAComicPath as error:
        raise UndoRefused("the bytes kept to undo its change are damaged", path=path) from error
    except OSError as error:
        raise translated(error, kept.path) from error
    try:
        with storage_errors(kept.path):
            if hash_range(kept_file, 0, os.fstat(kept_file).st_size) != kept.sha256:
                raise UndoRefused("the bytes kept to undo its change are damaged", path=path)
        with SiblingFile.create(path) as old:
            for is_kept, offset, length in kept.recipe:
                old.append_range(kept_file if is_kept else source, offset, length)
            old.keep_attributes_of(source)
            old.sync()
            if not before.is_on(old.descriptor):
                raise UndoRefused("the restored content differs from the old archive", path=path)
            guard()
            require_identity(source, path, expected)
            old.replace_target()
    finally:
        os.close(kept_file)

"""New files at a path that the user chose, written whole or not at all."""

from __future__ import annotations

import stat
from collections.abc import Iterable
from pathlib import Path

from comicmaintainer.errors import FileMissing, TargetExists
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.filesystem.renames import rename_noreplace
from comicmaintainer.filesystem.siblings import SiblingFile


def require_new(target: Path) -> None:
    """Check that a file can be created at `target`.

    Raises:
        FileMissing: its folder does not exist.
        TargetExists: the name is taken; nothing is overwritten.
    """
    if not target.absolute().parent.is_dir():
        raise FileMissing(f"There is no folder {target.parent}; create it, or mount its disk.")
    if target.exists() or target.is_symlink():
        raise TargetExists(f"{target} already exists; give the name of a new file.")


def write_new(target: Path, chunks: Iterable[bytes]) -> None:
    """Write the chunks to a new file; if that fails, nothing is left of it.

    A pipe or a device (such as a shell's `>(gzip)`) is written to directly.

    Raises:
        FileMissing, TargetExists: see require_new.
        StorageError: the file can't be written.
    """
    if _is_stream(target):
        with storage_errors(target), target.open("wb") as stream:
            stream.writelines(chunks)
        return
    require_new(target)
    with SiblingFile.create(target) as new:
        for chunk in chunks:
            new.append(chunk)
        new.sync()
        rename_noreplace(new.path, target)
        new.published()


def _is_stream(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode)

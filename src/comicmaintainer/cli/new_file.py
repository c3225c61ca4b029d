"""Files that commands write where the user says: new ones, whole or not at all."""

from __future__ import annotations

import stat
from collections.abc import Iterable
from pathlib import Path

from comicmaintainer.errors import FileMissing, TargetExists
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.filesystem.renames import rename_noreplace
from comicmaintainer.filesystem.siblings import SiblingFile


def require_new(target: Path) -> None:
    """Return if a file can be made at `target`.

    Raises:
        FileMissing: there is no folder for it.
        TargetExists: something has that name; nothing is overwritten.
    """
    if not target.absolute().parent.is_dir():
        raise FileMissing(f"There is no folder {target.parent}; create it, or mount its disk.")
    if target.exists() or target.is_symlink():
        raise TargetExists(f"{target} exists already; give the name of a new file.")


def write_new(target: Path, chunks: Iterable[bytes]) -> None:
    """Write the chunks to a new file; where that fails, nothing is left of it.

    A pipe or a device (such as what `>(gzip)` of a shell makes) is written to as it is.

    Raises:
        as require_new; StorageError; and what `chunks` raises.
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

"""A copy of the whole database in a separate file, which is complete or does not exist.

Used by backups and before an upgrade. Only its owner may read it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from comicmaintainer.database.private_files import create_private
from comicmaintainer.filesystem.folders import make_folder, sync_folder


def write_copy(
    connection: Any, target: Path, *, prove: Callable[[Path], None] = lambda _copy: None
) -> None:
    """Write the database of `connection` as it is now to the new file `target`.

    `prove` checks the copy before it gets its name, and raises if it is not sound.

    Raises:
        driver.Error, OSError, StorageError: it could not be written; then `target` does not exist.
    """
    make_folder(target.parent)
    unfinished = target.with_name(target.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        create_private(unfinished)
        connection.execute("VACUUM INTO ?", (os.fspath(unfinished),))
        prove(unfinished)
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.rename(target)
    finally:
        unfinished.unlink(missing_ok=True)
    sync_folder(target.parent)

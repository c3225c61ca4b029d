"""The mark of a root: a file inside it that says which root it is.

A bare mount point, another share or a stale mount does not have the right mark, whatever its device
number. Only libraries that several hosts share have marks.
"""

from __future__ import annotations

import json
import os
import uuid
from contextlib import suppress
from pathlib import Path

from comicmaintainer.filesystem.folders import make_folder
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.library.ignored import OUR_FOLDER

_NAME = "root.json"
_MOST_BYTES = 4096


def place(root: Path) -> Path:
    """Return where the mark of a root is."""
    return root / OUR_FOLDER / _NAME


def read(root: Path) -> str | None:
    """Return the uid in the mark of `root`; None if there is none, or none that can be read."""
    try:
        with place(root).open("rb") as file:
            uid = json.loads(file.read(_MOST_BYTES)).get("uid")
    except (OSError, ValueError, AttributeError):
        return None
    return uid if isinstance(uid, str) and uid else None


def give(root: Path) -> str | None:
    """Give `root` a mark unless it has one; return its uid, None if another host is doing so.

    Raises:
        StorageError: it can't be written.
    """
    mark = place(root)
    uid = uuid.uuid4().hex
    make_folder(mark.parent)
    with storage_errors(mark):
        try:
            descriptor = os.open(mark, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        except FileExistsError:
            return read(root)
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
                file.write(json.dumps({"uid": uid}).encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                mark.unlink()
            raise
    return uid

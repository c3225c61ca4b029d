"""What tests of archives share: tags, and what a file holds for a reader that is not ours."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

OLD_XML = b"<ComicInfo><Series>Old</Series></ComicInfo>"
NEW_XML = b"<ComicInfo><Series>New</Series><Number>7</Number></ComicInfo>"

ComicMaker = Callable[..., Path]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def pages_of(path: Path) -> dict[str, bytes]:
    """What Python's own zipfile finds in the file, tags left out."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {
            name: archive.read(name) for name in archive.namelist() if not name.endswith(".xml")
        }


def no_guard() -> None:
    """The guard of a caller whom nobody stops."""

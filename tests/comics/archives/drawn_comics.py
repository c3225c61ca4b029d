"""What tests of archives share: tags, and what a file holds for a reader that is not ours."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

from comicmaintainer.comics.archives.model import ComicArchive, Entry

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


def member(archive: ComicArchive, name: str) -> Entry:
    """The only member of this name."""
    (found,) = (entry for entry in archive.entries if entry.name == name)
    return found


def page_names(archive: ComicArchive) -> tuple[str, ...]:
    """The names of the pages in reading order."""
    return tuple(page.name for page in archive.pages)


def no_guard() -> None:
    """The guard of a caller whom nobody stops."""

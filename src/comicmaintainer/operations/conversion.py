"""Whether a file is the conversion of another: what a crash right after its making leaves open."""

from __future__ import annotations

from pathlib import Path

from comicmaintainer.comics.archives.model import ArchiveFormat
from comicmaintainer.comics.archives.reader import open_archive
from comicmaintainer.errors import ArchiveError


def is_conversion_of(source: Path, target: Path) -> bool:
    """Tell whether `target` is a CBZ with every page of `source`.

    Pages are told by their names without suffix, since they may have been re-encoded. A CBZ is
    published whole or not at all, so one that has the names has the pages.

    Raises:
        FileMissing, StorageError.
    """
    try:
        with open_archive(source) as old, open_archive(target) as new:
            names = [_stem(name) for name in old.pages]
            is_cbz = new.format is ArchiveFormat.CBZ
            return is_cbz and bool(names) and names == [_stem(name) for name in new.pages]
    except ArchiveError:
        return False


def _stem(name: str) -> str:
    return name[: name.rindex(".")]

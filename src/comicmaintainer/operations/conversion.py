"""Whether a file is the conversion of another: what a crash right after its making leaves open."""

from __future__ import annotations

from pathlib import Path

from comicmaintainer.comics.archives.model import ArchiveFormat, ComicArchive
from comicmaintainer.comics.archives.reader import open_archive
from comicmaintainer.comics.fingerprint import read_page_facts
from comicmaintainer.errors import ArchiveError


def is_conversion_of(source: Path, target: Path, *, keeps_pages: bool = False) -> bool:
    """Tell whether `target` is a CBZ with every page of `source`.

    Pages are told by their names without suffix, since they may have been re-encoded. A CBZ is
    published whole or not at all, so one that has the names has the pages. With `keeps_pages`,
    none was re-encoded: then every page is read, and must be the same to the byte.

    Raises:
        FileMissing, StorageError.
    """
    try:
        with open_archive(source) as old, open_archive(target) as new:
            names = [_stem(name) for name in old.pages]
            is_cbz = new.format is ArchiveFormat.CBZ
            if not is_cbz or not names or names != [_stem(name) for name in new.pages]:
                return False
            return not keeps_pages or _contents(old) == _contents(new)
    except ArchiveError:
        return False


def _contents(archive: ComicArchive) -> list[tuple[int, int]]:
    return [(size_bytes, crc) for _, size_bytes, crc in read_page_facts(archive)]


def _stem(name: str) -> str:
    return name[: name.rindex(".")]

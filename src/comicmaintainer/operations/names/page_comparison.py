"""Compares the pages of two comics, to tell a duplicate from a comic of the same name.

Used when a name is taken. Most formats list the checksums of their pages. Without checksums, pages
of different sizes are different pages, and files are read only if all sizes agree.
"""

from __future__ import annotations

import os
import stat
from enum import StrEnum
from pathlib import Path

from comicmaintainer.comics.archives.model import ArchiveFormat
from comicmaintainer.comics.pages.fingerprint import page_fingerprint, read_page_facts
from comicmaintainer.errors import ArchiveError, NotAComicPath, StorageError
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.operations.changes.moves import is_equal
from comicmaintainer.operations.comic import Comic, read_comic
from comicmaintainer.reading.comic_reader import ComicReader


class PageComparison(StrEnum):
    """The result of comparing the pages of two comics."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"  # one of them can't be read, or is not a comic


def compare_pages(comics: ComicReader, comic: Comic, other: Path) -> PageComparison:
    """Compare the pages of `comic` with those of the file at `other`.

    Raises:
        FileMissing: one of the two does not exist.
    """
    try:
        with storage_errors(other):
            status = os.lstat(other)
        if not stat.S_ISREG(status.st_mode):
            return PageComparison.UNKNOWN
        other_comic = read_comic(comics, other)
    except (ArchiveError, StorageError, NotAComicPath):
        return PageComparison.UNKNOWN
    if not _may_agree(comic, other_comic):
        return PageComparison.DIFFERENT
    own, others = page_fingerprint(comic.page_facts), page_fingerprint(other_comic.page_facts)
    if own is None or others is None:
        return _compare_content(comics, comic, other_comic)
    return PageComparison.SAME if own == others else PageComparison.DIFFERENT


def _may_agree(comic: Comic, other: Comic) -> bool:
    """Return False if the number or sizes of the pages differ; a size of 0 is unknown."""
    if len(comic.page_facts) != len(other.page_facts):
        return False
    pairs = zip(comic.page_facts, other.page_facts, strict=True)
    return all(own[1] == found[1] or not own[1] or not found[1] for own, found in pairs)


def _compare_content(comics: ComicReader, comic: Comic, other: Comic) -> PageComparison:
    """Compare the content of files whose listings are not conclusive."""
    is_same_size = comic.identity.size_bytes == other.identity.size_bytes
    try:
        if is_same_size and is_equal(comic.path, other.path):
            return PageComparison.SAME
        if ArchiveFormat.PDF in (comic.format, other.format):
            return PageComparison.UNKNOWN  # a PDF does not store pages as they look
        own, others = (_read_fingerprint(comics, each.path) for each in (comic, other))
    except (ArchiveError, StorageError):
        return PageComparison.UNKNOWN
    return PageComparison.SAME if own == others else PageComparison.DIFFERENT


def _read_fingerprint(comics: ComicReader, path: Path) -> str | None:
    with comics.open(path) as archive:
        return page_fingerprint(read_page_facts(archive))

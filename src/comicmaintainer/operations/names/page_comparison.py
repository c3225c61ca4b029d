"""Whether two comics have the same pages: what tells a duplicate from a comic of the same name.

Used where a name is taken. Most formats list the checksums of their pages. Where they do not, pages
of other sizes are other pages, and only files that agree so far are read.
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
    """What is known of the pages of two comics."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"  # one of them can't be read, or is no comic


def compare_pages(comics: ComicReader, comic: Comic, other: Path) -> PageComparison:
    """Compare the pages of `comic` with those of the file at `other`.

    Raises:
        FileMissing: one of the two is not there (any more).
    """
    try:
        with storage_errors(other):
            status = os.lstat(other)
        if not stat.S_ISREG(status.st_mode):
            return PageComparison.UNKNOWN
        found = read_comic(comics, other)
    except (ArchiveError, StorageError, NotAComicPath):
        return PageComparison.UNKNOWN
    if not _may_agree(comic, found):
        return PageComparison.DIFFERENT
    own, others = page_fingerprint(comic.page_facts), page_fingerprint(found.page_facts)
    if own is None or others is None:
        return _compare_content(comics, comic, found)
    return PageComparison.SAME if own == others else PageComparison.DIFFERENT


def _may_agree(comic: Comic, other: Comic) -> bool:
    """False where number or sizes of the pages differ; a size of 0 is not known."""
    if len(comic.page_facts) != len(other.page_facts):
        return False
    pairs = zip(comic.page_facts, other.page_facts, strict=True)
    return all(own[1] == found[1] or not own[1] or not found[1] for own, found in pairs)


def _compare_content(comics: ComicReader, comic: Comic, other: Comic) -> PageComparison:
    """Compare what is in the files, as their listings do not tell."""
    is_same_size = comic.identity.size_bytes == other.identity.size_bytes
    try:
        if is_same_size and is_equal(comic.path, other.path):
            return PageComparison.SAME
        if ArchiveFormat.PDF in (comic.format, other.format):
            return PageComparison.UNKNOWN  # how a page looks is not what is stored of it
        own, others = (_read_fingerprint(comics, each.path) for each in (comic, other))
    except (ArchiveError, StorageError):
        return PageComparison.UNKNOWN
    return PageComparison.SAME if own == others else PageComparison.DIFFERENT


def _read_fingerprint(comics: ComicReader, path: Path) -> str | None:
    with comics.open(path) as archive:
        return page_fingerprint(read_page_facts(archive))

"""Reads several pages of one comic in as few passes over its file as its format allows.

A CBZ and a PDF allow direct access to any page. The other formats are read from the front, so a
page in the middle costs half a pass, and the pages needed next are read in the same pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from comicmaintainer.comics.archives.joining import joined
from comicmaintainer.comics.archives.model import ArchiveFormat, ComicArchive
from comicmaintainer.comics.archives.reader import open_archive
from comicmaintainer.errors import ArchiveError, PageMissing

RANDOM_ACCESS_FORMATS = frozenset({ArchiveFormat.CBZ, ArchiveFormat.PDF})

Content = bytes | ArchiveError
"""A page's bytes, or the error that prevented reading them."""


class ReadPage(NamedTuple):
    """A page and its content; `number` counts from 0 in reading order."""

    number: int
    name: str
    content: Content


def read_pages(path: Path, numbers: Sequence[int], max_bytes: int) -> Iterator[ReadPage]:
    """Yield pages of the comic at `path`, in the order of its format.

    `numbers` count from 0 in reading order. The first page is required; the others are read only
    if they need no further pass. Reading stops when the caller stops iterating.

    Raises:
        PageMissing: there is no page with the first number.
        As `open_archive`, possibly after the first page, if the pass meets damage later.
    """
    with open_archive(path) as archive:
        if numbers[0] >= len(archive.pages):
            raise PageMissing(f"its pages are 0 to {len(archive.pages) - 1}", path=path)
        if archive.format in RANDOM_ACCESS_FORMATS:
            page = archive.pages[numbers[0]]
            yield ReadPage(numbers[0], page.name, archive.read(page, max_bytes))
            return
        yield from _in_one_pass(path, archive, numbers, max_bytes)


def _in_one_pass(
    path: Path, archive: ComicArchive, numbers: Sequence[int], max_bytes: int
) -> Iterator[ReadPage]:
    pages = archive.pages
    missing = {pages[number].place: number for number in numbers if number < len(pages)}
    for entry, chunks in archive.walk():
        number = missing.pop(entry.place, None)
        if number is None:
            continue
        try:
            content: Content = joined(chunks, max_bytes, path=path, member=entry.name)
        except ArchiveError as error:
            content = error
        yield ReadPage(number, entry.name, content)
        if not missing:
            return

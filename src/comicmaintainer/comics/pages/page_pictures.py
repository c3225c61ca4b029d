"""Hashes the pictures of a comic's cover and sampled pages.

Worker side only. Pages are decoded one at a time, so that only one is in memory.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from comicmaintainer.comics.archives.joining import joined
from comicmaintainer.comics.archives.model import ArchiveFormat, ComicArchive, Entry
from comicmaintainer.comics.archives.reader import open_archive
from comicmaintainer.comics.images.decoding import MAX_PAGE_BYTES, image_picture
from comicmaintainer.comics.images.model import ImagePicture
from comicmaintainer.comics.pages.likeness import ComicPictures, is_distinctive, sampled_pages
from comicmaintainer.errors import ArchiveError

_RANDOM_ACCESS = (ArchiveFormat.CBZ, ArchiveFormat.PDF)


def comic_pictures(path: Path) -> ComicPictures:
    """Decode and hash the sampled pages of the comic at `path`.

    Raises:
        As `open_archive`; damaged pages are counted instead.
    """
    hashes: dict[int, int] = {}
    sizes: list[tuple[int, int]] = []
    with open_archive(path) as archive:
        chosen = {archive.pages[number]: number for number in sampled_pages(len(archive.pages))}
        for page, content in _contents(archive, chosen):
            picture = _picture(content, page.name)
            if picture is None:
                continue
            sizes.append((picture.width, picture.height))
            if is_distinctive(picture.hash):
                hashes[chosen[page]] = picture.hash
    sizes.sort(key=lambda size: size[0] * size[1])
    width, height = sizes[len(sizes) // 2] if sizes else (0, 0)
    return ComicPictures(hashes, width, height, len(chosen) - len(sizes))


def page_hashes(path: Path, numbers: Sequence[int]) -> Mapping[int, int]:
    """Decode and hash these pages of a comic; those that can't be recognised are left out.

    Raises:
        As `open_archive`.
    """
    hashes: dict[int, int] = {}
    with open_archive(path) as archive:
        chosen = {
            archive.pages[number]: number for number in numbers if number < len(archive.pages)
        }
        for page, content in _contents(archive, chosen):
            picture = _picture(content, page.name)
            if picture is not None and is_distinctive(picture.hash):
                hashes[chosen[page]] = picture.hash
    return hashes


def _picture(content: bytes | None, name: str) -> ImagePicture | None:
    try:
        return None if content is None else image_picture(content, name=name)
    except ArchiveError:
        return None


def _contents(
    archive: ComicArchive, chosen: Collection[Entry]
) -> Iterator[tuple[Entry, bytes | None]]:
    """Yield the pages with their contents, None if a page can't be read.

    Formats without a directory are read in one pass from the front, which ends at the last chosen
    page, or at damage.
    """
    if archive.format in _RANDOM_ACCESS:
        for page in chosen:
            yield page, _read(archive, page)
        return
    left = {page.place for page in chosen}
    try:
        for entry, chunks in archive.walk():
            if entry.place in left:
                left.remove(entry.place)
                yield entry, joined(chunks, MAX_PAGE_BYTES, member=entry.name)
            if not left:
                return
    except ArchiveError:
        return


def _read(archive: ComicArchive, page: Entry) -> bytes | None:
    try:
        return archive.read(page, MAX_PAGE_BYTES)
    except ArchiveError:
        return None

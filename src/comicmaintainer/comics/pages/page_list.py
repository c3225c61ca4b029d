"""A comic's pages as a list to choose from: names and sizes, what the tags say of each, pixels.

Used by the command line and by the helper process of the web; needs the XML library.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from comicmaintainer.comics.archives.inner_comics import require_pages
from comicmaintainer.comics.archives.model import ArchiveFormat, Limits
from comicmaintainer.comics.archives.reader import read_metadata_members
from comicmaintainer.comics.archives.zip.zip_reader import ZipReader
from comicmaintainer.comics.images.image_headers import HEAD_BYTES, ImageHeader, read_header
from comicmaintainer.comics.metadata import PageInfo
from comicmaintainer.comics.metadata.comicinfo_pages import pages_with_sizes
from comicmaintainer.comics.metadata.members import METADATA_MEMBERS
from comicmaintainer.comics.metadata.sources import read_metadata
from comicmaintainer.errors import ArchiveError, DamagedArchive, FileChanged
from comicmaintainer.filesystem.identity import FileIdentity

PROBE_WITHIN_S = 3.0
"""Heads of pages are read no longer than this: on a cold disk each of them costs a seek."""
DELETED = "Deleted"
FRONT_COVER = "FrontCover"


@dataclass(frozen=True, slots=True)
class ListedPage:
    """One page; `number` counts from 0 in reading order, as ComicInfo's `Image` does.

    `tagged` is what the tags say of it, None where they do not list it. Sizes that are not known
    without decoding the page are None. `problem` says why it can't be shown, as far as is known.
    """

    number: int
    name: str
    size_bytes: int | None
    width: int | None
    height: int | None
    tagged: PageInfo | None
    problem: str | None

    @property
    def types(self) -> tuple[str, ...]:
        """ComicInfo's page types, usually one."""
        return tuple((self.tagged.type if self.tagged else "Story").split())

    def to_json(self) -> dict[str, Any]:
        """The page as the API and the command line show it."""
        return {
            "number": self.number,
            "name": self.name,
            "size_bytes": self.size_bytes,
            "width": self.width,
            "height": self.height,
            "type": " ".join(self.types),
            "deleted": DELETED in self.types,
            "problem": self.problem,
            "tagged": None if self.tagged is None else asdict(self.tagged),
        }


@dataclass(frozen=True, slots=True)
class PageList:
    """The pages of the file that had this identity, in reading order."""

    identity: FileIdentity
    format: ArchiveFormat
    right_to_left: bool
    pages: tuple[ListedPage, ...]

    @property
    def cover(self) -> ListedPage:
        """The page that the tags call the cover, else the first that is not to go."""
        staying = [page for page in self.pages if DELETED not in page.types] or self.pages
        return next((page for page in staying if FRONT_COVER in page.types), staying[0])

    def to_json(self) -> dict[str, Any]:
        """The list as the API and the command line show it."""
        return {
            "format": str(self.format),
            "right_to_left": self.right_to_left,
            "pages": [page.to_json() for page in self.pages],
        }


def list_pages(
    path: Path, *, with_pixels: bool = True, now: Callable[[], float] = time.monotonic
) -> PageList:
    """The pages of the comic at `path`.

    Pixels come from the images' heads in a CBZ, and from the tags where they say so.

    Raises:
        ArchiveError: it can't be read, or has no pages.
        FileChanged: it was written meanwhile.
        FileMissing, StorageError.
    """
    found = read_metadata_members(path, METADATA_MEMBERS.values())
    if not found.page_facts:
        require_pages(path, 0, found.comics)
    metadata = read_metadata(found.members, found.comment).merged
    told = _told([size_bytes for _, size_bytes, *_ in found.page_facts], metadata.pages)
    heads: Sequence[_Head] = ()
    if with_pixels and found.format is ArchiveFormat.CBZ:
        heads = _heads(path, found.identity, now)
    pages = []
    for number, (name, size_bytes, *_) in enumerate(found.page_facts):
        head = heads[number] if number < len(heads) else _Head()
        tagged = told[number]
        seen = head.header
        width, height = (seen.width, seen.height) if seen else (None, None)
        if width is None and tagged is not None:
            width, height = tagged.width, tagged.height
        pages.append(
            ListedPage(number, name, size_bytes or None, width, height, tagged, head.problem)
        )
    direction = metadata.reading_direction
    return PageList(found.identity, found.format, direction == "rtl", tuple(pages))


def _told(sizes_bytes: Sequence[int], said: Sequence[PageInfo]) -> list[PageInfo | None]:
    """What the tags say of each page, which follows it as it does where tags are written.

    None where they say no more of it than its size.
    """
    numbers = {page.image for page in said}
    return [
        page if number in numbers or page != PageInfo(number, image_size=size_bytes) else None
        for number, (page, size_bytes) in enumerate(
            zip(pages_with_sizes(sizes_bytes, said), sizes_bytes, strict=True)
        )
    ]


@dataclass(frozen=True, slots=True)
class _Head:
    header: ImageHeader | None = None
    problem: str | None = None


def _heads(path: Path, identity: FileIdentity, now: Callable[[], float]) -> list[_Head]:
    """What the first pages' own bytes say, as many as can be had in the time."""
    until = now() + PROBE_WITHIN_S
    heads: list[_Head] = []
    with ZipReader(path, Limits()) as archive:
        if archive.identity != identity:
            raise FileChanged("it was changed while it was being looked at", path=path)
        for page in archive.pages:
            if now() > until:
                break
            try:
                header = read_header(archive.head(page, HEAD_BYTES))
            except ArchiveError as error:
                heads.append(_Head(problem=str(error)))
            else:
                problem = None
                if header is None:
                    unknown = DamagedArchive(
                        "its image format is not known", path=path, member=page.name
                    )
                    problem = str(unknown)
                heads.append(_Head(header, problem))
    return heads

"""Lists a comic's pages: names, sizes, their entries in the tags, and pixels.

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
"""The time limit for reading the heads of pages: on a cold disk each one costs a seek."""
DELETED = "Deleted"
FRONT_COVER = "FrontCover"


@dataclass(frozen=True, slots=True)
class ListedPage:
    """One page; `number` counts from 0 in reading order, as ComicInfo's `Image` does.

    `tagged` is its entry in the tags, None if they do not list it. Sizes that are unknown without
    decoding the page are None. `problem` says why the page can't be shown, if that is known.
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
    """The pages of the file with this identity, in reading order."""

    identity: FileIdentity
    format: ArchiveFormat
    right_to_left: bool
    pages: tuple[ListedPage, ...]

    @property
    def cover(self) -> ListedPage:
        """The page marked as the cover in the tags, else the first not marked as deleted."""
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

    Pixels come from the images' heads in a CBZ, or from the tags.

    Raises:
        ArchiveError: it can't be read, or has no pages.
        FileChanged: it was written meanwhile.
        FileMissing, StorageError.
    """
    comic = read_metadata_members(path, METADATA_MEMBERS.values())
    if not comic.page_facts:
        require_pages(path, 0, comic.comics)
    metadata = read_metadata(comic.members, comic.comment).merged
    entries = _tag_entries([size_bytes for _, size_bytes, *_ in comic.page_facts], metadata.pages)
    heads: Sequence[_Head] = ()
    if with_pixels and comic.format is ArchiveFormat.CBZ:
        heads = _heads(path, comic.identity, now)
    pages = []
    for number, (name, size_bytes, *_) in enumerate(comic.page_facts):
        head = heads[number] if number < len(heads) else _Head()
        tagged = entries[number]
        seen = head.header
        width, height = (seen.width, seen.height) if seen else (None, None)
        if width is None and tagged is not None:
            width, height = tagged.width, tagged.height
        pages.append(
            ListedPage(number, name, size_bytes or None, width, height, tagged, head.problem)
        )
    direction = metadata.reading_direction
    return PageList(comic.identity, comic.format, direction == "rtl", tuple(pages))


def _tag_entries(
    sizes_bytes: Sequence[int], tagged_pages: Sequence[PageInfo]
) -> list[PageInfo | None]:
    """The entry in the tags for each page, which moves with its page as in tag writes.

    None if it has nothing but the size.
    """
    numbers = {page.image for page in tagged_pages}
    return [
        page if number in numbers or page != PageInfo(number, image_size=size_bytes) else None
        for number, (page, size_bytes) in enumerate(
            zip(pages_with_sizes(sizes_bytes, tagged_pages), sizes_bytes, strict=True)
        )
    ]


@dataclass(frozen=True, slots=True)
class _Head:
    header: ImageHeader | None = None
    problem: str | None = None


def _heads(path: Path, identity: FileIdentity, now: Callable[[], float]) -> list[_Head]:
    """The heads of the first pages, as many as can be read within the time limit."""
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

"""Reads a comic: its tags, its metadata files and its pages.

Used by every operation and by the command `show`. Everything is read once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from comicmaintainer.comics.archives.inner_comics import require_pages
from comicmaintainer.comics.archives.model import ArchiveFormat, PageFact
from comicmaintainer.comics.archives.reader import read_if_plain
from comicmaintainer.comics.archives.zip.zip_reader import QuickRead
from comicmaintainer.comics.metadata import ComicMetadata, PageInfo
from comicmaintainer.comics.metadata.members import METADATA_MEMBERS
from comicmaintainer.comics.metadata.sources import MetadataSources, read_metadata
from comicmaintainer.errors import MalformedMetadata
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.reading.comic_reader import ComicReader

REPLACING = (
    "To write new tags in place of what can't be read, process or tag it with on_malformed=replace "
    "(command line: --on-malformed replace)."
)


@dataclass(frozen=True, slots=True)
class Comic:
    """A comic as it was read: its tags, its metadata files and its pages.

    `page_facts` are in reading order. `misplaced` are metadata files that are removed when new ones
    are written at the root, under their usual names.
    """

    path: Path
    identity: FileIdentity
    format: ArchiveFormat
    sources: MetadataSources
    members: Mapping[str, bytes]
    page_facts: tuple[PageFact, ...]
    comment: bytes
    information: Mapping[str, str]
    misplaced: tuple[str, ...] = ()

    @property
    def metadata(self) -> ComicMetadata:
        """The merged tags of all sources in the archive."""
        return self.sources.merged

    @property
    def is_writable(self) -> bool:
        """Whether tags can be written to it."""
        return self.format.is_taggable

    @property
    def source_bytes(self) -> int:
        """The size of everything its tags were read from; the tags can't be larger."""
        information = sum(map(len, self.information.values()))
        return sum(map(len, self.members.values())) + len(self.comment) + information

    def page_list(self) -> tuple[PageInfo, ...]:
        """Return its pages as tags list them."""
        return tuple(
            PageInfo(number, image_size=size_bytes)
            for number, (_, size_bytes, *_) in enumerate(self.page_facts)
        )


def read_comic(comics: ComicReader, path: Path) -> Comic:
    """Read tags and page list.

    Raises:
        ArchiveError: it can't be read, or has no pages.
        FileMissing, StorageError.
    """
    return _comic(path, comics.members(path, METADATA_MEMBERS.values()))


def read_comic_quickly(path: Path) -> Comic | None:
    """Read a comic in this process; return None if a helper process has to read it.

    Raises:
        As `read_comic`.
    """
    members = read_if_plain(path, METADATA_MEMBERS.values())
    return None if members is None else _comic(path, members)


def _comic(path: Path, found: QuickRead) -> Comic:
    require_pages(path, len(found.page_facts), found.comics)
    return Comic(
        path,
        found.identity,
        found.format,
        read_metadata(found.members, found.comment, found.information),
        found.members,
        found.page_facts,
        found.comment,
        found.information,
        found.misplaced,
    )


def require_sound(comic: Comic) -> None:
    """Refuse tags that can't be parsed, and name the option that replaces them.

    Raises:
        MalformedMetadata.
    """
    try:
        comic.sources.require_sound()
    except MalformedMetadata as error:
        problem = error.message.rstrip(".")
        raise MalformedMetadata(
            f"{problem}. {REPLACING}", path=error.path, member=error.member
        ) from error

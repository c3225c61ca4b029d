"""What a conversion carries over besides the members: tags from other places, and the comment.

Metadata files are members and are copied like all others. Readers of a CBZ ignore a ComicBookInfo
in a RAR's comment, a PDF's information and a CoMet, so their tags go into the ComicInfo, by the
precedence of all sources. A page list is updated for re-encoded pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from comicmaintainer.comics.images.model import RecodedPage
from comicmaintainer.comics.metadata import PageInfo
from comicmaintainer.comics.metadata.comicinfo_pages import pages_with_sizes
from comicmaintainer.comics.metadata.members import (
    COMICBOOKINFO,
    COMICINFO,
    METADATA_MEMBERS,
    METRONINFO,
    find_members,
    format_of,
)
from comicmaintainer.comics.metadata.sources import (
    merge,
    read_metadata,
    updated_members,
    with_changes,
)
from comicmaintainer.errors import MalformedMetadata
from comicmaintainer.operations.comic import Comic

MAX_COMMENT_BYTES = 0xFFFF
KEPT = frozenset({COMICINFO, METRONINFO})


@dataclass(frozen=True, slots=True)
class MadePage:
    """What tags may say about a re-encoded page; width and height in pixels."""

    size_bytes: int
    width: int
    height: int

    @classmethod
    def of(cls, page: RecodedPage) -> MadePage:
        """Return the facts about `page`, without its content."""
        return cls(len(page.content), page.width, page.height)

    def updated(self, before: PageInfo) -> PageInfo:
        """Return the page's former tags with its new size."""
        return replace(
            before,
            image_size=self.size_bytes,
            width=self.width if before.width else None,
            height=self.height if before.height else None,
        )


@dataclass(frozen=True, slots=True)
class Carried:
    """Members that a CBZ gets instead of, or besides, the original's, and its comment.

    `dropped` are the names of members that `members` replace: metadata files in a folder, or with
    other letter case. `sources` are the formats whose tags are in `members`; `left_out` says what
    is lost, in words. `listed` are the places of the pages in reading order, if `members` have a
    page list.
    """

    members: Mapping[str, bytes]
    comment: bytes = b""
    dropped: frozenset[str] = frozenset()
    sources: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    listed: tuple[int, ...] = ()

    def written(
        self, read: Mapping[int, tuple[int, int]], made: Mapping[int, MadePage]
    ) -> Mapping[str, bytes]:
        """Return `members`, updated for the re-encoded pages in `made`.

        `read` has the CRC and the size in bytes of the original's members, by place.
        """
        if not self.listed or not made:
            return self.members
        tags = read_metadata(self.members).by_format[COMICINFO]
        sizes_bytes = [read[place][1] for place in self.listed]
        pages = [
            made[place].updated(page) if place in made else page
            for place, page in zip(
                self.listed, pages_with_sizes(sizes_bytes, tags.pages), strict=True
            )
        ]
        listing = updated_members(self.members, tags, [COMICINFO], pages=pages)
        return with_changes(self.members, listing)

    def replaces(self, name: str) -> bool:
        """Tell whether a member of the original is replaced or dropped."""
        return name in self.members or name in self.dropped


def carry(comic: Comic, *, recodes: bool = False) -> Carried:
    """Decide what the CBZ of a comic in another format gets besides its members.

    With `recodes`, its pages may be re-encoded: then this includes the page list.
    """
    carried = _tags(comic)
    return _with_page_list(comic, carried) if recodes else carried


def _with_page_list(comic: Comic, carried: Carried) -> Carried:
    members = {**comic.members, **carried.members}
    name = find_members(members).get(COMICINFO)
    if name is None:
        return carried
    listing = {**carried.members, name: members[name]}
    tags = read_metadata({name: members[name]}).by_format.get(COMICINFO)
    if tags is None or not tags.pages:
        return carried
    return replace(carried, members=listing, listed=tuple(place for *_, place in comic.page_facts))


def _tags(comic: Comic) -> Carried:
    comment, left_out = _comment(comic)
    moved = {METADATA_MEMBERS[format_of(n) or n]: content for n, content in comic.members.items()}
    moved = {name: content for name, content in moved.items() if name not in comic.members}
    dropped = frozenset(comic.misplaced)
    left_out = (*left_out, *(name for name in comic.misplaced if name not in comic.members))
    tags = comic.sources.by_format
    others = tuple(name for name in tags if name not in KEPT)
    if comic.metadata == merge({name: tags[name] for name in tags if name in KEPT}):
        return Carried(moved, comment, dropped, (), left_out)
    try:
        changed = updated_members(comic.members, comic.metadata, [COMICINFO])
    except MalformedMetadata as error:  # it is copied as it is, like any other member
        lost = f"tags of {', '.join(others)}: {error}"
        return Carried(moved, comment, dropped, (), (*left_out, lost))
    members = moved | with_changes({}, changed)
    return Carried(members, comment, dropped, others if changed else (), left_out)


def _comment(comic: Comic) -> tuple[bytes, tuple[str, ...]]:
    """Return the comment to keep, and what is left out.

    A comment with tags is not kept: in a ZIP it would hinder every later tag write.
    """
    if COMICBOOKINFO in comic.sources.by_format:
        return b"", ()
    if len(comic.comment) > MAX_COMMENT_BYTES:
        return b"", ("the archive's comment, which is too long for a ZIP",)
    return comic.comment, ()

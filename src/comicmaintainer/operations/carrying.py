"""What a conversion carries over beside the members: tags that a CBZ holds elsewhere, the comment.

Metadata files are members and are copied with all others. A ComicBookInfo in a RAR's comment, a
PDF's information and a CoMet are nothing that readers of a CBZ look at: what they say goes into its
ComicInfo, by the precedence of all sources.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from comicmaintainer.comics.metadata.members import COMICBOOKINFO, COMICINFO, METRONINFO
from comicmaintainer.comics.metadata.sources import merge, updated_members
from comicmaintainer.errors import MalformedMetadata
from comicmaintainer.operations.tagging import Comic

MAX_COMMENT_BYTES = 0xFFFF
KEPT = frozenset({COMICINFO, METRONINFO})


@dataclass(frozen=True, slots=True)
class Carried:
    """Members that a CBZ gets instead of, or beside, the original's, and its comment.

    `sources` are the formats whose tags are in `members`; `left_out` says what is lost, in words.
    """

    members: Mapping[str, bytes]
    comment: bytes = b""
    sources: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def carry(comic: Comic) -> Carried:
    """Decide what the CBZ of a comic in another format gets beside its members."""
    comment, left_out = _comment(comic)
    said = comic.sources.by_format
    others = tuple(name for name in said if name not in KEPT)
    if comic.metadata == merge({name: said[name] for name in said if name in KEPT}):
        return Carried({}, comment, (), left_out)
    try:
        members = updated_members(comic.members, comic.metadata, [COMICINFO])
    except MalformedMetadata as error:  # it is copied as it is, like any other member
        return Carried({}, comment, (), (*left_out, f"tags of {', '.join(others)}: {error}"))
    return Carried(members, comment, others if members else (), left_out)


def _comment(comic: Comic) -> tuple[bytes, tuple[str, ...]]:
    """The comment to keep. One that holds tags is carried as such: in a ZIP it would be in the way
    of every later tag write.
    """
    if COMICBOOKINFO in comic.sources.by_format:
        return b"", ()
    if len(comic.comment) > MAX_COMMENT_BYTES:
        return b"", ("the archive's comment, which is too long for a ZIP",)
    return comic.comment, ()

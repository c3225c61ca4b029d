"""What a comic's tags are and what they shall become: the reading half of every tag operation.

Everything is read once and nothing written; the planned `Edit` carries the change out later.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from comicmaintainer.comics.archives.inner_comics import require_pages
from comicmaintainer.comics.archives.model import ArchiveFormat, PageFact
from comicmaintainer.comics.archives.zip.zip_reader import QuickRead
from comicmaintainer.comics.metadata import FIELDS, ComicMetadata, FieldChange, PageInfo, diff
from comicmaintainer.comics.metadata.members import METADATA_MEMBERS
from comicmaintainer.comics.metadata.sources import (
    MetadataSources,
    read_metadata,
    updated_members,
    with_changes,
)
from comicmaintainer.errors import FileChanged, MalformedMetadata
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.operations.changes.file_change import FileChange, tag_change
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.reading.comic_reader import ComicReader

REPLACING = (
    "To write new tags in place of what can't be read, process or tag it with on_malformed=replace "
    "(command line: --on-malformed replace)."
)

MAX_ROUNDS = 4
"""How often tags are written on top of each other at most; two rounds are the longest known."""


@dataclass(frozen=True, slots=True)
class Comic:
    """A comic as it was read: its tags, the metadata files they are in, its pages.

    `page_facts` are in reading order. `misplaced` are metadata files that go when theirs is written
    at the root, under its usual name.
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
        """What all sources in the archive say together."""
        return self.sources.merged

    @property
    def is_writable(self) -> bool:
        """Whether tags can be written into it."""
        return self.format.is_taggable

    @property
    def source_bytes(self) -> int:
        """How large all that was read its tags from is; the tags can't be larger."""
        information = sum(map(len, self.information.values()))
        return sum(map(len, self.members.values())) + len(self.comment) + information

    def page_list(self) -> tuple[PageInfo, ...]:
        """Its pages as tags list them."""
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


def read_comic_quickly(comics: ComicReader, path: Path) -> Comic | None:
    """The same for a comic that is read at once; None where a helper process has to read it.

    Raises:
        As `read_comic`.
    """
    found = comics.members_if_plain(path, METADATA_MEMBERS.values())
    return None if found is None else _comic(path, found)


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


@dataclass(frozen=True, slots=True)
class NewTags:
    """The change that writes other tags, the fields it changes, and what the archive says then."""

    change: FileChange
    fields: tuple[FieldChange, ...]
    after: MetadataSources


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


def plan_tags(
    context: OperationContext,
    comic: Comic,
    wanted: ComicMetadata,
    *,
    formats: Collection[str],
    with_pages: bool = False,
    replace_malformed: bool = False,
    wanted_of: Callable[[ComicMetadata], ComicMetadata] | None = None,
) -> NewTags | None:
    """The change that makes the tags `wanted`; None where they are so already.

    One format can't hold all that is wanted, and another adds something (a day to a month). With
    `wanted_of`, which derives what is wanted from such tags, they are written until nothing is
    left for a next run.

    Raises:
        UnsupportedArchive: a file that can't be written, or a hard link that is left alone.
        MalformedMetadata: what is there can't be parsed, and is not to be replaced.
        FileChanged: it was written while it was looked at.
    """
    write = partial(
        updated_members,
        formats=formats,
        pages=comic.page_list() if with_pages else (),
        replace_malformed=replace_malformed,
        misplaced=comic.misplaced,
    )
    members, after = _written(comic, wanted, write, wanted_of)
    if not members:
        return None
    edit = context.plan_edit(comic.path, members)
    if edit.before != comic.identity:
        raise FileChanged("it was changed while it was being looked at", path=comic.path)
    if not edit.is_change:
        return None
    fields = diff(comic.metadata, after.merged)
    replaced = tuple(name for name, content in members.items() if content is None)
    unchanged = _present(after.merged) - _set(fields)
    return NewTags(tag_change(fields, unchanged, edit, replaced), fields, after)


def _written(
    comic: Comic,
    wanted: ComicMetadata,
    write: Callable[[Mapping[str, bytes], ComicMetadata], Mapping[str, bytes | None]],
    wanted_of: Callable[[ComicMetadata], ComicMetadata] | None,
) -> tuple[dict[str, bytes | None], MetadataSources]:
    """Return the members that change, None for those that go, and what all members say then."""
    members: dict[str, bytes | None] = {}
    after = comic.sources
    for _ in range(MAX_ROUNDS):
        changed = write(with_changes(comic.members, members), wanted)
        if not changed:
            break
        members |= changed
        written = with_changes(comic.members, members)
        after = read_metadata(written, comic.comment, comic.information)
        if wanted_of is None or replace(after.merged, pages=wanted.pages) == wanted:
            break
        wanted = wanted_of(after.merged)
    return members, after


def _present(metadata: ComicMetadata) -> int:
    values = (getattr(metadata, field.name) for field in FIELDS)
    return sum(value is not None and value != () for value in values)


def _set(fields: Collection[FieldChange]) -> int:
    return sum(change.after is not None for change in fields)

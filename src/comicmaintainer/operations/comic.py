"""Reads a comic's tags and plans new ones: the reading half of every tag operation.

Everything is read once and nothing is written; the planned `Edit` makes the change later.
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
"""The most rounds of writing tags on top of each other; two is the longest known case."""


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


def read_comic_quickly(comics: ComicReader, path: Path) -> Comic | None:
    """Read a comic in this process; return None if a helper process has to read it.

    Raises:
        As `read_comic`.
    """
    members = comics.members_if_plain(path, METADATA_MEMBERS.values())
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


@dataclass(frozen=True, slots=True)
class NewTags:
    """The change that writes new tags, the fields it changes, and the tags afterwards."""

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
    """Return the change that makes the tags `wanted`; None if they already are.

    A format may not hold everything, or add something (a day to a month). With `wanted_of`, which
    derives the wanted tags from such tags, they are written until another run would change nothing.

    Raises:
        UnsupportedArchive: the file can't be written, or has other names (hard links) and
            HARDLINKS=skip.
        MalformedMetadata: the existing tags can't be parsed, and must not be replaced.
        FileChanged: the file was written while it was being read.
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
        raise FileChanged("it was changed while it was being read", path=comic.path)
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
    """Return the changed members (None for removed ones), and the tags of all members then."""
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

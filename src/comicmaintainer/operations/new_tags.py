"""Plans new tags for a comic that was read. Nothing is written: the planned `Edit` comes later."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from comicmaintainer.comics.metadata import FIELDS, ComicMetadata, FieldChange, diff, field_named
from comicmaintainer.comics.metadata.members import WRITABLE_FORMATS, find_members
from comicmaintainer.comics.metadata.sources import (
    MetadataSources,
    read_metadata,
    updated_members,
    with_changes,
)
from comicmaintainer.errors import FileChangedMeanwhile
from comicmaintainer.operations.changes.file_change import FileChange, tag_change
from comicmaintainer.operations.comic import Comic
from comicmaintainer.operations.context import OperationContext

OF_THE_ARCHIVE = frozenset({"pages", "page_count"})
"""Fields about the archive itself; they are never copied from another."""
MAX_ROUNDS = 4
"""The most rounds of writing tags on top of each other; two is the longest known case."""


@dataclass(frozen=True, slots=True)
class NewTags:
    """The change that writes new tags, the fields it changes, and the tags afterwards."""

    change: FileChange
    fields: tuple[FieldChange, ...]
    after: MetadataSources


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

    A comic without tags of which nothing is known gets no empty ones.

    A format may not hold everything, or add something (a day to a month). With `wanted_of`, which
    derives the wanted tags from such tags, they are written until another run would change nothing.

    Raises:
        UnsupportedArchive: the file can't be written, or has other names (hard links) and
            HARDLINKS=skip.
        MalformedMetadata: the existing tags can't be parsed, and must not be replaced.
        FileChangedMeanwhile: the file was written while it was being read.
    """
    write = partial(
        updated_members,
        formats=formats,
        pages=comic.page_list() if with_pages else (),
        replace_malformed=replace_malformed,
        misplaced=comic.misplaced,
    )
    members, after = _written(comic, wanted, write, wanted_of)
    if not members or not (comic.members or _present(after.merged)):
        return None
    edit = context.plan_edit(comic.path, members)
    if edit.before != comic.identity:
        raise FileChangedMeanwhile("it was changed while it was being read", path=comic.path)
    if not edit.is_change:
        return None
    fields = diff(comic.metadata, after.merged)
    replaced = tuple(name for name, content in members.items() if content is None)
    unchanged = _present(after.merged) - _set(fields)
    return NewTags(tag_change(fields, unchanged, edit, replaced), fields, after)


def copyable_values(metadata: ComicMetadata, names: Sequence[str] | None = None) -> dict[str, Any]:
    """Return the values that another comic can get, by field; of all fields or the named ones.

    Raises:
        InvalidInput: there is no such field.
    """
    fields = [field_named(name).name for name in names or [field.name for field in FIELDS]]
    values = {name: getattr(metadata, name) for name in fields if name not in OF_THE_ARCHIVE}
    return {name: value for name, value in values.items() if value is not None and value != ()}


def formats_to_write(comic: Comic, wanted: Sequence[str]) -> list[str]:
    """Return the requested formats and those in the archive, which would restore cleared fields."""
    written = {WRITABLE_FORMATS[name][0] for name in wanted if name in WRITABLE_FORMATS}
    present = find_members(comic.members)
    return [
        *wanted,
        *(name for name in present if name in WRITABLE_FORMATS and name not in written),
    ]


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
        if wanted_of is None or after.merged.with_values(pages=wanted.pages) == wanted:
            break
        wanted = wanted_of(after.merged)
    return members, after


def _present(metadata: ComicMetadata) -> int:
    values = (getattr(metadata, field.name) for field in FIELDS)
    return sum(value is not None and value != () for value in values)


def _set(fields: Collection[FieldChange]) -> int:
    return sum(change.after is not None for change in fields)

"""Applies the rules to one comic: its metadata, its tags, and its path.

Used to process a comic, and to find out which names its rivals want. Touches no file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from comicmaintainer.comics.archives.model import ArchiveFormat
from comicmaintainer.comics.metadata import ComicMetadata
from comicmaintainer.comics.rules.place import Place
from comicmaintainer.comics.rules.rules import MalformedPolicy, Rules
from comicmaintainer.comics.rules.wanted_path import ComicAtPlace, WantedPath
from comicmaintainer.library.roots import place_of
from comicmaintainer.operations.comic import Comic
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.new_tags import NewTags, plan_tags


@dataclass(frozen=True, slots=True)
class Derived:
    """A comic with its future tags, and the change that writes them.

    `metadata` is what its name is made from; the tags may not hold all of that. `is_kept` says
    whether tags are written at all. `reasons` says where each value comes from.
    """

    comic: Comic
    metadata: ComicMetadata
    reasons: Mapping[str, str]
    is_kept: bool
    new_tags: NewTags | None = None


def at_place(
    context: OperationContext,
    path: Path,
    kind: ArchiveFormat,
    rules: Rules,
    *,
    is_kept: bool,
    place: Place | None = None,
) -> ComicAtPlace:
    """Return the comic at `path` as the rules see it, among the others of the catalogue.

    `place` is its place if that is not the one in its watched folder.
    """
    spellings = partial(context.catalogue.spellings_beside, path)
    identified = context.identified_issues.of(path) if rules.use_identified else None
    place = place or place_of(context.roots, path)
    return ComicAtPlace(place, rules, kind, is_kept, spellings, identified)


def derived(
    context: OperationContext,
    comic: Comic,
    rules: Rules,
    *,
    writes_tags: bool,
    place: Place | None = None,
) -> Derived:
    """Work out the comic's metadata and, with `writes_tags`, plan its tags.

    `place` is as in `at_place`.

    Raises:
        ArchiveError, FileMissing, FileChanged, StorageError: see `plan_tags`.
    """
    is_kept = writes_tags and comic.is_writable
    named = at_place(context, comic.path, comic.format, rules, is_kept=is_kept, place=place)

    def apply_rules(tags: ComicMetadata) -> tuple[ComicMetadata, Mapping[str, str]]:
        if is_kept and rules.page_list:  # the list brings the count
            tags = tags.with_values(page_count=len(comic.page_facts))
        return named.derived(tags)

    metadata, reasons = apply_rules(comic.metadata)
    if not is_kept:
        return Derived(comic, metadata, reasons, is_kept)
    new_tags = plan_tags(
        context,
        comic,
        metadata,
        formats=rules.formats,
        with_pages=rules.page_list,
        replace_malformed=rules.on_malformed is MalformedPolicy.REPLACE,
        wanted_of=lambda tags: apply_rules(tags)[0],
    )
    if new_tags is None:
        return Derived(comic, metadata, reasons, is_kept)
    after = replace(comic, sources=new_tags.after)
    if after.metadata.with_values(pages=metadata.pages) != metadata:
        metadata, _ = apply_rules(after.metadata)
    return Derived(after, metadata, reasons, is_kept, new_tags)


def path_of(context: OperationContext, derived: Derived, rules: Rules) -> WantedPath:
    """Return the path that the rules give the comic, or why it keeps its own."""
    comic = derived.comic
    named = at_place(context, comic.path, comic.format, rules, is_kept=derived.is_kept)
    return named.path(derived.metadata, comic.metadata)

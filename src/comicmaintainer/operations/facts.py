"""The facts about a comic for the catalogue: its tags, or what its name says if it has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from comicmaintainer.comics.metadata import ComicMetadata, to_dict
from comicmaintainer.comics.pages.fingerprint import page_fingerprint, page_keys
from comicmaintainer.comics.rules.derivation import derive
from comicmaintainer.comics.rules.folder_rules import FolderRules, RulesNow
from comicmaintainer.comics.rules.place import Place
from comicmaintainer.comics.rules.rules import Rules
from comicmaintainer.library.catalogue.model import FileFacts, ShownTags
from comicmaintainer.library.roots import LibraryRoots, place_of
from comicmaintainer.library.scan.fact_limits import MAX_TAGS_LENGTH, kept_tags, shortened
from comicmaintainer.operations.comic import Comic, read_comic, read_comic_quickly
from comicmaintainer.reading.comic_reader import ComicReader

_SHOWN = frozenset({"series", "issue", "title", "volume", "year", "publisher"})


def facts_reader(
    comics: ComicReader, roots: LibraryRoots, rules: RulesNow = FolderRules
) -> Callable[[Path], FileFacts]:
    """Return the function with which scans read a file.

    It raises ArchiveError or StorageError if the file can't be read.
    """

    def read(path: Path) -> FileFacts:
        return facts_of(read_comic(comics, path), roots, rules)

    return read


def quick_facts_reader(
    roots: LibraryRoots, rules: RulesNow = FolderRules
) -> Callable[[Path], FileFacts | None]:
    """Return the same for comics that are read in this process; it returns None for slow ones.

    It raises the same errors.
    """

    def read(path: Path) -> FileFacts | None:
        comic = read_comic_quickly(path)
        return None if comic is None else facts_of(comic, roots, rules)

    return read


def facts_of(comic: Comic, roots: LibraryRoots, rules: RulesNow) -> FileFacts:
    """Return the facts of a comic; `tags` has only what is in the file.

    They are shortened to what the catalogue keeps. `rules` are those of the folders; they are asked
    for only if the tags don't say everything.
    """
    own = comic.metadata.with_values(pages=())
    shown = shown_tags(own, place_of(roots, comic.path), rules)
    fingerprint = page_fingerprint(comic.page_facts)
    tags = to_dict(own)
    return FileFacts(
        format=str(comic.format),
        page_count=len(comic.page_facts),
        **shown._asdict(),
        tags=kept_tags(tags) if comic.source_bytes > MAX_TAGS_LENGTH else tags,
        fingerprint=None if fingerprint is None else bytes.fromhex(fingerprint),
        page_keys=page_keys(comic.page_facts),
    )


def is_derived(own: ComicMetadata) -> bool:
    """Whether what is shown of a comic with these tags also comes from its name and folders."""
    return own.series is None or own.issue is None


def shown_tags(own: ComicMetadata, place: Place, rules: RulesNow) -> ShownTags:
    """Return what the catalogue shows of a comic with these tags, by the rules of its folder."""
    shown = own
    if is_derived(own):
        shown, _ = derive(own, place, shown_rules(rules().of(place.path).rules))
    return ShownTags(
        series=shortened(shown.series),
        issue=shortened(shown.issue),
        title=shortened(shown.title),
        volume=None if shown.volume is None else str(shown.volume),
        year=shown.year,
        publisher=shortened(shown.publisher),
    )


@lru_cache(maxsize=64)
def shown_rules(rules: Rules) -> Rules:
    """Return the rules without those for fields that the catalogue does not show."""
    return replace(rules, fields=tuple(rule for rule in rules.fields if rule.field in _SHOWN))

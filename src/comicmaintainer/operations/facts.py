"""The facts about a comic for the catalogue: its tags, or what its name says if it has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from comicmaintainer.comics.metadata import to_dict
from comicmaintainer.comics.pages.fingerprint import page_fingerprint
from comicmaintainer.comics.rules.derivation import derive
from comicmaintainer.comics.rules.rules import preset
from comicmaintainer.library.catalogue.model import FileFacts
from comicmaintainer.library.roots import LibraryRoots, place_of
from comicmaintainer.library.scan.fact_limits import MAX_TAGS_LENGTH, kept_tags, shortened
from comicmaintainer.operations.comic import Comic, read_comic, read_comic_quickly
from comicmaintainer.reading.comic_reader import ComicReader

_SHOWN = frozenset({"series", "issue", "title", "volume", "year", "publisher"})
_RULES = preset("comics")
SHOWN_RULES = replace(_RULES, fields=tuple(rule for rule in _RULES.fields if rule.field in _SHOWN))
"""The usual rules, without those for fields that the catalogue does not show."""


def facts_reader(comics: ComicReader, roots: LibraryRoots) -> Callable[[Path], FileFacts]:
    """Return the function with which scans read a file.

    It raises ArchiveError or StorageError if the file can't be read.
    """

    def read(path: Path) -> FileFacts:
        return facts_of(read_comic(comics, path), roots)

    return read


def quick_facts_reader(roots: LibraryRoots) -> Callable[[Path], FileFacts | None]:
    """Return the same for comics that are read in this process; it returns None for slow ones.

    It raises the same errors.
    """

    def read(path: Path) -> FileFacts | None:
        comic = read_comic_quickly(path)
        return None if comic is None else facts_of(comic, roots)

    return read


def facts_of(comic: Comic, roots: LibraryRoots) -> FileFacts:
    """Return the facts of a comic; `tags` has only what is in the file.

    They are shortened to what the catalogue keeps.
    """
    path = comic.path
    own = comic.metadata.with_values(pages=())
    shown = own
    if own.series is None or own.issue is None:
        shown, _ = derive(own, place_of(roots, path), SHOWN_RULES)
    fingerprint = page_fingerprint(comic.page_facts)
    tags = to_dict(own)
    return FileFacts(
        format=str(comic.format),
        page_count=len(comic.page_facts),
        series=shortened(shown.series),
        issue=shortened(shown.issue),
        title=shortened(shown.title),
        volume=None if shown.volume is None else str(shown.volume),
        year=shown.year,
        publisher=shortened(shown.publisher),
        tags=kept_tags(tags) if comic.source_bytes > MAX_TAGS_LENGTH else tags,
        fingerprint=None if fingerprint is None else bytes.fromhex(fingerprint),
    )

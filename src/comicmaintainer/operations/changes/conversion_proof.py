"""Proves that a file is the conversion of another, before the original is removed.

A confirmed conversion has proof in the journal: the identity of the source, and the fingerprint of
the pages made from it. Right after a crash there is no proof yet. Then the pages must have the
names that they were given and, if none was re-encoded, the same content.
"""

from __future__ import annotations

from collections import Counter
from operator import attrgetter
from pathlib import Path
from typing import Any

from comicmaintainer.comics.archives.edits.cbz_writer import safe_member_name
from comicmaintainer.comics.archives.model import ArchiveFormat, ComicArchive
from comicmaintainer.comics.archives.reader import read_metadata_members
from comicmaintainer.comics.naming.safe_names import MAX_NAME_BYTES, shorten
from comicmaintainer.comics.pages.fingerprint import (
    known_fingerprints,
    page_fingerprint,
    read_page_facts,
)
from comicmaintainer.errors import ArchiveError
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.library.journal import Change
from comicmaintainer.reading.comic_reader import ComicReader

SUFFIX = ".cbz"
CONVERTED = " (converted)"
SOURCE = "source"
"""In an intent: the identity of the file that is read."""
PAGES = "pages"
"""In a receipt: the fingerprint of the new pages."""


def conversion_paths(source: Path) -> tuple[Path, Path]:
    """Return where the CBZ of the comic at `source` is made, and where it ends up.

    The two differ if `source` itself has the name of a CBZ, which is free only once it has gone.
    """
    if source.suffix.lower() != SUFFIX:
        target = source.with_suffix(SUFFIX)
        return target, target
    stem = shorten(source.stem, MAX_NAME_BYTES - len((CONVERTED + source.suffix).encode()))
    return source.with_name(f"{stem}{CONVERTED}{source.suffix}"), source


def proof_of(target: Path) -> dict[str, Any]:
    """Return the pages' part of a receipt, read back from the CBZ at `target`.

    Raises:
        ArchiveError, FileMissing, StorageError.
    """
    return {PAGES: page_fingerprint(read_metadata_members(target, ()).page_facts)}


def is_proven(comics: ComicReader, change: Change, source: Path, target: Path) -> bool:
    """Tell whether both files are still those of a confirmed conversion, with readable pages.

    The tags of `target` may have changed since.

    Raises:
        FileMissing, StorageError.
    """
    intent, receipt = change.intent, change.receipt
    if SOURCE not in intent or receipt.get(PAGES) is None:
        return False
    read = FileIdentity.from_json(intent[SOURCE], is_foreign=change.is_foreign)
    if read != FileIdentity.of(source):
        return False
    try:
        with comics.open(target) as archive:
            return receipt[PAGES] in known_fingerprints(read_page_facts(archive))
    except ArchiveError:
        return False


def is_conversion_of(comics: ComicReader, source: Path, target: Path, *, keeps_pages: bool) -> bool:
    """Tell whether `target` seems to be a CBZ with every page of `source`.

    Pages are matched by their names without suffix, because they may have been re-encoded. A CBZ is
    published whole or not at all. With `keeps_pages` none was re-encoded: then every page is read
    and must be identical.

    Raises:
        FileMissing, StorageError.
    """
    try:
        with comics.open(source) as old, comics.open(target) as new:
            taken: set[str] = set()
            # In the archive's order, because they were named in that order.
            pages = sorted(old.pages, key=attrgetter("place"))
            names = sorted(_stem(safe_member_name(page.name, taken)) for page in pages)
            is_cbz = new.format is ArchiveFormat.CBZ
            if not is_cbz or not names or names != sorted(_stem(p.name) for p in new.pages):
                return False
            return not keeps_pages or _contents(old) == _contents(new)
    except ArchiveError:
        return False


def _contents(archive: ComicArchive) -> Counter[tuple[int, int | None]]:
    return Counter((size_bytes, crc) for _, size_bytes, crc, _ in read_page_facts(archive))


def _stem(name: str) -> str:
    return name[: name.rindex(".")]

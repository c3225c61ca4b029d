"""Several pages of one comic, in as few passes over its file as its format allows.

A CBZ and a PDF give any page at once. The other formats are read from the front, so that a page in
their middle costs half of a pass: the pages that are wanted next are taken along.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from comicmaintainer.comics.archives.joining import joined
from comicmaintainer.comics.archives.model import ArchiveFormat, ComicArchive
from comicmaintainer.comics.archives.reader import open_archive
from comicmaintainer.errors import ArchiveError, FileMissing

AT_ONCE = frozenset({ArchiveFormat.CBZ, ArchiveFormat.PDF})

Content = bytes | ArchiveError
"""A page's bytes, or why they can't be had."""


def read_pages(path: Path, names: Sequence[str], max_bytes: int) -> Iterator[tuple[str, Content]]:
    """Yield the named pages of the comic at `path`, in the order in which its format has them.

    The first name is the one that is wanted; the others are only taken along while they cost no
    further pass. Stop asking, and nothing more is read.

    Raises:
        FileMissing: there is no page of the first name.
        As `open_archive`; also after the first page was given, where the pass ends in damage.
    """
    with open_archive(path) as archive:
        if archive.format in AT_ONCE:
            yield names[0], archive.read(names[0], max_bytes)
            return
        yield from _in_one_pass(path, archive, names, max_bytes)


def _in_one_pass(
    path: Path, archive: ComicArchive, names: Sequence[str], max_bytes: int
) -> Iterator[tuple[str, Content]]:
    missing = set(names)
    for entry, chunks in archive.walk():
        if entry.name not in missing:
            continue
        missing.discard(entry.name)
        try:
            content: Content = joined(chunks, max_bytes, label=f"{path}: {entry.name}")
        except ArchiveError as error:
            content = error
        yield entry.name, content
        if not missing:
            return
    if names[0] in missing:
        raise FileMissing(f"{path}: it has no member {names[0]}")

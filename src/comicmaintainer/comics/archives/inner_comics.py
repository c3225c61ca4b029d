"""Distinguishes archives of comics from comics and from empty archives.

A comic may contain an archive or a document beside its pages, and a pack of comics a picture or
two, so the larger number decides.
"""

from __future__ import annotations

from pathlib import Path

from comicmaintainer.comics.archives.model import ComicArchive
from comicmaintainer.comics.archives.page_names import is_junk
from comicmaintainer.errors import EmptyArchive, HoldsComics

SUFFIXES = (
    ".cbz", ".cbr", ".cb7", ".cbt", ".cba", ".pdf", ".epub",
    ".zip", ".rar", ".7z", ".tar", ".tgz",
)  # fmt: skip


def is_inner_comic(name: str) -> bool:
    """True if the member's name is that of a comic or an archive."""
    return name.lower().endswith(SUFFIXES) and not is_junk(name)


def inner_comics(archive: ComicArchive) -> int:
    """How many members of the archive are comics."""
    return sum(is_inner_comic(entry.name) for entry in archive.entries)


def require_pages(path: Path, pages: int, comics: int) -> None:
    """Refuse an archive with no pages, or with no more pages than comics.

    Raises:
        HoldsComics, EmptyArchive.
    """
    if comics and pages <= comics:
        what = "a comic" if comics == 1 else f"{comics:,} comics"
        raise HoldsComics(f"it holds {what}, not pages; unpack it", path=path)
    if not pages:
        raise EmptyArchive("the archive has no pages", path=path)

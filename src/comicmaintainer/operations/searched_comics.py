"""Reads what a search for repeated pages needs of a comic: the keys and the look of its pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from comicmaintainer.comics.pages.fingerprint import page_keys
from comicmaintainer.operations.comic import read_comic
from comicmaintainer.reading.comic_reader import ComicReader


class SearchedComics:
    """Implements `library.repeated_pages.page_search.Comics`."""

    def __init__(self, comics: ComicReader) -> None:
        self._comics = comics

    def page_keys(self, path: str) -> bytes | None:
        """See Comics."""
        return page_keys(read_comic(self._comics, Path(path)).page_facts)

    def looks(self, path: str, pages: Sequence[int]) -> Mapping[int, int]:
        """See Comics."""
        return self._comics.page_hashes(Path(path), pages)

"""Chooses which of several copies of a comic to keep, with the reason. Pure.

The criteria in order: not damaged, more pages, larger pages, a format we can write, the right
place, more tags, not marked as a duplicate, more bytes, verified, oldest, first by path. The last
always decides.
Place comes before tags, because tags can be copied to the file that is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from comicmaintainer.library.catalogue.model import CatalogueFile, FileState
from comicmaintainer.library.duplicates.copy_place import CopyPlace

# CBZ can be tagged in place, the others must be converted first; PDF pages have no fixed pixels.
_FORMAT_RANKS = {"cbz": 4, "cb7": 3, "cbt": 3, "cbr": 2, "pdf": 1}
_ANYWHERE = CopyPlace()


@dataclass(frozen=True, slots=True)
class CopyFacts:
    """The facts of one copy.

    `pixels` is the median size of its pages, 0 if unknown. `size_bytes` is 0 for copies with the
    same pages: then it only says how they are packed. `is_verified` tells that its pages were found
    sound since it last changed. `modified_ns` is when the file was written.
    """

    path: str
    is_damaged: bool = False
    page_count: int = 0
    pixels: int = 0
    format: str | None = None
    place: CopyPlace = _ANYWHERE
    tag_count: int = 0
    is_marked: bool = False
    size_bytes: int = 0
    is_verified: bool = False
    modified_ns: int = 0

    @classmethod
    def of_file(cls, file: CatalogueFile) -> CopyFacts:
        """Take the facts of a copy with the same pages; an unreadable file counts as damaged."""
        return cls(
            path=file.path,
            is_damaged=file.state is FileState.FAILED,
            page_count=file.page_count or 0,
            format=file.format,
            place=CopyPlace.of(file.path, file.series),
            tag_count=len(file.tags),
            is_marked=file.state is FileState.DUPLICATE,
            is_verified=file.is_verified,
            modified_ns=file.mtime_ns,
        )

    def with_look(self, *, pixels: int, size_bytes: int, is_damaged: bool) -> CopyFacts:
        """Return the facts of a copy with other pages."""
        return replace(
            self,
            is_damaged=self.is_damaged or is_damaged,
            pixels=pixels,
            size_bytes=size_bytes,
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """The copies, best first, and why the best is better than the next."""

    ranked: tuple[CopyFacts, ...]
    reason: str

    @property
    def keep(self) -> CopyFacts:
        """The copy to keep."""
        return self.ranked[0]


_CRITERIA = (
    ("it is not damaged", lambda copy: not copy.is_damaged),
    ("it has more pages", lambda copy: copy.page_count),
    ("its pages are larger", lambda copy: copy.pixels),
    ("its format can be tagged in place", lambda copy: _FORMAT_RANKS.get(copy.format or "", 0)),
    ("the other is in a folder of unsorted files", lambda copy: -copy.place.unsorted),
    ("the other is named as a copy", lambda copy: not copy.place.is_named_as_copy),
    ("it is in the folder of its series", lambda copy: copy.place.is_in_series_folder),
    ("it has more tags", lambda copy: copy.tag_count),
    ("the other is marked as the duplicate", lambda copy: not copy.is_marked),
    ("it is larger", lambda copy: copy.size_bytes),
    ("its pages were found sound", lambda copy: copy.is_verified),
    ("its file is older", lambda copy: -copy.modified_ns),
)


def judge(copies: Sequence[CopyFacts]) -> Verdict:
    """Rank copies of one comic; at least one is needed."""
    by_path = sorted(copies, key=lambda copy: copy.path)
    ranked = tuple(sorted(by_path, key=_rank, reverse=True))
    if len(ranked) == 1:
        return Verdict(ranked, "it is the only one")
    best, next_best = ranked[0], ranked[1]
    for reason, value in _CRITERIA:
        if value(best) != value(next_best):
            return Verdict(ranked, reason)
    return Verdict(ranked, "they are equal; the first by path is kept")


def _rank(copy: CopyFacts) -> tuple[int, ...]:
    return tuple(int(value(copy)) for _, value in _CRITERIA)

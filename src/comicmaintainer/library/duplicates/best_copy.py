"""Chooses which of several copies of a comic to keep, with the reason. Pure.

The criteria in order: not damaged, more pages, larger pages, a format we can write, more tags, not
marked as a duplicate, more bytes, longest in the library, first by path. The last always decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from comicmaintainer.library.catalogue.model import CatalogueFile, FileState

# CBZ can be tagged in place, the others must be converted first; PDF pages have no fixed pixels.
_FORMAT_RANKS = {"cbz": 4, "cb7": 3, "cbt": 3, "cbr": 2, "pdf": 1}


@dataclass(frozen=True, slots=True)
class CopyFacts:
    """The facts of one copy; `pixels` is the median size of its pages, 0 if unknown."""

    path: str
    is_damaged: bool = False
    page_count: int = 0
    pixels: int = 0
    format: str | None = None
    tag_count: int = 0
    is_marked: bool = False
    size_bytes: int = 0
    added_at: float = 0.0

    @classmethod
    def of_file(
        cls, file: CatalogueFile, *, pixels: int = 0, is_damaged: bool = False
    ) -> CopyFacts:
        """Take the facts from the catalogue; an unreadable file counts as damaged."""
        return cls(
            path=file.path,
            is_damaged=is_damaged or file.state is FileState.FAILED,
            page_count=file.page_count or 0,
            pixels=pixels,
            format=file.format,
            tag_count=len(file.tags),
            is_marked=file.state is FileState.DUPLICATE,
            size_bytes=file.size_bytes,
            added_at=file.added_at,
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
    ("it has more tags", lambda copy: copy.tag_count),
    ("the other is marked as the duplicate", lambda copy: not copy.is_marked),
    ("it is larger", lambda copy: copy.size_bytes),
    ("it was here first", lambda copy: -copy.added_at),
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


def _rank(copy: CopyFacts) -> tuple[float, ...]:
    return tuple(float(value(copy)) for _, value in _CRITERIA)

"""Measures how alike two comics look: chooses the pages to compare, and compares their hashes.

Pure: page_pictures.py hashes the pages, so a web worker can compare comics without Pillow.
Thresholds and the evidence for them: docs/decisions/0033-near-copies.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

HASH_BITS = 64
RUN_PAGES = 4
MAX_SAMPLED_PAGES = 2 * RUN_PAGES + 1
# Pages of text and blank or single-coloured pages hash to nearly all zeros or ones, and are
# ignored.
MIN_DISTINCTIVE_BITS = 10
MAX_DISTANCE = 10
MIN_ALIKE = 3
MIN_SHARE = 0.5
MAX_PAGE_DIFFERENCE = 0.15
MIN_PAGE_DIFFERENCE = 3


@dataclass(frozen=True, slots=True)
class Likeness:
    """The result of comparing two comics.

    `cover_distance` is in bits of 64, None if a cover is ignored. `compared` is the number of
    distinctive pages (including the cover) of the comic with fewer of them, `alike` how many of
    these the other comic has too.
    """

    cover_distance: int | None
    alike: int
    compared: int

    @property
    def is_near(self) -> bool:
        """Whether they count as copies of one comic.

        Half of the pages and at least three must be alike, or all if there are fewer. A cover
        counts as one page: comics with only a common cover are reprints, collections or have a
        publisher's cover page.
        """
        if self.compared == 0:
            return False
        enough = max(math.ceil(MIN_SHARE * self.compared), min(MIN_ALIKE, self.compared))
        return self.alike >= enough


@dataclass(frozen=True, slots=True)
class ComicPictures:
    """`hashes` of the distinctive sampled pages, by page number (0 is the cover).

    `width` and `height` in pixels are those of the page of median size, 0 if no page could be
    decoded; `unreadable` is how many of the sampled pages could not be decoded.
    """

    hashes: Mapping[int, int]
    width: int
    height: int
    unreadable: int


def sampled_pages(count: int) -> tuple[int, ...]:
    """The pages (from 0) to sample of a comic of `count` pages: the cover and two runs.

    The runs begin at one third and at two thirds. If pages were added or left out, the runs of two
    copies are shifted by less than that number, so they still overlap, unlike single pages.
    """
    if count <= MAX_SAMPLED_PAGES:
        return tuple(range(count))
    first, second = round(count / 3), round(2 * count / 3)
    runs = (*range(first, first + RUN_PAGES), *range(second, second + RUN_PAGES))
    return tuple(sorted({0, *(page for page in runs if page < count)}))


def is_distinctive(page_hash: int) -> bool:
    """Whether a page's picture is distinctive enough to recognise the page."""
    return MIN_DISTINCTIVE_BITS <= page_hash.bit_count() <= HASH_BITS - MIN_DISTINCTIVE_BITS


def hash_distance(first: int, second: int) -> int:
    """The number of bits, of 64, in which two hashes differ; up to 10 means the same picture."""
    return (first ^ second).bit_count()


def likeness(first: Mapping[int, int], second: Mapping[int, int]) -> Likeness:
    """Compare two comics by the hashes of their distinctive pages, by page number."""
    fewer, more = sorted((first, second), key=len)
    others = list(more.values())
    alike = sum(
        any(hash_distance(one, other) <= MAX_DISTANCE for other in others) for one in fewer.values()
    )
    cover = hash_distance(first[0], second[0]) if 0 in first and 0 in second else None
    return Likeness(cover, alike, len(fewer))


def is_as_long(first: int | None, second: int | None) -> bool:
    """Whether two page counts fit one comic: an issue is not a copy of its collection."""
    if not first or not second:
        return True
    allowed = max(MIN_PAGE_DIFFERENCE, MAX_PAGE_DIFFERENCE * max(first, second))
    return abs(first - second) <= allowed

"""How alike two comics look: which pages are compared, and the measure over their hashes.

Pure numbers: pages are hashed by page_pictures.py, so that a web worker can compare without Pillow.
Thresholds and the evidence for them: docs/decisions/0033-near-copies.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

HASH_BITS = 64
RUN_PAGES = 4
MAX_SAMPLED_PAGES = 2 * RUN_PAGES + 1
# Pages of text, blank and single-coloured ones hash to nearly all zeros or ones and say nothing.
MIN_TELLING_BITS = 10
MAX_DISTANCE = 10
MIN_ALIKE = 3
MIN_SHARE = 0.5
MAX_PAGE_DIFFERENCE = 0.15
MIN_PAGE_DIFFERENCE = 3


@dataclass(frozen=True, slots=True)
class Likeness:
    """What two comics have in common.

    `cover_distance` is in bits of 64, None where a cover says nothing. `compared` is how many
    pages (cover included) of the one with fewer telling pages were looked for in the other,
    `alike` how many of them were found.
    """

    cover_distance: int | None
    alike: int
    compared: int

    @property
    def is_near(self) -> bool:
        """Whether they count as copies of one comic.

        Half of the pages and at least three, or all where there are fewer. A cover counts as one
        page: comics that share nothing else are reprints, collections or have a cover page of
        their publisher.
        """
        if self.compared == 0:
            return False
        enough = max(math.ceil(MIN_SHARE * self.compared), min(MIN_ALIKE, self.compared))
        return self.alike >= enough


@dataclass(frozen=True, slots=True)
class ComicPictures:
    """`hashes` of the telling ones among the sampled pages, by page number (0 is the cover).

    `width` and `height` are those of the page of median size in pixels, 0 where no page could be
    decoded; `unreadable` is how many of the sampled pages could not.
    """

    hashes: Mapping[int, int]
    width: int
    height: int
    unreadable: int


def sampled_pages(count: int) -> tuple[int, ...]:
    """Which pages (from 0) of a comic of `count` pages stand for it: the cover and two runs.

    A run begins at a third and one at two thirds. Where pages were added or left out, the runs of
    two copies are shifted by less than that number, so they still overlap; single pages would not.
    """
    if count <= MAX_SAMPLED_PAGES:
        return tuple(range(count))
    first, second = round(count / 3), round(2 * count / 3)
    runs = (*range(first, first + RUN_PAGES), *range(second, second + RUN_PAGES))
    return tuple(sorted({0, *(page for page in runs if page < count)}))


def is_telling(page_hash: int) -> bool:
    """Whether a page has enough of a picture to be known by."""
    return MIN_TELLING_BITS <= page_hash.bit_count() <= HASH_BITS - MIN_TELLING_BITS


def hash_distance(first: int, second: int) -> int:
    """In how many of 64 bits two picture hashes differ; up to 10 means the same picture."""
    return (first ^ second).bit_count()


def likeness(first: Mapping[int, int], second: Mapping[int, int]) -> Likeness:
    """Compare two comics, each given as the hashes of its telling pages by page number."""
    fewer, more = sorted((first, second), key=len)
    others = list(more.values())
    alike = sum(
        any(hash_distance(one, other) <= MAX_DISTANCE for other in others) for one in fewer.values()
    )
    cover = hash_distance(first[0], second[0]) if 0 in first and 0 in second else None
    return Likeness(cover, alike, len(fewer))


def is_as_long(first: int | None, second: int | None) -> bool:
    """Whether two page counts may be those of one comic: an issue is no copy of its collection."""
    if not first or not second:
        return True
    allowed = max(MIN_PAGE_DIFFERENCE, MAX_PAGE_DIFFERENCE * max(first, second))
    return abs(first - second) <= allowed

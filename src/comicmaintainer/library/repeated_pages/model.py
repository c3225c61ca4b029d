"""The values of repeated pages: what is known of one, the comics it is in, and why it is suggested.

Pure. Page numbers count from 0, as everywhere; sentences for people count from 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from comicmaintainer.library.catalogue.model import CatalogueFile

LEAST_COMICS = 3
"""A page in fewer different comics is not looked at."""
LEAST_SERIES = 2
LEAST_ISSUES = 5
"""From this many issues of one series on, a page that is always at the end is no story."""
LEAST_IN_THE_MIDDLE = 10
END_PAGES = 6
FRONT_PAGES = 3
MOST_SHARE = 0.8
"""A page has a usual zone if this share of its files has it there."""


class Zone(StrEnum):
    """The part of a comic that a page lies in."""

    FIRST = "first"
    FRONT = "front"
    MIDDLE = "middle"
    END = "end"


class Answer(StrEnum):
    """What a person said about a repeated page."""

    ADVERT = "advert"  # marked or removed; it stays known, for comics that come later
    KEEP = "keep"  # no advert: never suggested again


class RepeatedTab(StrEnum):
    """The lists of repeated pages."""

    SUGGESTED = "suggested"
    OTHERS = "others"  # seen in several comics, but not suggested
    ADVERTS = "adverts"  # answered so, and still in some files
    KEPT = "kept"


def zone_of(page: int, page_count: int) -> Zone:
    """Return the zone of a page of a comic; the first page is a zone of its own."""
    if page == 0:
        return Zone.FIRST
    if page >= page_count - min(END_PAGES, page_count // 2):
        return Zone.END
    return Zone.FRONT if page <= FRONT_PAGES else Zone.MIDDLE


def stays(page: int, page_count: int, usual: Zone | None) -> str | None:
    """Return why this page stays unless a person asks for it, None if it need not.

    It may be a cover, or the story page that others only advertise.
    """
    zone = zone_of(page, page_count)
    if zone is Zone.FIRST:
        return "it is the first page here"
    if usual in (Zone.FRONT, Zone.END) and zone is Zone.MIDDLE:
        return "it lies in the middle here, which may be its story"
    return None


@dataclass(frozen=True, slots=True)
class RepeatedPage:
    """One page that several comics have.

    `files` have it now. The other figures are of the last search: the different `comics` and
    `series`, not counting copies; `firsts` have it as their first page, `elsewhere` have it
    outside the usual `zone`. `usual` is its most common place (-1 for the last page), which
    `usual_files` have. `in_scope` is how many of the files are in the part that was asked for.
    """

    repeat_id: int
    files: int
    comics: int
    series: int
    firsts: int
    elsewhere: int
    zone: Zone | None
    usual: int | None
    usual_files: int
    is_suggested: bool
    answer: Answer | None
    in_scope: int

    @classmethod
    def of_row(cls, row: Any) -> RepeatedPage:
        """Make the value of a row with `in_scope`."""
        return cls(
            row["repeat_id"], row["files"], row["comics"], row["series"], row["firsts"],
            row["elsewhere"], None if row["zone"] is None else Zone(row["zone"]), row["usual"],
            row["usual_files"], bool(row["suggested"]),
            None if row["answer"] is None else Answer(row["answer"]), row["in_scope"],
        )  # fmt: skip

    @property
    def place(self) -> str | None:
        """Its most common place in words, None if it has no common one."""
        return None if self.usual is None else place_words(self.usual)

    @property
    def stays_somewhere(self) -> bool:
        """Whether it is in files where it stays unless a person asks for it."""
        return self.elsewhere > 0 or (self.firsts > 0 and self.zone is not Zone.FIRST)

    @property
    def reasons(self) -> tuple[str, ...]:
        """What speaks for and against an advert, one sentence each."""
        reasons = [_spread(self.comics, self.series)]
        if self.place is not None:
            reasons.append(f"{self.place.capitalize()} in {self.usual_files:,} of them.")
        if not self.is_suggested:
            reasons.append(f"{why_not(self)}")
        if self.firsts and self.zone is not Zone.FIRST:
            reasons.append(f"The first page in {self.firsts:,}, where it stays.")
        if self.elsewhere:
            reasons.append(f"In the middle in {self.elsewhere:,}, where it stays.")
        return tuple(reasons)


def is_likely_advert(
    *, comics: int, series: int, firsts: int, files: int, zone: Zone | None
) -> bool:
    """Whether a page with these figures is suggested as an advert or a page of credits."""
    if comics < LEAST_COMICS or zone is Zone.FIRST or 2 * firsts > files:
        return False
    if series < LEAST_SERIES:
        return zone is Zone.END and comics >= LEAST_ISSUES
    return zone in (Zone.FRONT, Zone.END) or comics >= LEAST_IN_THE_MIDDLE


def why_not(page: RepeatedPage) -> str:
    """Return why a page is not suggested."""
    if page.comics < LEAST_COMICS:
        return "Not suggested: most of these files are copies of each other or collections."
    if page.zone is Zone.FIRST or 2 * page.firsts > page.files:
        return "Not suggested: it is a first page, so a cover."
    if page.series < LEAST_SERIES:
        return "Not suggested: all are of one series, so it may belong to it."
    return "Not suggested: it lies in the middle, so it may be a page of a story."


def place_words(usual: int) -> str:
    """Return a place in words; it counts from 0, or from -1 for the last page."""
    match usual:
        case -1:
            return "last page"
        case -2:
            return "last page but one"
        case -3:
            return "last page but two"
        case -4:
            return "last page but three"
        case _:
            return f"page {usual + 1:,}"


def _spread(comics: int, series: int) -> str:
    in_comics = "1 comic" if comics == 1 else f"{comics:,} different comics"
    return f"In {in_comics} of {'1 series' if series == 1 else f'{series:,} series'}."


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A file that has a repeated page, and where; `stays` says why it stays by default, or None."""

    file: CatalogueFile
    page: int
    stays: str | None

"""Reads the addresses of pages that sources have for people: which series or issue they show.

Used where somebody pastes one. Nothing is requested.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PAGES = {
    "comicvine": (
        r"comicvine\.gamespot\.com/(?:[^/?#]+/)?4050-(?P<series>\d+)",
        r"comicvine\.gamespot\.com/(?:[^/?#]+/)?4000-(?P<issue>\d+)",
    ),
    "metron": (
        r"metron\.cloud/series/(?P<series>\d+)",
        r"metron\.cloud/issue/(?P<issue>\d+)",
    ),
    "gcd": (r"comics\.org/series/(?P<series>\d+)", r"comics\.org/issue/(?P<issue>\d+)"),
    "mangabaka": (r"mangabaka\.(?:org|dev)/(?P<series>\d+)",),
    "anilist": (r"anilist\.co/manga/(?P<series>\d+)",),
    "mangaupdates": (r"mangaupdates\.com/series/(?P<series>[0-9a-z]{1,11})",),
    "mangadex": (r"mangadex\.org/title/(?P<series>[0-9a-f-]{36})",),
}
_PATTERNS = tuple(
    (source, re.compile(rf"(?:https?://)?(?:www\.)?{page}(?:[/?#].*)?"))
    for source, pages in _PAGES.items()
    for page in pages
)
_REFERENCE = re.compile(r"(?P<source>[a-z]+):(?P<id>[\w-]{1,64})")


@dataclass(frozen=True, slots=True)
class PageAddress:
    """A series or an issue of a source; the other of the two is None."""

    source: str
    series_id: str | None = None
    issue_id: str | None = None


def read_page_address(text: str) -> PageAddress | None:
    """Return what a pasted address, or a reference like "comicvine:123", names; None if nothing."""
    for source, pattern in _PATTERNS:
        if found := pattern.fullmatch(text):
            parts = found.groupdict()
            series = parts.get("series")
            if series and source == "mangaupdates":  # its pages write the number in base 36
                series = str(int(series, 36))
            return PageAddress(source, series, parts.get("issue"))
    reference = _REFERENCE.fullmatch(text)
    if reference is not None and reference["source"] in _PAGES:
        return PageAddress(reference["source"], reference["id"])
    return None

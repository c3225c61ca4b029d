"""Which repeated pages are suggested, and which of them stay in a comic unless asked for."""

from __future__ import annotations

import pytest

from comicmaintainer.library.repeated_pages.model import (
    Zone,
    is_likely_advert,
    place_words,
    stays,
    zone_of,
)


@pytest.mark.parametrize(
    ("page", "count", "zone"),
    [(0, 1, "first"), (0, 30, "first"), (1, 4, "front"), (2, 4, "end"), (3, 4, "end"),
     (1, 30, "front"), (4, 30, "middle"), (23, 30, "middle"), (24, 30, "end"), (29, 30, "end")],
)  # fmt: skip
def test_a_page_has_a_zone(page: int, count: int, zone: str) -> None:
    assert zone_of(page, count) == zone


@pytest.mark.parametrize(
    ("comics", "series", "firsts", "zone", "is_suggested"),
    [
        (93, 41, 0, Zone.END, True),
        (3, 2, 0, Zone.FRONT, True),
        (2, 2, 0, Zone.END, False),
        (93, 41, 93, Zone.FIRST, False),
        (93, 41, 60, None, False),
        (9, 3, 0, Zone.MIDDLE, False),
        (10, 3, 0, Zone.MIDDLE, True),
        (20, 1, 0, Zone.FRONT, False),
        (4, 1, 0, Zone.END, False),
        (5, 1, 0, Zone.END, True),
    ],
)
def test_what_is_suggested(
    comics: int, series: int, firsts: int, zone: Zone | None, is_suggested: bool
) -> None:
    found = is_likely_advert(comics=comics, series=series, firsts=firsts, files=comics, zone=zone)
    assert found is is_suggested


def test_first_pages_and_pages_in_the_middle_stay() -> None:
    assert "first page" in (stays(0, 30, Zone.END) or "")
    assert "middle" in (stays(12, 30, Zone.END) or "")
    assert stays(12, 30, None) is None
    assert stays(28, 30, Zone.END) is None


def test_places_are_said_as_people_count() -> None:
    assert [place_words(usual) for usual in (-1, -2, -3, -4, 1)] == [
        "last page", "last page but one", "last page but two", "last page but three", "page 2",
    ]  # fmt: skip

"""Pasted addresses of sources' pages name a series or an issue."""

from __future__ import annotations

import pytest

from comicmaintainer.sources.page_addresses import PageAddress, read_page_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (
            "https://comicvine.gamespot.com/captain-marvel/4050-90055/",
            PageAddress("comicvine", "90055"),
        ),
        (
            "comicvine.gamespot.com/captain-marvel-1/4000-512345/?x=1#y",
            PageAddress("comicvine", None, "512345"),
        ),
        ("https://metron.cloud/series/4711/", PageAddress("metron", "4711")),
        ("https://www.comics.org/issue/12/", PageAddress("gcd", None, "12")),
        ("https://anilist.co/manga/30002/Berserk/", PageAddress("anilist", "30002")),
        (
            "https://www.mangaupdates.com/series/njeqwry/x",
            PageAddress("mangaupdates", "51239621230"),
        ),
        (
            "https://mangadex.org/title/801513ba-a712-498c-8f57-cae55b38cc92",
            PageAddress("mangadex", "801513ba-a712-498c-8f57-cae55b38cc92"),
        ),
        ("metron:12", PageAddress("metron", "12")),
        ("https://example.org/4050-1/", None),
        ("https://example.org/comicvine.gamespot.com/x/4050-1/", None),
        ("nobody:12", None),
        ("", None),
    ],
)
def test_addresses_are_read(text: str, address: PageAddress | None) -> None:
    assert read_page_address(text) == address

"""Texts of hostile length in tags and names, which end up in indexes."""

from __future__ import annotations

import random

import pytest

from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.catalogue.model import FileFacts, FileOrder, SeenFile
from comicmaintainer.library.catalogue.sort_keys import MAX_KEY_BYTES, bounded, series_key, sort_key
from comicmaintainer.library.scan.fact_limits import shortened

_CHANCE = random.Random(1)
TEXTS = {
    "that can't be compressed": "".join(
        chr(_CHANCE.randrange(0x10000, 0x1FFFF)) for _ in range(5_000)
    ),
    "that grow when they are normalised": "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 5_000,
    "of many numbers": "".join(
        f"{_CHANCE.randrange(10)}{chr(_CHANCE.randrange(97, 123))}" for _ in range(5_000)
    ),
    "of one number": "".join(_CHANCE.choices("123456789", k=5_000)),
}


@pytest.mark.both_databases
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_comic_with_long_texts_is_stored_beside_others(
    catalogue: Catalogue, listing: Listing, text: str
) -> None:
    name = bounded(text, 240)
    long = shortened(text)
    files = [
        SeenFile(
            f"/comics/{name}/{name} {number}.cbz", 1, 1, 1, number,
            FileFacts(
                format="cbz", series=series, publisher=long, issue=long, title=long, volume=long,
                tags={"series": text, "publisher": text},
            ),
        )
        for number, series in enumerate((long, None))
    ]  # fmt: skip
    usual = SeenFile("/comics/Owl 1.cbz", 1, 1, 1, 9, FileFacts(format="cbz", series="Owl"))
    assert catalogue.upsert([*files, usual]) == 3
    for order in FileOrder:
        assert len(listing.page(FileFilter(), order=order).files) == 3
    assert listing.count(FileFilter(publisher=long)).files == 2


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_keys_are_bounded(text: str) -> None:
    assert len(series_key(text).encode()) <= MAX_KEY_BYTES
    for series in (text, None):
        key = sort_key(series=series, volume=text, year=1999, issue=text, name=f"{text}.cbz")
        assert len(key.encode()) <= 2_600
        if series:
            assert key.startswith(series_key(text))


def test_a_cut_text_ends_with_a_whole_character() -> None:
    assert bounded("漫画漫画", 7) == "漫画"
    assert bounded("abc", 2) == "ab"
    assert bounded("漫画", 100) == "漫画"

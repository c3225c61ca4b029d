"""Age ratings in the words of ComicInfo, of Metron, and as covers and programs write them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from comicmaintainer.comics.metadata import ComicMetadata
from comicmaintainer.comics.metadata.comicinfo import read_comicinfo, write_comicinfo
from comicmaintainer.comics.metadata.metroninfo import read_metroninfo, write_metroninfo
from comicmaintainer.comics.metadata.vocabulary import (
    COMICINFO_AGE_RATINGS,
    COMICINFO_TO_METRON_AGE,
    METRON_AGE_RATINGS,
    METRON_TO_COMICINFO_AGE,
)

# Ages from which readers of ComicInfo take its words, as Komga does; "Rating Pending" has none.
FROM_AGE = {
    "Everyone": 0, "G": 0, "Early Childhood": 3, "Kids to Adults": 6, "PG": 8, "Everyone 10+": 10,
    "Teen": 13, "MA15+": 15, "M": 17, "Mature 17+": 17, "Adults Only 18+": 18, "R18+": 18,
    "X18+": 18,
}  # fmt: skip


def in_comicinfo(rating: str) -> str | None:
    return read_comicinfo(write_comicinfo(None, ComicMetadata(age_rating=rating))).age_rating


def in_metroninfo(rating: str) -> str | None:
    metadata = ComicMetadata(series="Rain", age_rating=rating)
    return read_metroninfo(write_metroninfo(None, metadata)).age_rating


@pytest.mark.parametrize("rating", sorted(COMICINFO_AGE_RATINGS))
def test_comicinfo_keeps_its_own_words(rating: str) -> None:
    assert in_comicinfo(rating) == rating


@pytest.mark.parametrize("rating", sorted(METRON_AGE_RATINGS))
def test_words_of_metron_come_back_from_comicinfo(rating: str) -> None:
    assert in_metroninfo(rating) == rating
    word = in_comicinfo(rating)
    assert word is not None
    assert in_metroninfo(word) == rating


@pytest.mark.parametrize("rating", sorted(COMICINFO_AGE_RATINGS - {"Rating Pending"}))
def test_comics_for_older_readers_stay_so_in_metrons_words(rating: str) -> None:
    word = in_metroninfo(rating)
    assert word is not None
    back = in_comicinfo(word)
    assert back is not None
    # Metron has one word for everybody below 13.
    assert FROM_AGE[back] == (FROM_AGE[rating] if FROM_AGE[rating] >= 13 else 0)


def test_a_rating_that_is_pending_has_no_word_of_metron() -> None:
    assert in_metroninfo("Rating Pending") is None


@pytest.mark.parametrize(
    ("written", "comicinfo", "metron"),
    [
        ("All Ages", "Everyone", "Everyone"),
        ("CCA", "Everyone", "Everyone"),
        ("9+ Only", "Everyone 10+", "Everyone"),
        ("PG-13", "Teen", "Teen"),
        ("T+", "MA15+", "Teen Plus"),
        ("Parental Advisory", "MA15+", "Teen Plus"),
        ("17+ Adult", "Mature 17+", "Mature"),
        ("18+", "Adults Only 18+", "Adult"),
        ("TEEN PLUS", "MA15+", "Teen Plus"),
        ("From 9", None, None),
    ],
)
def test_what_covers_say_is_written_in_the_words_of_the_format(
    written: str, comicinfo: str | None, metron: str | None
) -> None:
    assert (in_comicinfo(written), in_metroninfo(written)) == (comicinfo, metron)


def test_what_a_file_says_stays_while_it_means_the_same() -> None:
    before = b"<ComicInfo><AgeRating>T+</AgeRating></ComicInfo>"
    assert write_comicinfo(before, read_comicinfo(before)) == before


def test_both_lists_know_the_same_spellings_and_repeat_no_word() -> None:
    for words, allowed in (
        (METRON_TO_COMICINFO_AGE, COMICINFO_AGE_RATINGS),
        (COMICINFO_TO_METRON_AGE, METRON_AGE_RATINGS),
    ):
        assert set(words.values()) <= allowed
        assert all(text == text.casefold() for text in words)
        assert not set(words) & {word.casefold() for word in allowed}
    known = {word.casefold() for word in COMICINFO_AGE_RATINGS | METRON_AGE_RATINGS}
    assert set(METRON_TO_COMICINFO_AGE) - known == set(COMICINFO_TO_METRON_AGE) - known


def test_documented_table_is_what_is_written() -> None:
    page = (Path(__file__).parents[3] / "docs/metadata.md").read_text("utf-8")
    section = page.partition("\n## Age ratings\n")[2].partition("\n## ")[0]
    rows = [
        [re.findall("`([^`]+)`", cell) for cell in line.split("|")[1:4]]
        for line in section.splitlines()
        if line.startswith("| `")
    ]
    assert {word for words, *_ in rows for word in words} == COMICINFO_AGE_RATINGS
    understood = {text.casefold() for *_, texts in rows for text in texts}
    assert understood == set(METRON_TO_COMICINFO_AGE) & set(COMICINFO_TO_METRON_AGE)
    for words, metron, texts in rows:
        for text in words + texts:
            assert in_metroninfo(text) == (metron[0] if metron else None)
        assert {in_comicinfo(text) for text in texts} <= {words[0]}

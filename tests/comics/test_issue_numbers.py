"""How numbers in tags are read, shown in names and sorted by."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comicmaintainer.comics.issue_numbers import padded_issue, plain_issue, read_issue
from comicmaintainer.comics.metadata import ComicMetadata
from comicmaintainer.comics.naming.template import Template
from comicmaintainer.library.catalogue.sort_keys import issue_key


@pytest.mark.parametrize(
    ("tag", "padded"),
    [
        ("71", "0071"),
        ("0071.4", "0071.4"),
        ("00071", "0071"),
        (" 5 ", "0005"),
        ("12345", "12345"),
        ("0", "0000"),
        ("00", "0000"),
        ("-1", "-0001"),
        ("\u22121", "-0001"),
        ("１２", "0012"),
        ("٣", "0003"),
        # decimals
        ("0.5", "0000.5"),
        (".5", "0000.5"),
        ("1,5", "0001.5"),
        ("1,000", "1000"),
        ("7.0", "0007"),
        ("7.00", "0007"),
        ("7.", "0007"),
        ("1.1", "0001.1"),
        ("1.10", "0001.10"),
        ("0.0.1", "0000.0.1"),
        # fractions
        ("½", "½"),
        ("1/2", "½"),
        ("１／２", "½"),
        ("-1/2", "-½"),
        ("3/4", "¾"),
        ("1½", "0001½"),
        ("1 1/2", "0001½"),
        ("1-1/2", "0001½"),
        ("1/20", "0001/0020"),
        # what people write around a number
        ("#7", "0007"),
        ("＃ 7", "0007"),
        ("No. 7", "0007"),
        ("#½", "½"),
        ("Chapter 7", "0007"),
        ("1 of 5", "0001"),
        ("1 (of 5)", "0001"),
        ("1 von 5", "0001"),
        # suffixes
        ("1A", "0001A"),
        ("1.MU", "0001.MU"),
        ("100AU", "0100AU"),
        ("1e3", "0001e3"),
        ("10A.I.", "0010A.I."),
        # several numbers
        ("1-3", "0001-0003"),
        ("1 – 3", "0001-0003"),
        ("3-1", "0003-0001"),
        ("1 & 2", "0001 & 0002"),
        ("1,2,3", "0001,0002,0003"),
        ("1, 2", "0001, 0002"),
        ("5/6", "0005/0006"),
        # words
        ("AU", "AU"),
        ("Annual 1", "Annual 0001"),
        ("Nope 1", "Nope 0001"),
        ("S01", "S01"),
        ("", ""),
    ],
)
def test_issue_numbers_are_read(tag: str, padded: str) -> None:
    assert padded_issue(tag, 4) == padded
    assert padded_issue(plain_issue(padded), 4) == padded


def test_a_name_shows_the_number_and_no_range_for_a_half() -> None:
    template = Template.parse("{series} #{issue} ({issue_no_pad})")
    for tag, name in (("1/2", "Rain #½ (½)"), ("7.0", "Rain #0007 (7)"), ("#7", "Rain #0007 (7)")):
        assert template.render(ComicMetadata(series="Rain", issue=tag)) == name


def test_the_library_is_sorted_by_the_same_reading() -> None:
    ordered = [
        "-1",
        "0",
        "1/2",
        "1",
        "1,5",
        "2 of 5",
        "#7",
        "8.0",
        "１２",
        "1,000",
        None,
        "Annual 1",
    ]
    shuffled = random.Random(1).sample(ordered, len(ordered))
    assert sorted(shuffled, key=issue_key) == ordered
    for one, other in (("7", "7.0"), ("7", "#7"), ("½", "1/2"), ("1.5", "1,5"), ("1", "1 of 5")):
        assert issue_key(one) == issue_key(other)


NUMBER_LIKE = st.text(alphabet="0123456789½¾１.,/-–#&+ ()ofvNoAch\n", max_size=20) | st.text(
    max_size=80
)


@given(NUMBER_LIKE, st.integers(1, 12))
@settings(max_examples=2000, deadline=None)
def test_reading_the_result_again_changes_nothing(text: str, digits: int) -> None:
    plain = plain_issue(text)
    assert plain_issue(plain) == plain
    padded = padded_issue(text, digits)
    assert padded_issue(padded, digits) == padded
    if read_issue(text) is not None:
        assert issue_key(plain) == issue_key(text)


@pytest.mark.parametrize("text", ["9" * 100_000, "1 of " * 20_000, "#" * 100_000, "1," * 50_000])
def test_a_text_that_is_too_long_is_not_a_number(text: str) -> None:
    assert read_issue(text) is None
    assert plain_issue(text) == text.strip()

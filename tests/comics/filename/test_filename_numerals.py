"""Numbers in the ways names write them."""

from __future__ import annotations

import pytest

from comicmaintainer.comics.filename import numerals


@pytest.mark.parametrize(
    ("text", "value"),
    [("007", "7"), ("0", "0"), ("000", "0"), ("0.5", "0.5"), ("070.50", "70.50"), ("½", "½"),
     ("0½", "0½"), ("1,000", "1000"), ("００７", "7"), ("๑๒", "12")],
)  # fmt: skip
def test_plain_number_has_ascii_digits_and_no_leading_zeros(text: str, value: str) -> None:
    assert numerals.plain(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("One", "1"), ("twelve", "12"), ("III", "3"), ("IV", "4"), ("XIX", "19"), ("iv", None),
     ("Omen", None), ("", None)],
)  # fmt: skip
def test_spelled_number_is_a_word_or_an_upper_case_roman_numeral(
    text: str, value: str | None
) -> None:
    assert numerals.spelled(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("三", "3"),
        ("十", "10"),
        ("十二", "12"),
        ("二十", "20"),
        ("百二十三", "123"),
        ("一〇三", "103"),
    ],
)
def test_chinese_numerals_are_read_with_and_without_units(text: str, value: str) -> None:
    assert numerals.han(text) == value


def test_magnitude_orders_decimals_fractions_and_suffixes() -> None:
    shuffled = ["10.25", "2b", "0", "10", "½", "1.5", "1"]
    assert sorted(shuffled, key=numerals.magnitude) == ["0", "½", "1", "1.5", "2b", "10", "10.25"]

from __future__ import annotations

import pytest

from comicmaintainer.matching.numbers import number_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("001", "1"),
        ("#1", "1"),
        ("½", "1/2"),
        ("0½", "0.5"),
        ("1.50", "1½"),
        ("1.MU", "1 mu"),
        ("5AU", "5au"),
        ("-1", "-01"),
        ("2 [37]", "2"),
        ("∞", "∞"),
    ],
)
def test_one_number_has_one_key(one: str, other: str) -> None:
    assert number_key(one) == number_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("1", "-1"), ("1", "1.5"), ("13", "13B"), ("1", "1.MU"), ("10", "100"), ("A", "B")],
)
def test_different_numbers_have_different_keys(one: str, other: str) -> None:
    assert number_key(one) != number_key(other)

"""The terms of the search index, also of texts that were written to be slow."""

from __future__ import annotations

import pytest

from comicmaintainer.library.catalogue.search_terms import (
    MAX_DOCUMENT_LENGTH,
    distinct_terms,
    terms,
)
from comicmaintainer.library.catalogue.sort_keys import typed_series_keys
from tests.kit.processor_limit import processor_limit


def test_words_with_marks_inside_are_found_joined() -> None:
    assert list(terms("Spider-Man's O'Neil x-1.5")) == [
        "spider", "man", "s", "o", "neil", "x", "1", "5",
        "spidermans", "oneil", "x15",
    ]  # fmt: skip


@pytest.mark.parametrize("letter", ["a", "ß", "1", "é", "-", "a-", "人"])
def test_long_words_take_no_more_time_than_short_ones(letter: str) -> None:
    with processor_limit(20):
        for number in range(255):
            list(terms(f"{number}{letter * 4_000}"))


def test_digits_typed_before_a_letter_take_no_time() -> None:
    with processor_limit(20):
        for number in range(255):
            typed_series_keys(f"{number}{'1' * 20_000}x")


def test_a_file_has_a_bounded_number_of_terms() -> None:
    texts = [f"name{number} {number}-x" for number in range(300_000)]
    found = distinct_terms(texts)
    assert "name1" in found
    assert len(found) < MAX_DOCUMENT_LENGTH

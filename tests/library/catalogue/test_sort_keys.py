from __future__ import annotations

import random

import pytest

from comicmaintainer.library.catalogue.sort_keys import issue_key, series_key, sort_key


def test_issue_numbers_sort_by_value() -> None:
    ordered = [
        "-10", "-2", "-1.5", "-1", "0", "½", "1", "1A", "1B", "1.1", "1.10A", "1.5", "2", "10",
        "71", "71.4", "72", "100", "999", "1000", "123456789012", None, "Annual", "Special 2",
        "Special 10",
    ]  # fmt: skip
    shuffled = ordered[:]
    random.Random(3).shuffle(shuffled)
    assert sorted(shuffled, key=issue_key) == ordered


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Bat-Man", "bat man"),
        ("Astérix", "ASTERIX"),
        ("Jupiter's Legacy", "Jupiter’s Legacy"),
        ("X_Men", "X-Men"),
        ("ﬁre", "fire"),
        ("Straße", "STRASSE"),
        ("007", "7"),
    ],
)
def test_spellings_of_one_series_share_a_key(one: str, other: str) -> None:
    assert series_key(one) == series_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Batman", "Bat"), ("進撃の巨人", "進撃"), ("が", "か"), ("The", "An"), ("!!!", "???")],
)
def test_different_series_have_different_keys(one: str, other: str) -> None:
    assert series_key(one) != series_key(other)


def test_files_sort_by_series_volume_issue_and_name() -> None:
    def key(series: str | None, volume: str | None, issue: str | None, name: str = "n.cbz") -> str:
        return sort_key(series=series, volume=volume, year=None, issue=issue, name=name)

    ordered = [
        key(None, None, None, "Alone 2.cbz"),
        key(None, None, None, "Alone 10.cbz"),
        key("Bat", None, "9"),
        key("Batman", None, "1"),
        key("Batman", "2", "1"),
        key("Batman", "2", "2"),
        key("Batman", "10", "1"),
        key("The Flash", None, "1", "a.cbz"),
        key("Flash", None, "1", "b.cbz"),
    ]
    assert sorted(ordered) == ordered

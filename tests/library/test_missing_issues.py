"""Missing issues: the gaps in the numbers of each volume, found for one series and for all."""

from __future__ import annotations

import pytest

from comicmaintainer.database import Database
from comicmaintainer.errors import InvalidInput, NotFound
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.missing_issues import (
    Incomplete,
    MissingIssues,
    expected_numbers,
    missing_numbers,
)
from tests.library.reading_lists.shelf import comic


@pytest.fixture
def incomplete(database: Database) -> Incomplete:
    return Incomplete(database)


@pytest.mark.parametrize(
    ("have", "missing"),
    [
        ([], []),
        (["5"], []),
        (["1", "002", "#3"], []),
        (["3", "1", "7"], ["2", "4", "5", "6"]),
        (["1", "1.5", "2", "½", "Annual 1"], []),
        (["1", "2.5", "3"], ["2"]),
        (["1", "2A", "3.MU"], []),
        (["1-3", "5"], ["4"]),
        (["-1", "1"], []),
        (["1", "3", "700", "702"], ["2", "701"]),
        (["20210101", "20210403"], []),
    ],
)
def test_what_is_missing_between_numbers(have: list[str], missing: list[str]) -> None:
    assert missing_numbers(have, expected_numbers(have)) == missing


def test_the_numbers_that_a_source_lists_are_compared_by_their_value() -> None:
    known = ["½", "1", "2", "2.MU", "3", "Annual 1"]
    assert missing_numbers(["0.5", "01", "2 MU"], known) == ["2", "3", "Annual 1"]


def test_comics_that_name_no_volume_are_of_the_only_one(
    catalogue: Catalogue, incomplete: Incomplete
) -> None:
    catalogue.upsert(
        [comic("a", "Owl", "1", "2016"), comic("b", "Owl", "2"), comic("c", "Owl", "4", "2016")]
    )
    assert incomplete.of_series("Owl").volumes == [MissingIssues("2016", 3, "1", "4", ["3"])]


def test_volumes_are_looked_at_apart(catalogue: Catalogue, incomplete: Incomplete) -> None:
    catalogue.upsert(
        [
            comic("a", "Owl", "1", "2016"),
            comic("b", "Owl", "3", "2016"),
            comic("c", "The Owl", "10", "1990"),
            comic("d", "Owl", "11", "1990"),
            comic("e", "Owl", "2", None),
            comic("f", "Owl", "5", None),
        ]
    )
    found = incomplete.of_series("the owl")
    assert found.name == "Owl"
    assert found.volumes == [
        MissingIssues("2016", 2, "1", "3", ["2"]),
        MissingIssues(None, 2, "2", "5", ["3", "4"]),
    ]


def test_volumes_themselves_are_missing_where_files_have_no_other_number(
    catalogue: Catalogue, incomplete: Incomplete
) -> None:
    catalogue.upsert([comic(name, "Owl", None, name) for name in ("1", "2", "4", "2016", "odd")])
    assert incomplete.of_series("Owl").volumes == [
        MissingIssues(None, 3, "1", "4", ["3"], is_of_volumes=True)
    ]


def test_a_series_without_files_is_not_found(incomplete: Incomplete) -> None:
    with pytest.raises(NotFound, match="'Owl'"):
        incomplete.of_series("Owl")


def test_series_with_gaps_are_paged_by_name(catalogue: Catalogue, incomplete: Incomplete) -> None:
    catalogue.upsert(
        [
            comic(f"{series} {issue}", series, issue)
            for series, issues in {
                "Owl": "13",
                "Fox": "124",
                "Bear": "123",
                "Ant": "1",
                "Wolf": "25",
            }.items()
            for issue in issues
        ]
    )
    first, key = incomplete.page(limit=2)
    assert [each.name for each in first] == ["Fox", "Owl"]
    rest, end = incomplete.page(after_key=key, limit=2)
    assert ([each.name for each in rest], end) == (["Wolf"], None)
    with pytest.raises(InvalidInput):
        incomplete.page(after_key="odd")


def test_a_page_ends_after_many_complete_series_and_says_that_others_follow(
    catalogue: Catalogue, incomplete: Incomplete
) -> None:
    catalogue.upsert(
        [
            *(comic(f"c{number}", f"Complete {number}", "1") for number in range(1_200)),
            comic("z1", "Zebra", "1"),
            comic("z3", "Zebra", "3"),
        ]
    )
    none, key = incomplete.page()
    assert (none, key is None) == ([], False)
    (only,), end = incomplete.page(after_key=key)
    assert (only.name, end) == ("Zebra", None)

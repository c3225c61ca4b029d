"""What `series.json` says of a series, out of the dates and the facts of a source."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from comicmaintainer.matching.model import IssueFacts, SeriesDetails, SeriesFacts
from comicmaintainer.operations.identification.series_values import SeriesValues, series_values

NOW = datetime(2020, 6, 15, tzinfo=UTC).timestamp()


def issues(*dates: tuple[int | None, int | None]) -> list[IssueFacts]:
    return [
        IssueFacts("comicvine", str(number), "7", str(number), year=year, month=month)
        for number, (year, month) in enumerate(dates, 1)
    ]


def values_of(facts: SeriesFacts, *dates: tuple[int | None, int | None]) -> SeriesValues:
    found = series_values(SeriesDetails(facts), issues(*dates), now_at=NOW)
    assert found is not None
    return found


RAIN = SeriesFacts("comicvine", "7", "Rain", start_year=2016, issue_count=2)


@pytest.mark.parametrize(
    ("dates", "run", "status"),
    [
        ([(2016, 5), (2018, 6)], "May 2016 - June 2018", "Ended"),
        ([(2018, 6), (2016, 5)], "May 2016 - June 2018", "Ended"),
        ([(2016, 5), (2020, 5)], "May 2016 - Present", "Continuing"),
        ([(2016, 5), (2020, 8)], "May 2016 - Present", "Continuing"),
        ([(2016, 5), (2020, 4)], "May 2016 - April 2020", "Ended"),
        ([(2016, 5)], "May 2016", "Ended"),
        ([(2016, None), (None, None)], "2016", "Ended"),
        ([(2017, 1)], "2016 - January 2017", "Ended"),
    ],
)
def test_run_and_status_follow_from_the_dates(
    dates: list[tuple[int | None, int | None]], run: str, status: str
) -> None:
    known = values_of(RAIN, *dates).known
    assert (known["publication_run"], known["status"]) == (run, status)


def test_without_dates_run_and_status_are_guesses() -> None:
    found = values_of(RAIN)
    assert "status" not in found.known
    assert found.guesses["status"] == "Continuing"
    assert found.guesses["publication_run"] == "2016 - Present"


def test_what_the_source_says_of_the_status_counts() -> None:
    found = series_values(SeriesDetails(RAIN, is_ongoing=True), issues((2016, 5)), now_at=NOW)
    assert found is not None
    assert found.known["status"] == "Continuing"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (RAIN, 7),
        (SeriesFacts("metron", "3", "Rain", other_ids={"comicvine": "7"}), 7),
        (SeriesFacts("metron", "3", "Rain"), 0),
    ],
)
def test_the_id_is_that_of_comicvine_or_none(facts: SeriesFacts, expected: int) -> None:
    found = values_of(facts, (2016, 5))
    assert {**found.guesses, **found.known}["cid"] == expected
    assert {**found.guesses, **found.known}["comicid"] == expected


def test_a_series_without_a_year_or_a_number_of_issues_gets_no_file() -> None:
    facts = SeriesDetails(SeriesFacts("anilist", "3", "Rain"))
    assert series_values(facts, (), now_at=NOW) is None
    assert series_values(facts, issues((None, None)), now_at=NOW) is None

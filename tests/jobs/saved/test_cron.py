"""When cron expressions are due, above all where clocks change."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comicmaintainer.errors import InvalidInput
from comicmaintainer.jobs.saved import cron

BERLIN = "Europe/Berlin"
SPRING, AUTUMN = "2026-03-28", "2026-10-24"  # the days before the clocks change there


def local(expression: str, zone_name: str, day: str, count: int) -> list[str]:
    zone = cron.zone(zone_name)
    after = datetime.fromisoformat(day).replace(tzinfo=zone).timestamp()
    found = cron.next_slots(expression, zone, after, count)
    return [datetime.fromtimestamp(at, zone).isoformat(timespec="minutes") for at in found]


def test_slot_in_the_hour_that_is_left_out_comes_right_after_it() -> None:
    assert local("30 2 * * *", BERLIN, SPRING, 3) == [
        "2026-03-28T02:30+01:00",
        "2026-03-29T03:00+02:00",
        "2026-03-30T02:30+02:00",
    ]


def test_slot_in_the_hour_that_comes_twice_comes_once() -> None:
    assert local("30 2 * * *", BERLIN, AUTUMN, 3) == [
        "2026-10-24T02:30+02:00",
        "2026-10-25T02:30+02:00",
        "2026-10-26T02:30+01:00",
    ]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_hourly_expression_goes_by_elapsed_time(day: str, hours: int) -> None:
    zone = cron.zone(BERLIN)
    midnight = datetime.fromisoformat(day).replace(tzinfo=zone)
    found = cron.next_slots("0 * * * *", zone, midnight.timestamp() - 1, hours + 1)
    days = [datetime.fromtimestamp(at, zone).date() for at in found]
    assert days.count(midnight.date()) == hours
    assert {round(b - a) for a, b in pairwise(found)} == {3600}


@given(
    st.sampled_from(["30 2 * * *", "15 1 * * *", "*/20 * * * *", "0 2 * * 0", "45 1,2,3 * * *"]),
    st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kolkata"]),
    st.floats(1_700_000_000, 1_900_000_000),
)
def test_slots_grow_and_looking_again_from_one_gives_the_next(
    expression: str, zone_name: str, after: float
) -> None:
    zone = cron.zone(zone_name)
    found = list(islice(cron.slots(expression, zone, after), 8))
    assert found[0] > after
    assert all(one < two for one, two in pairwise(found))
    for one, two in pairwise(found):
        assert cron.first_slot(expression, zone, one) == two


@pytest.mark.parametrize("shift_s", range(0, 4 * 3600, 600))
def test_no_slot_repeats_when_looked_for_from_within_the_repeated_hour(shift_s: int) -> None:
    """01:00 UTC on that day is where Berlin goes back; look from around there."""
    zone = cron.zone(BERLIN)
    after = datetime(2026, 10, 24, 23, 0, tzinfo=UTC).timestamp() + shift_s
    fired = datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp()  # 02:30, first pass
    expected = fired if after < fired else datetime(2026, 10, 26, 1, 30, tzinfo=UTC).timestamp()
    assert cron.first_slot("30 2 * * *", zone, after) == expected


@pytest.mark.parametrize(
    "expression", ["", "* * * *", "0 0 30 2 *", "61 * * * *", "* * * * * *", "at noon every day x"]
)
def test_what_is_no_cron_expression_is_refused_with_the_expression_named(expression: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        cron.first_slot(expression, ZoneInfo("UTC"), 0.0)
    assert repr(expression) in str(refusal.value)


@pytest.mark.parametrize("name", ["Mars/Olympus", "../etc/passwd", "", "Europe"])
def test_unknown_time_zone_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="time zone"):
        cron.zone(name)


def test_expression_is_described_in_words() -> None:
    assert cron.in_words("0 3 * * 1-5") == "At 03:00, Monday through Friday"
    assert cron.in_words("*/15 * * * *") == "Every 15 minutes"


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("*/45 * * * *", "At 0 and 45 minutes past the hour"),
        ("0 */5 * * *", "At 00:00, 05:00, 10:00, 15:00 and 20:00"),
        ("0 3 * * */2", "At 03:00, only on Sunday, Tuesday, Thursday and Saturday"),
        ("0 0 1 */3 *", "At 00:00, on day 1 of the month, every 3 months"),
        ("5/15 * * * *", "Every 15 minutes, starting at 5 minutes past the hour"),
        ("0 3 1 * 1", "At 03:00, on day 1 of the month, or on Monday"),
        (
            "0 3 1,15 * 1-5",
            "At 03:00, on day 1 and 15 of the month, or at 03:00, Monday through Friday",
        ),
        ("0 3 */10 * 1", "0 3 */10 * 1"),
    ],
)
def test_words_describe_uneven_steps_and_either_day_correctly(expression: str, words: str) -> None:
    assert cron.in_words(expression).replace(", and ", " and ") == words


def test_words_name_every_minute_of_a_step_that_does_not_divide_the_hour() -> None:
    assert "Every 7" not in cron.in_words("*/7 * * * *")
    assert "every 2 days" not in cron.in_words("0 3 */2 * *")

"""Page numbers that count with letters are read as numbers, letters beside numbers are not."""

from __future__ import annotations

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comicmaintainer.comics.archives.page_names import in_reading_order, natural_key
from tests.kit.processor_limit import processor_limit

SIGNS = string.digits + string.ascii_lowercase


def number(value: int, base: int, width: int) -> str:
    signs = ""
    while value or not signs:
        signs = SIGNS[value % base] + signs
        value //= base
    return signs.rjust(width, "0")


def shuffled(names: list[str]) -> list[str]:
    return random.Random(1).sample(names, len(names))


@given(
    base=st.sampled_from([16, 36]),
    width=st.sampled_from([0, 2, 3, 4, 8]),
    first=st.integers(0, 20),
    count=st.integers(16, 200),
    before=st.sampled_from(["", "page", "Mill 001-", "p_", "ch 2/", "Ä"]),
    behind=st.sampled_from(["", "_", "()"]),
    is_upper=st.booleans(),
)
def test_runs_of_numbers_with_letters_are_read_in_their_order(
    base: int, width: int, first: int, count: int, before: str, behind: str, *, is_upper: bool
) -> None:
    count = min(count, base**2 - first)
    ids = [number(value, base, width) for value in range(first, first + count)]
    names = [f"{before}{each.upper() if is_upper else each}{behind}.jpg" for each in ids]
    assert in_reading_order(shuffled(names)) == names


@pytest.mark.parametrize(
    "ordered",
    [
        ["0009.jpg", "000a.jpg", "000z.jpg", "0010.jpg"],
        ["0009.jpg", "000a.jpg", "000f.jpg", "0010.jpg"],
        ["0009.jpg", "000a.jpg", "0010.jpg"],
        ["009.png", "00A.png", "00B.png", "00Z.png", "010.png", "01K.png"],
        [f"{number(value, 36, 0)}.jpg" for value in range(1, 40)],
        [f"{number(value, 16, 0)}.jpg" for value in range(8, 30)],
        ["k3x8.webp", "k3x9.webp", "k3xa.webp", "k3xz.webp", "k3y0.webp"],
    ],
)
def test_numbers_with_letters_and_gaps_are_read_in_their_order(ordered: list[str]) -> None:
    assert in_reading_order(shuffled(ordered)) == ordered


@pytest.mark.parametrize("pages", [5, 15, 24, 40])
@pytest.mark.parametrize("covers", [["00a", "00b"], ["00a"], ["00a", "00b", "00c", "00d"]])
def test_covers_with_letters_stay_before_the_pages(pages: int, covers: list[str]) -> None:
    ids = [*covers, *(f"{page:03}" for page in range(1, pages + 1))]
    ordered = [f"Mill {each}.jpg" for each in ids]
    assert in_reading_order(shuffled(ordered)) == ordered


@pytest.mark.parametrize(
    "ordered",
    [
        ["01.jpg", "01a.jpg", "01b.jpg", "02.jpg", "10.jpg"],
        ["01a.jpg", "01b.jpg", "02a.jpg", "02b.jpg", "10a.jpg"],
        ["1.jpg", "1a.jpg", "2.jpg", "10.jpg", "11.jpg", "12.jpg"],
        ["12-13.jpg", "14.jpg", "14a.jpg", "100.jpg"],
        [*(f"{page:04}.jpg" for page in range(1, 30)), "back.jpg", "cred.jpg"],
        ["front.jpg", "page9.jpg", "page10.jpg"],
    ],
)
def test_other_letters_are_not_digits(ordered: list[str]) -> None:
    assert in_reading_order(shuffled(ordered)) == ordered


def test_other_pages_keep_their_place_beside_numbers_with_letters() -> None:
    pages = [f"{number(value, 36, 3)}.jpg" for value in range(1, 60)]
    ordered = [*pages, "cred.jpg", "zz scan.jpg"]
    assert in_reading_order(shuffled(ordered)) == ordered


def test_each_folder_is_numbered_separately() -> None:
    ordered = [
        f"ch {chapter}/{number(value, 36, 2)}.jpg" for chapter in (1, 2, 10) for value in range(50)
    ]
    assert in_reading_order(shuffled(ordered)) == ordered


@given(st.lists(st.text(string.ascii_letters + string.digits + " -_/.", max_size=12), max_size=40))
def test_every_name_is_there_once_and_the_order_does_not_depend_on_the_input(
    names: list[str],
) -> None:
    pages = [f"{name}.jpg" for name in names]
    ordered = in_reading_order(pages)
    assert sorted(ordered) == sorted(pages)
    assert in_reading_order(shuffled(pages)) == ordered


@given(st.lists(st.integers(0, 3000), max_size=60), st.sampled_from(["p", "p ", "x-1-"]))
def test_decimal_numbers_are_sorted_as_before(values: list[int], before: str) -> None:
    names = [f"{before}{value}.jpg" for value in values]
    assert in_reading_order(names) == sorted(sorted(names), key=natural_key)


def test_long_names_are_read_in_moderate_time() -> None:
    names = [f"{'a1' * 30_000}{page}{'!' * page}.jpg" for page in range(20)]
    with processor_limit(60):
        in_reading_order(names)

"""Names of absurd length cost time in proportion, whatever they repeat.

Work is counted in function calls, not seconds, so that a busy machine can't fail the test.
"""

from __future__ import annotations

import sys
from types import FrameType

import pytest

from comicmaintainer.comics.filename.parser import parse_filename

pytestmark = pytest.mark.slow


REPEATED = [
    "(", "((a", "[a]", ")(", "1 ", "#1-", "v1c", "a.b", "第一", "第1", "--", "2020-", "2020年",
    "12b ", "Batman 01 - ", "1 of 2 ", "May ", "vol ", "(2012)", "Title 5 ", "$1", "1,", "c1-",
    "Vol. Ch. ", "v2 Annual ", "_ ", "全3巻", "V 3 ", "- 2014 ", "36 pages ", "1A.I.", "No Volume ",
    "#9 v3 ", "digital x-Empire ", "_7e1234", "[0001]_", "(01-09-10)", "v1------ 1 ", "(]",
    "cover(a)",
]  # fmt: skip


def _calls(name: str) -> int:
    count = 0

    def profile(frame: FrameType, event: str, arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        parse_filename(name, "Some Series")
    finally:
        sys.setprofile(None)
    return count


def test_a_name_of_65000_characters_takes_work_in_proportion() -> None:
    text = "".join(REPEATED) * 400
    short, long = text[:16_000], text[:65_000]
    assert len(long) == 65_000
    assert _calls(long) <= 5 * _calls(short)


@pytest.mark.parametrize("piece", REPEATED)
def test_a_name_four_times_as_long_takes_about_four_times_the_work(piece: str) -> None:
    short, long = ((piece * size)[:size] for size in (2_500, 10_000))
    assert _calls(long) <= 5 * _calls(short) + 1_000

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comicmaintainer import json_input
from comicmaintainer.json_input import DEEPEST

STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    # Surrogates and NUL are the only characters that can't be stored.
    | STORABLE,
    lambda inner: st.lists(inner) | st.dictionaries(STORABLE, inner),
)


@given(PLAIN)
def test_plain_values_pass_as_they_are(value: Any) -> None:
    assert json_input.parse_plain(json.dumps(value)) == value
    assert json_input.parse(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize(("begin", "end"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
@pytest.mark.parametrize("times", [1, 50, DEEPEST, DEEPEST + 1, 950, 990, 1000, 5000, 100_000])
def test_depth_is_bounded_before_recursion(begin: str, end: str, times: int) -> None:
    text = begin * times + "1" + end * times
    if (begin.count("[") + begin.count("{")) * times <= DEEPEST:
        json_input.parse(text)
    else:
        with pytest.raises(ValueError, match=f"more than {DEEPEST} levels deep"):
            json_input.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "nonsense",
        "NaN",
        '{"a": Infinity}',
        "[-Infinity]",
        "1e999",
        '{"a": [1, -1e400]}',
        '"\\ud800"',
        '{"\\udfff": 1}',
        '["\\u0000"]',
        '{"a\\u0000": 1}',
        "9" * 5000,
        b"\xff",
        b"\xff\xfe1\x00",
    ],
)
def test_values_that_are_not_plain_json_are_refused(text: str | bytes) -> None:
    with pytest.raises(ValueError):
        json_input.parse_plain(text)


@pytest.mark.parametrize("value", [math.nan, math.inf, "\ud800", {"a": ["\udc80"]}])
def test_parsed_values_are_checked_in_the_same_way(value: Any) -> None:
    with pytest.raises(ValueError):
        json_input.require_plain(value)
    json_input.require_shallow(value)

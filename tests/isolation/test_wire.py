"""Values that are sent between processes arrive as they were, or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comicmaintainer.isolation.wire import Misfit, packed, unpacked


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Inner:
    name: str
    colour: Colour | None


@dataclass(frozen=True, slots=True)
class Outer:
    path: Path
    content: bytes
    numbers: tuple[int, ...]
    pair: tuple[str, float | None]
    inner: tuple[Inner, ...]
    hashes: Mapping[int, int] = field(default_factory=dict)
    members: Mapping[str, bytes] = field(default_factory=dict)
    is_set: bool = False


inners = st.builds(Inner, st.text(), st.sampled_from(Colour) | st.none())
outers = st.builds(
    Outer,
    st.text("ab/ é", min_size=1).map(Path),
    st.binary(),
    st.lists(st.integers()).map(tuple),
    st.tuples(st.text(), st.floats(allow_nan=False) | st.none()),
    st.lists(inners).map(tuple),
    st.dictionaries(st.integers(), st.integers()),
    st.dictionaries(st.text(), st.binary()),
    st.booleans(),
)


@given(outers)
def test_values_arrive_unchanged(value: Outer) -> None:
    sent = json.loads(json.dumps(packed(value)))
    assert unpacked(Outer, sent) == value


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        [],
        ["a", 1],
        [1, "red"],
        ["a", "green"],
        ["a", "red", "more"],
        {"name": "a", "colour": "red"},
    ],
)
def test_values_of_other_types_are_refused(value: object) -> None:
    with pytest.raises(Misfit):
        unpacked(Inner, value)


def test_any_json_value_arrives_where_any_is_expected() -> None:
    value = {"a": [1, {"b": None}], "c": "x"}
    assert unpacked(Mapping[str, Any], value) == value  # type: ignore[type-abstract]
    with pytest.raises(Misfit):
        unpacked(Mapping[str, Any], [1])  # type: ignore[type-abstract]


def test_bytes_are_not_made_from_other_characters() -> None:
    with pytest.raises(Misfit):
        unpacked(bytes, "€")


def test_objects_of_other_kinds_are_not_sent() -> None:
    with pytest.raises(TypeError, match="object"):
        packed(object())

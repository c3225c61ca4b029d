"""The parameters that `identify` and `refresh` share: whom to ask, and what to write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comicmaintainer.comics.metadata import field_named
from comicmaintainer.errors import InvalidInput
from comicmaintainer.operations.declared.parameters import Control, Option, Parameter, ParameterType
from comicmaintainer.operations.declared.rules_parameters import require_fields


def _require_preferences(values: Mapping[str, Any]) -> None:
    for name, sources in values.items():
        field_named(name)
        if not isinstance(sources, list) or not all(isinstance(each, str) for each in sources):
            raise InvalidInput(f"The sources of '{name}' must be a list of names.", field=name)


SOURCES = Parameter(
    "sources",
    ParameterType.TEXTS,
    "The sources to ask, the first one first; by default all that are switched on.",
    label="Ask these sources",
    hint="The first one first. If empty, all that are switched on",
    option=Option(name="--source", metavar="NAME"),
)

KEEP = Parameter(
    "keep",
    ParameterType.TEXTS,
    "Fields that are never changed.",
    check=require_fields,
    label="Never change these fields",
    hint="",
    control=Control.TICKS,
    is_rare=True,
)

PREFER = Parameter(
    "prefer",
    ParameterType.OBJECT,
    "For single fields: the sources whose word counts, the first one first.",
    check=_require_preferences,
    control=Control.NONE,
    is_rare=True,
    option=None,
)

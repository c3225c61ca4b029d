"""The kind `identify`: finds out online what a comic is, and writes what the source knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comicmaintainer.comics.metadata import field_named
from comicmaintainer.errors import InvalidInput
from comicmaintainer.operations.declared.kind import Findings, Kind, Words
from comicmaintainer.operations.declared.parameters import Control, Option, Parameter, ParameterType
from comicmaintainer.operations.declared.rules_parameters import ON_MALFORMED, require_fields


def _require_preferences(values: Mapping[str, Any]) -> None:
    for name, sources in values.items():
        field_named(name)
        if not isinstance(sources, list) or not all(isinstance(each, str) for each in sources):
            raise InvalidInput(f"The sources of '{name}' must be a list of names.", field=name)


KIND = Kind(
    name="identify",
    title="Identify",
    description=(
        "Find out online what comics are, and write what the source knows. What is not certain is "
        "left for a person to choose."
    ),
    words=Words("Identify", "Identifying", "Identified"),
    runner="comicmaintainer.operations.planners.identify:Identify",
    order=15,
    parameters=(
        Parameter(
            "sources",
            ParameterType.TEXTS,
            "The sources to ask, the first one first; by default all that are switched on.",
            label="Ask these sources",
            hint="The first one first. If empty, all that are switched on",
            option=Option(name="--source", metavar="NAME"),
        ),
        Parameter(
            "mode",
            ParameterType.CHOICE,
            "What happens to fields that have a value: `overwrite` replaces it, `fill` keeps it.",
            default="overwrite",
            choices=("overwrite", "fill"),
            label="Fields that have a value",
            hint="",
            choice_labels={"overwrite": "take the source's", "fill": "keep it"},
        ),
        Parameter(
            "keep",
            ParameterType.TEXTS,
            "Fields that are never changed.",
            check=require_fields,
            label="Never change these fields",
            hint="",
            control=Control.TICKS,
            is_rare=True,
        ),
        Parameter(
            "prefer",
            ParameterType.OBJECT,
            "For single fields: the sources whose word counts, the first one first.",
            check=_require_preferences,
            control=Control.NONE,
            is_rare=True,
            option=None,
        ),
        Parameter(
            "covers",
            ParameterType.YES_NO,
            "In doubt, compare the covers. It costs a download.",
            default=True,
            label="Compare covers if in doubt",
            hint="It costs a download",
            is_rare=True,
        ),
        Parameter(
            "formats",
            ParameterType.TEXTS,
            "The formats to write.",
            default=["comicinfo"],
            label="Write as",
            hint="",
            is_rare=True,
        ),
        ON_MALFORMED,
    ),
    findings=Findings.ALL,
    can_be_rehearsed=False,
)

"""The kind `tag`: sets and clears fields as a person asks, or copies them from another comic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comicmaintainer.comics.metadata import set_field
from comicmaintainer.comics.metadata.model import ComicMetadata
from comicmaintainer.errors import InvalidInput
from comicmaintainer.operations.declared.kind import Command, Kind, Words
from comicmaintainer.operations.declared.parameters import Control, Parameter, ParameterType
from comicmaintainer.operations.declared.rules_parameters import (
    FOLDER_RULES,
    FORMATS,
    ON_MALFORMED,
    require_fields,
)


def _require_values(values: Mapping[str, Any]) -> None:
    metadata = ComicMetadata()
    for name, value in values.items():
        metadata = set_field(metadata, name, value)


def _require_something(params: Mapping[str, Any]) -> None:
    if not any(params.get(name) for name in ("set", "clear", "copy_from")):
        raise InvalidInput("'tag' needs at least one of 'set', 'clear' and 'copy_from'.")


KIND = Kind(
    name="tag",
    title="Edit tags",
    description="Set and clear fields, or copy them from another comic.",
    words=Words("Edit tags", "Tagging", "Tagged"),
    steps="comicmaintainer.operations.planners.tag:tag_steps",
    order=20,
    parameters=(
        Parameter(
            "set",
            ParameterType.OBJECT,
            "Fields and their values.",
            check=_require_values,
            label="Set these fields; empty ones stay as they are",
            control=Control.FIELDS,
        ),
        Parameter(
            "clear",
            ParameterType.TEXTS,
            "Fields to clear.",
            check=require_fields,
            label="Clear these fields",
            control=Control.TICKS,
        ),
        Parameter(
            "copy_from",
            ParameterType.TEXT,
            "A comic to copy tags from.",
            label="Copy tags from",
            hint="The path of a comic",
            is_rare=True,
            names_comic=True,
        ),
        Parameter(
            "fields",
            ParameterType.TEXTS,
            "The fields to copy; all by default.",
            check=require_fields,
            label="Copy only these fields",
            hint="If empty, all fields are copied",
            is_rare=True,
        ),
        FORMATS,
        ON_MALFORMED,
        FOLDER_RULES,
    ),
    check=_require_something,
    can_be_rehearsed=True,
    command=Command("Set, clear or copy tags."),
)

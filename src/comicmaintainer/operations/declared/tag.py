"""The kind `tag`: fields set and cleared by a person, or copied from another comic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comicmaintainer.comics.metadata import set_field
from comicmaintainer.comics.metadata.model import ComicMetadata
from comicmaintainer.errors import InvalidInput
from comicmaintainer.operations.declared.kind import Kind, Words
from comicmaintainer.operations.declared.parameters import Control, Parameter, ParameterType
from comicmaintainer.operations.declared.rules_parameters import ON_MALFORMED, require_fields


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
            label="Set these; what is left empty stays as it is",
            control=Control.FIELDS,
        ),
        Parameter(
            "clear",
            ParameterType.TEXTS,
            "Fields to empty.",
            check=require_fields,
            label="Empty these",
            control=Control.TICKS,
        ),
        Parameter(
            "copy_from",
            ParameterType.TEXT,
            "A comic whose tags are taken over.",
            label="Copy tags from",
            hint="The path of a comic",
            is_rare=True,
            names_comic=True,
        ),
        Parameter(
            "fields",
            ParameterType.TEXTS,
            "Which fields are copied; all if left out.",
            check=require_fields,
            label="Only these fields",
            hint="Those that are copied; empty: all of them",
            is_rare=True,
        ),
        Parameter(
            "formats",
            ParameterType.TEXTS,
            "Formats that are written.",
            default=["comicinfo"],
            label="Write as",
            hint="",
            is_rare=True,
        ),
        ON_MALFORMED,
    ),
    check=_require_something,
    can_be_rehearsed=True,
)

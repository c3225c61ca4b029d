"""The kind `identify`: finds out online what a comic is, and writes what the source knows of it."""

from __future__ import annotations

from comicmaintainer.operations.declared.identify_parameters import KEEP, PREFER, SOURCES
from comicmaintainer.operations.declared.kind import Kind, Words
from comicmaintainer.operations.declared.parameters import Parameter, ParameterType
from comicmaintainer.operations.declared.rules_parameters import FOLDER_RULES, FORMATS, ON_MALFORMED

KIND = Kind(
    name="identify",
    title="Identify",
    description=(
        "Find out online what comics are, and write what the source knows. What is not certain is "
        "left for a person to choose."
    ),
    words=Words("Identify", "Identifying", "Identified"),
    steps="comicmaintainer.operations.planners.identify:identify_steps",
    order=15,
    parameters=(
        SOURCES,
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
        KEEP,
        PREFER,
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
            "decided_only",
            ParameterType.YES_NO,
            "Only files of series that a person has decided about; others are not searched for.",
            default=False,
            label="Only series that were decided",
            hint="Others are not searched for",
            is_rare=True,
        ),
        FORMATS,
        ON_MALFORMED,
        FOLDER_RULES,
    ),
    asks_sources=True,
)

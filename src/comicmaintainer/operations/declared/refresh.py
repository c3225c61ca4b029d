"""The kind `refresh`: asks the source again about comics whose issue is known by its id."""

from __future__ import annotations

from comicmaintainer.operations.declared.identify_parameters import KEEP, PREFER, SOURCES
from comicmaintainer.operations.declared.kind import Kind, Words
from comicmaintainer.operations.declared.parameters import Parameter, ParameterType
from comicmaintainer.operations.declared.rules_parameters import FOLDER_RULES, FORMATS, ON_MALFORMED

KIND = Kind(
    name="refresh",
    title="Refresh",
    description=(
        "Ask the sources again about comics that have an id, and write what has changed there. "
        "Fields that you changed yourself stay."
    ),
    words=Words("Refresh", "Refreshing", "Refreshed"),
    steps="comicmaintainer.operations.planners.refresh:refresh_steps",
    order=16,
    parameters=(
        SOURCES,
        Parameter(
            "older_than_days",
            ParameterType.WHOLE,
            "Ask again where the last answer is older than this.",
            default=1,
            low=1,
            high=3650,
            label="Ask again after days",
            hint="Younger answers are used as they are",
            is_rare=True,
        ),
        KEEP,
        PREFER,
        FORMATS,
        ON_MALFORMED,
        FOLDER_RULES,
    ),
    asks_sources=True,
)

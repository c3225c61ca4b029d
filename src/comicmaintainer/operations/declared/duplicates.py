"""The kind `duplicates`: other copies of a comic found, and marked or moved to the trash."""

from __future__ import annotations

from comicmaintainer.operations.declared.kind import Findings, Kind, Words
from comicmaintainer.operations.declared.parameters import Parameter, ParameterType

KIND = Kind(
    name="duplicates",
    title="Find duplicates",
    description="Find copies of each file by its pages, and mark or trash all but the best.",
    words=Words("Find duplicates", "Looking for duplicates", "Compared"),
    planner="comicmaintainer.operations.planners.duplicates:plan_duplicates",
    order=80,
    parameters=(
        Parameter(
            "near",
            ParameterType.YES_NO,
            "Also compare by eye: the cover and eight pages.",
            default=False,
            label="Compare covers and pages by eye too",
            hint="",
        ),
        Parameter(
            "action",
            ParameterType.CHOICE,
            "What happens to the lesser copies.",
            default="report",
            choices=("report", "mark", "trash"),
            label="Lesser copies",
            hint="",
            choice_labels={"report": "only report", "trash": "move to the trash"},
        ),
        Parameter(
            "keep",
            ParameterType.TEXT,
            "The copy to keep instead of the best; files that only look alike need it.",
            label="Keep this copy",
            is_rare=True,
            names_comic=True,
        ),
    ),
    findings=Findings.ALL,
)

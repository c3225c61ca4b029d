"""The kind `duplicates`: finds other copies of a comic, and marks or trashes them."""

from __future__ import annotations

from comicmaintainer.operations.declared.kind import Command, Findings, Kind, Words
from comicmaintainer.operations.declared.parameters import Parameter, ParameterType

KIND = Kind(
    name="duplicates",
    title="Find duplicates",
    description="Find copies of each file by their pages, and mark or trash all but the best one.",
    words=Words("Find duplicates", "Looking for duplicates", "Compared"),
    planner="comicmaintainer.operations.planners.duplicates:plan_duplicates",
    order=80,
    parameters=(
        Parameter(
            "near",
            ParameterType.YES_NO,
            "Also find files that look alike, by the cover and eight pages.",
            default=False,
            label="Also find files that look alike",
            hint="",
        ),
        Parameter(
            "action",
            ParameterType.CHOICE,
            "What happens to the other copies. `tags` copies what only they know to the best one.",
            default="report",
            choices=("report", "tags", "mark", "trash"),
            label="Other copies",
            hint="",
            choice_labels={
                "report": "only report",
                "tags": "copy their missing tags to the best one",
                "trash": "move to the trash",
            },
        ),
        Parameter(
            "keep",
            ParameterType.TEXT,
            "The copy to keep instead of the best one; required for files that only look alike.",
            label="Keep this copy",
            is_rare=True,
            names_comic=True,
        ),
    ),
    findings=Findings.ALL,
    command=Command(
        "Find copies among PATHS or --all, and mark or trash them. Without either, list known "
        "groups.\n\n"
        "--near alone lists groups of files that look alike, as far as files have been compared."
    ),
)

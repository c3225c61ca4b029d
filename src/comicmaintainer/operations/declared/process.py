"""The kind `process`: fills in tags and renames files by the rules."""

from __future__ import annotations

from comicmaintainer.operations.declared.kind import Command, Kind, Words
from comicmaintainer.operations.declared.parameters import Option, Parameter, ParameterType
from comicmaintainer.operations.declared.rules_parameters import (
    RULES,
    WRITES_TAGS,
    require_rules,
)

KIND = Kind(
    name="process",
    title="Process",
    description="Fill in tags and rename files by the rules; mark copies and name conflicts.",
    words=Words("Process", "Processing", "Processed"),
    planner="comicmaintainer.operations.planners.process:plan_process",
    order=10,
    parameters=(
        *RULES,
        WRITES_TAGS,
        Parameter(
            "rename",
            ParameterType.YES_NO,
            "Rename the file.",
            default=True,
            label="Rename files",
            hint="",
            option=Option(help="Leave the names as they are."),
        ),
    ),
    check=require_rules,
    can_be_rehearsed=True,
    gives_names=True,
    marks_failed=True,
    command=Command("Fill in tags and rename files by the rules."),
)

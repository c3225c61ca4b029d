"""The kind `delete`: moves files to the trash."""

from __future__ import annotations

from comicmaintainer.operations.declared.kind import Command, Kind, Words
from comicmaintainer.operations.declared.parameters import Parameter, ParameterType

KIND = Kind(
    name="delete",
    title="Delete",
    description="Move the files to the trash.",
    words=Words("Move to the trash", "Moving to the trash", "Moved … to the trash"),
    steps="comicmaintainer.operations.planners.delete:delete_steps",
    order=70,
    parameters=(
        Parameter(
            "reason",
            ParameterType.TEXT,
            "The reason, shown with the result.",
            label="Reason",
            hint="Shown with the result",
        ),
    ),
    opens_comics=False,
    command=Command("Move comics to the trash of their watched folder.", everything=None),
)

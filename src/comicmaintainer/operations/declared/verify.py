"""The kind `verify`: every member read, every page decoded, damage told and healed."""

from __future__ import annotations

from comicmaintainer.operations.declared.kind import Command, Findings, Kind, Words
from comicmaintainer.operations.declared.parameters import Parameter, ParameterType

KIND = Kind(
    name="verify",
    title="Verify",
    description="Read every member and decode every page; tell damage from bit rot, heal from a "
    "copy.",
    words=Words("Verify", "Verifying", "Verified"),
    runner="comicmaintainer.operations.planners.verify:Verify",
    order=60,
    parameters=(
        Parameter(
            "heal",
            ParameterType.YES_NO,
            "Take broken pages from a known sound copy; rebuild archives that can't be opened.",
            default=False,
            label="Heal",
        ),
    ),
    findings=Findings.HEALTH,
    command=Command("Read every member and decode every page."),
)

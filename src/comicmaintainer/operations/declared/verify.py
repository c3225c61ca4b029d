"""The kind `verify`: reads every member, checks every page, and reports or heals damage."""

from __future__ import annotations

from comicmaintainer.operations.declared.kind import Command, Findings, Kind, Words
from comicmaintainer.operations.declared.parameters import Parameter, ParameterType

KIND = Kind(
    name="verify",
    title="Verify",
    description="Read every file in the archive and check that every page can be decoded; tell "
    "bit rot from other damage, and heal from a copy.",
    words=Words("Verify", "Verifying", "Verified"),
    runner="comicmaintainer.operations.planners.verify:Verify",
    order=60,
    parameters=(
        Parameter(
            "heal",
            ParameterType.YES_NO,
            "Replace broken pages from a sound copy; rebuild archives that can't be opened.",
            default=False,
            label="Heal",
        ),
    ),
    findings=Findings.HEALTH,
    command=Command("Read every file in the archive and check that every page can be decoded."),
)

"""The kind `scan`: brings the catalogue up to date with the watched folders."""

from __future__ import annotations

from comicmaintainer.operations.declared.kind import Command, Findings, ItemOf, Kind, Words
from comicmaintainer.operations.declared.parameters import Parameter, ParameterType

KIND = Kind(
    name="scan",
    title="Scan",
    description="Bring the catalogue up to date with the files of a folder.",
    words=Words("Scan", "Scanning", "Scanned", item="folder", item_plural="folders"),
    runner="comicmaintainer.operations.planners.scan:scan_runner",
    order=40,
    parameters=(
        Parameter(
            "forget_missing",
            ParameterType.YES_NO,
            "Forget missing files even if the whole folder looks like a share that is not mounted.",
            default=False,
        ),
    ),
    items=ItemOf.FOLDER,
    limit=1,
    changes_files=False,
    has_preview=False,
    findings=Findings.ALL,
    command=Command("Bring the catalogue up to date with the watched folders."),
)

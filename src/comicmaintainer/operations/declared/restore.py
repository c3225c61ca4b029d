"""The kind `restore`: moves files back from the trash."""

from __future__ import annotations

from comicmaintainer.operations.declared.kind import ItemOf, Kind, Words

KIND = Kind(
    name="restore",
    title="Restore",
    description="Move files back from the trash.",
    words=Words("Restore", "Restoring", "Restored"),
    steps="comicmaintainer.operations.planners.delete:Restore",
    order=120,
    items=ItemOf.TRASHED,
    has_preview=False,
)

"""The kind `undo`: changes taken back."""

from __future__ import annotations

from comicmaintainer.operations.declared.kind import ItemOf, Kind, Words

KIND = Kind(
    name="undo",
    title="Undo",
    description="Take changes back, newest first; refused where a file was changed by other hands.",
    words=Words("Undo", "Undoing", "Undone", item="change", items="changes"),
    runner="comicmaintainer.operations.planners.undo:Undo",
    order=110,
    items=ItemOf.CHANGE,
    has_preview=False,
)

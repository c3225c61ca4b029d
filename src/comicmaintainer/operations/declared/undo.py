"""The kind `undo`: takes changes back."""

from __future__ import annotations

from comicmaintainer.operations.declared.kind import Command, ItemOf, Kind, Words

KIND = Kind(
    name="undo",
    title="Undo",
    description="Undo changes, newest first; refused if something else has changed the file since.",
    words=Words("Undo", "Undoing", "Undone", item="change", item_plural="changes"),
    steps="comicmaintainer.operations.planners.undo:Undo",
    order=110,
    items=ItemOf.CHANGE,
    has_preview=False,
    command=Command(
        "Undo the last change of a file, or all changes of a job. TARGET is a path or a job."
    ),
)

"""The kind `rehearse`: tries another kind on copies of a few files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comicmaintainer.errors import InvalidInput
from comicmaintainer.operations.declared.kind import Command, Kind, Words
from comicmaintainer.operations.declared.parameters import Parameter, ParameterType


def _require_folder(params: Mapping[str, Any]) -> None:
    if "folder" not in params:
        raise InvalidInput(
            "'folder' is missing: name a folder for the copies.", field="params.folder"
        )


KIND = Kind(
    name="rehearse",
    title="Rehearse",
    description="Copy some of the files into a folder and run another kind on the copies, so "
    "that you can look at the result.",
    words=Words("Rehearse", "Rehearsing on", "Rehearsed on", item="copy", item_plural="copies"),
    runner="comicmaintainer.operations.planners.rehearse:rehearsal_runner",
    order=130,
    parameters=(
        Parameter(
            "folder",
            ParameterType.TEXT,
            "The folder for the copies.",
            label="Folder for the copies",
        ),
        Parameter(
            "kind",
            ParameterType.TEXT,
            "The kind to rehearse.",
            default="process",
            label="Kind to rehearse",
        ),
        Parameter(
            "params",
            ParameterType.OBJECT,
            "Its parameters.",
            label="Its parameters (JSON)",
            is_rare=True,
        ),
        Parameter(
            "count",
            ParameterType.WHOLE,
            "How many files to copy.",
            20,
            low=1,
            high=1000,
            label="How many files",
        ),
    ),
    check=_require_folder,
    has_preview=False,
    never_saved="A rehearsal can't be saved, because its copies are meant to be looked at once.",
    opens_comics=False,
    rehearses=True,
    command=Command("Try a job on copies of a few comics, to look at in a reader."),
)

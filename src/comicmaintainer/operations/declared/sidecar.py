"""The kind `sidecar`: writes a comic's tags into an XML file beside it."""

from __future__ import annotations

from comicmaintainer.operations.declared.kind import Command, Kind, Words
from comicmaintainer.operations.declared.parameters import Parameter, ParameterType

BESIDE, IN_FOLDER = "comic", "folder"

KIND = Kind(
    name="sidecar",
    title="Write XML files",
    description=(
        "Write the tags of comics into XML files beside them, for programs that read these. The "
        "comics are not touched, so it also works for formats that can't be tagged."
    ),
    words=Words("Write XML files", "Writing XML files of", "Wrote XML files of"),
    planner="comicmaintainer.operations.planners.sidecar:plan_sidecar",
    order=26,
    parameters=(
        Parameter(
            "format",
            ParameterType.CHOICE,
            "The format of the file.",
            default="comicinfo",
            choices=("comicinfo", "metroninfo"),
            label="Format",
            hint="",
            choice_labels={"comicinfo": "ComicInfo", "metroninfo": "MetronInfo"},
        ),
        Parameter(
            "name",
            ParameterType.CHOICE,
            "The name of the file: `comic` is that of the comic, with the ending .xml; `folder` is "
            "ComicInfo.xml or MetronInfo.xml, where a folder has one comic.",
            default=BESIDE,
            choices=(BESIDE, IN_FOLDER),
            label="Name",
            hint="",
            choice_labels={
                BESIDE: "as the comic, ending in .xml",
                IN_FOLDER: "ComicInfo.xml, where a folder has one comic",
            },
        ),
    ),
    command=Command("Write the tags of comics into XML files beside them."),
)

"""The kind `convert`: makes a CBZ from another archive, or from a CBZ that few programs unpack."""

from __future__ import annotations

from comicmaintainer.operations.declared.kind import Command, Kind, Words
from comicmaintainer.operations.declared.parameters import Option, Parameter, ParameterType

KIND = Kind(
    name="convert",
    title="Convert to CBZ",
    description="Convert CBR, CB7, CBT and PDF to CBZ, and repack a CBZ that few programs can "
    "unpack. The original goes to the trash once every page is verified. A wrong suffix is "
    "corrected.",
    words=Words("Convert to CBZ", "Converting", "Converted"),
    planner="comicmaintainer.operations.planners.convert:plan_convert",
    order=50,
    parameters=(
        Parameter(
            "images",
            ParameterType.CHOICE,
            "Re-encode pages if that makes them smaller.",
            default="keep",
            choices=("keep", "webp", "avif", "jpeg"),
            label="Pages",
            choice_labels={
                "keep": "keep as they are",
                "webp": "WebP",
                "avif": "AVIF",
                "jpeg": "JPEG",
            },
            option=Option(help="Re-encode pages."),
        ),
        Parameter(
            "quality",
            ParameterType.WHOLE,
            "Quality of re-encoded pages.",
            85,
            low=1,
            high=100,
            label="Quality",
            hint="",
        ),
        Parameter(
            "keep_original",
            ParameterType.YES_NO,
            "Keep the original.",
            default=False,
            label="Keep the original",
            hint="",
        ),
    ),
    limit=2,
    command=Command("Convert CBR, CB7, CBT and PDF files to CBZ. A CBZ stays as it is."),
)

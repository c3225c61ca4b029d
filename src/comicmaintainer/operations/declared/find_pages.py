"""The kind `find-pages`: searches for pages that many comics have, such as adverts and credits."""

from __future__ import annotations

from comicmaintainer.operations.declared.kind import Findings, ItemOf, Kind, Words
from comicmaintainer.operations.declared.parameters import Parameter, ParameterType

KIND = Kind(
    name="find-pages",
    title="Find repeated pages",
    description="Find pages that are in several comics, such as adverts and pages of credits.",
    words=Words(
        "Find repeated pages",
        "Looking for repeated pages in",
        "Looked for repeated pages in",
        item="folder",
        item_plural="folders",
    ),
    runner="comicmaintainer.operations.planners.find_pages:find_pages_runner",
    order=85,
    parameters=(
        Parameter(
            "look",
            ParameterType.YES_NO,
            "Also find pages that only look alike. This decodes five pages of each comic, once.",
            default=False,
            label="Also find pages that look alike",
            hint="Decodes five pages of each comic, once",
        ),
    ),
    items=ItemOf.FOLDER,
    limit=1,
    changes_files=False,
    has_preview=False,
    findings=Findings.ALL,
)

"""The kind `series-json`: describes the series of folders in files beside the comics."""

from __future__ import annotations

from comicmaintainer.operations.declared.kind import Command, Kind, Words

KIND = Kind(
    name="series-json",
    title="Write series.json",
    description=(
        "Describe the series of a folder in a series.json beside its comics, for Komga and Mylar. "
        "Only where all comics of a folder were identified as one series."
    ),
    words=Words("Write series.json", "Describing the series of", "Described the series of"),
    steps="comicmaintainer.operations.planners.series_json:series_json_steps",
    order=17,
    opens_comics=False,
    command=Command(
        "Write a series.json beside the comics of folders whose series is known, for Komga and "
        "Mylar."
    ),
)

"""Files of a catalogue, with the series, number, volume, year and tags that tests name."""

from __future__ import annotations

from itertools import count
from typing import Any

from comicmaintainer.library.catalogue.model import FileFacts, SeenFile

INODES = count(1)


def comic(
    name: str,
    series: str | None,
    issue: str | None,
    volume: str | None = None,
    year: int | None = None,
    **tags: Any,
) -> SeenFile:
    facts = FileFacts(
        format="cbz",
        page_count=20,
        series=series,
        issue=issue,
        volume=volume,
        year=year,
        tags=tags,
        fingerprint=name.encode(),
    )
    return SeenFile(f"/comics/{name}.cbz", 10, 1, 1, next(INODES), facts)

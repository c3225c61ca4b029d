"""The ids of a series that other programs note beside its files: `cvinfo` and `series.json`.

`cvinfo` holds an address of ComicVine; `series.json` is Mylar's (comics/metadata/series_json.py).
Files that can't be read say nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from comicmaintainer.comics.metadata import series_json
from comicmaintainer.errors import NotAComicPath
from comicmaintainer.filesystem.regular_files import open_regular

MOST_BYTES = series_json.LARGEST_BYTES + 1
COMICVINE = "comicvine"
_VOLUME = re.compile(r"/(?:4050|49)-([0-9]{1,12})\b")


def noted_series_ids(folder: Path) -> Mapping[str, str]:
    """Return the ids by source that are noted in the folder."""
    noted = _in_cvinfo(_content(folder / "cvinfo")) or series_json.comicvine_id(
        _content(folder / series_json.NAME)
    )
    return {} if noted is None else {COMICVINE: noted}


def _in_cvinfo(content: bytes) -> str | None:
    found = _VOLUME.search(content.decode("utf-8", "replace"))
    return None if found is None else found[1]


def _content(path: Path) -> bytes:
    """The start of a regular file; nothing if it is not there or can't be read."""
    try:
        descriptor = open_regular(path, os.O_RDONLY | os.O_NOFOLLOW)
    except (OSError, NotAComicPath):
        return b""
    with os.fdopen(descriptor, "rb") as file:
        try:
            return file.read(MOST_BYTES)
        except OSError:
            return b""

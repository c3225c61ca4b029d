"""The ids of a series that other programs note beside its files: `cvinfo` and `series.json`.

`cvinfo` holds an address of ComicVine; `series.json` is Mylar's (github.com/mylar3/mylar3/wiki/
series.json-schema), with ComicVine's id as `comicid`. Files that can't be read say nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from comicmaintainer import json_input
from comicmaintainer.errors import NotAComicPath
from comicmaintainer.filesystem.regular_files import open_regular

MOST_BYTES = 1 << 20
COMICVINE = "comicvine"
_VOLUME = re.compile(r"/(?:4050|49)-([0-9]{1,12})\b")
_ID = re.compile(r"[0-9]{1,12}")


def noted_series_ids(folder: Path) -> Mapping[str, str]:
    """Return the ids by source that are noted in the folder."""
    return _from_cvinfo(folder / "cvinfo") or _from_series_json(folder / "series.json")


def _from_cvinfo(path: Path) -> Mapping[str, str]:
    found = _VOLUME.search(_content(path).decode("utf-8", "replace"))
    return {} if found is None else {COMICVINE: found[1]}


def _from_series_json(path: Path) -> Mapping[str, str]:
    try:
        value = json_input.parse_plain(_content(path))
    except ValueError:
        return {}
    metadata = value.get("metadata") if isinstance(value, dict) else None
    found = metadata.get("comicid") if isinstance(metadata, dict) else None
    text = str(found) if isinstance(found, int | str) else ""
    return {COMICVINE: text} if _ID.fullmatch(text) and int(text) else {}


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

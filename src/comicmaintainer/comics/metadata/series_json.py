"""`series.json`, which describes the series of a folder: read, and brought up to date.

Mylar writes it (mylar3/mylar3, mylar/series_metadata.py, version "1.0.1"), and Komga reads it
(gotson/komga, infrastructure/metadata/mylar/dto/MylarMetadata.kt):

    {"version": "1.0.1", "metadata": {"type": "comicSeries", "name": ..., "cid": 10, ...}}

Mylar's id of a series is ComicVine's: `cid` since 1.0.1, `comicid` before. Until 1.0, `metadata`
was a list of one object. Komga refuses a file in which one of `NEEDED` is missing or null.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comicmaintainer import json_input

NAME = "series.json"
VERSION = "1.0.1"
LARGEST_BYTES = 256 << 10
"""A larger file is none of these, and is left alone."""
NO_ID = 0
"""The id of a series that ComicVine does not have, since readers refuse a file without one."""
ID_KEYS = ("comicid", "cid")
KEYS = (
    "type", "publisher", "imprint", "name", "cid", "comicid", "year", "description_text",
    "description_formatted", "volume", "booktype", "age_rating", "collects", "ComicImage",
    "total_issues", "publication_run", "status",
)  # fmt: skip
"""All keys that are known, in Mylar's order; Mylar itself writes no `comicid` since 1.0.1."""
NEEDED = frozenset(
    {
        "type", "publisher", "name", "comicid", "year", "booktype", "ComicImage", "total_issues",
        "publication_run", "status",
    }
)  # fmt: skip
_WRITTEN_BY_PEOPLE = ("description_text", "description_formatted")
"""Mylar and people edit these; of a file about the same series they stay."""
_ID = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class ChangedKey:
    """A key of the series whose value changes; None stands for no value."""

    key: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class NewSeriesJson:
    """The new content of a file, and what differs from the old one; never nothing."""

    content: bytes
    changes: tuple[ChangedKey, ...]


def comicvine_id(content: bytes) -> str | None:
    """Return ComicVine's id of the series; None if the file names none or can't be read."""
    try:
        known = _metadata_of(_document_of(content))
    except ValueError:
        return None
    return next((found for key in ID_KEYS if (found := _id_in(known.get(key)))), None)


def brought_up_to_date(
    content: bytes | None, values: Mapping[str, Any], guesses: Mapping[str, Any]
) -> NewSeriesJson | None:
    """Return the file with these values of the series; None if nothing would change.

    `content` is the file as it is, None if there is none. `values` are by the keys of `KEYS`;
    `guesses` are taken for keys that have no value otherwise. Other keys stay, and so do
    descriptions of the same series.

    Raises:
        ValueError: the file that is there is no `series.json`; the message says why, without a full
            stop.
    """
    document = {} if content is None else _document_of(content)
    old = _metadata_of(document)
    new = {**dict.fromkeys(KEYS), **old} if content is None else dict(old)
    is_same_series = _is_same_series(old, values)
    for key in KEYS:
        value = values.get(key)
        is_theirs = is_same_series and key in _WRITTEN_BY_PEOPLE and old.get(key)
        if value is not None and not is_theirs and not _is_same_value(key, old, value):
            new[key] = value
        if new.get(key) is None and key in guesses:
            new[key] = guesses[key]
    if content is not None and new == old:
        return None
    changes = tuple(
        ChangedKey(key, old.get(key), new[key])
        for key in new
        if new[key] != old.get(key) and new[key] is not None
    )
    made = {"version": VERSION, **document, "metadata": new} | {"version": VERSION}
    text = json.dumps(made, ensure_ascii=False, indent=4)
    return NewSeriesJson(text.encode(), changes)


def _document_of(content: bytes) -> dict[str, Any]:
    if len(content) > LARGEST_BYTES:
        raise ValueError("it is too large")
    try:
        value = json_input.parse_plain(content)
    except UnicodeDecodeError as error:
        raise ValueError("it is not UTF-8") from error
    if isinstance(value, dict):
        return value
    raise ValueError("it does not hold an object")


def _metadata_of(document: Mapping[str, Any]) -> dict[str, Any]:
    found = document.get("metadata", {})
    if isinstance(found, list) and len(found) == 1:  # until version 1.0
        (found,) = found
    if isinstance(found, dict):
        return found
    raise ValueError("its 'metadata' is not an object")


def _is_same_series(old: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    known = next((found for key in ID_KEYS if (found := _id_in(old.get(key)))), None)
    wanted = _id_in(values.get("cid"))
    return old.get("name") == values.get("name") if None in (known, wanted) else known == wanted


def _is_same_value(key: str, old: Mapping[str, Any], value: Any) -> bool:
    """Tell whether the old value means the same: an id may be a text."""
    known = old.get(key)
    return key in ID_KEYS and known is not None and str(known) == str(value)


def _id_in(value: Any) -> str | None:
    text = str(value) if isinstance(value, int | str) else ""
    return text if _ID.fullmatch(text) and int(text) else None

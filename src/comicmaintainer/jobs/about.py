"""What a job is about, as kept with it and in the history: its selection, or where its files are.

A value has one of these forms, or is empty if the items are not files:

    {"all": true}                         the whole library
    {"filter": {"series": "Saga"}}        what a filter matched
    {"folders": ["/comics/Saga"]}
    {"folder": "/comics", "first": "/comics/Saga/Saga 1.cbz"}    the files' common folder

It is part of every event of a job, so its size is bounded. How many items there were is known from
the job.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping, Sequence
from typing import Any

_LONGEST = 1000
"""The most characters of a value as JSON."""
_FOLDERS = 5
_OF_SELECTIONS = ("all", "filter", "folders")


def about_selection(selection: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a job over a selection is about; empty if its files say it better."""
    about = {part: selection[part] for part in _OF_SELECTIONS if selection.get(part)}
    if len(about.get("folders", ())) > _FOLDERS:
        return {}
    return about if _fits(about) else {}


def about_items(items: Sequence[str]) -> dict[str, Any]:
    """Return what a job over these items is about; empty if they are not files."""
    if not items or not all(item.startswith("/") for item in items):
        return {}
    # The common start of the first and the last in alphabetical order is that of all.
    folder = posixpath.commonpath([posixpath.dirname(min(items)), posixpath.dirname(max(items))])
    about = {"folder": folder, "first": items[0]}
    return about if _fits(about) else {}


def _fits(about: Mapping[str, Any]) -> bool:
    return len(json.dumps(about, default=str)) <= _LONGEST

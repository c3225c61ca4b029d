"""The note that lies in an image's place where none can be made: the error, as JSON."""

from __future__ import annotations

import json
from pathlib import Path

from comicmaintainer.errors import ComicMaintainerError, error_of

SUFFIX = ".none"


def kept_note(target: Path) -> ComicMaintainerError | None:
    """Return why there is nothing at `target`, None where that was not found out."""
    try:
        text = target.with_suffix(SUFFIX).read_text("utf-8")
    except FileNotFoundError:
        return None
    try:
        return error_of(json.loads(text))
    except ValueError:
        return None  # cut off, or written by an older release: the next attempt replaces it


def keep_note(target: Path, error: ComicMaintainerError) -> None:
    """Note why there is nothing at `target`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.with_suffix(SUFFIX).write_text(json.dumps(error.parts()), "utf-8")

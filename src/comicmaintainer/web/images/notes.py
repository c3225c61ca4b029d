"""Notes in place of images that can't be made: the error, as JSON."""

from __future__ import annotations

import json
from pathlib import Path

from comicmaintainer.errors import ComicMaintainerError, error_of

SUFFIX = ".none"


def kept_note(target: Path) -> ComicMaintainerError | None:
    """Return why `target` could not be made, or None if no reason is known."""
    try:
        text = target.with_suffix(SUFFIX).read_text("utf-8")
    except FileNotFoundError:
        return None
    try:
        return error_of(json.loads(text))
    except ValueError:
        return None  # cut off, or written by an older release: the next attempt replaces it


def keep_note(target: Path, error: ComicMaintainerError) -> None:
    """Store why `target` could not be made."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.with_suffix(SUFFIX).write_text(json.dumps(error.parts()), "utf-8")

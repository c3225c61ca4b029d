"""Tells whether the catalogue marks a file as in conflict.

`conflicts` compares such a file with the one that has the name. Most files have no mark, and those
who look at one file need not load what compares.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from comicmaintainer.database import Database


def is_in_conflict(database: Database, path: str | os.PathLike[str]) -> bool:
    """Return whether another comic has the name that the file at `path` should get."""
    row = database.row(
        "SELECT 1 FROM files WHERE path = ? AND state = 'conflict' AND conflict_with IS NOT NULL",
        (os.fspath(path),),
    )
    return row is not None

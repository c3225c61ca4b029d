"""What is at the path of a folder now: a folder or not, empty or not."""

from __future__ import annotations

import os
import stat

from comicmaintainer.library.ignored import is_ignored


def is_folder(path: str) -> bool:
    """Tell whether a folder, and not a link to one, is at `path`."""
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


def has_entries(folder: str) -> bool:
    """Whether the folder is readable and has more than hidden and junk names."""
    try:
        with os.scandir(folder) as entries:
            return any(not is_ignored(entry.name) for entry in entries)
    except OSError:
        return False

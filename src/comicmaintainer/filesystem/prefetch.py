"""Asks the kernel to read the ends of many files before they are needed.

A disk that is asked for one file after the other seeks for each. Asked for many at once, it serves
them in the order of their places.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from comicmaintainer.errors import ComicMaintainerError
from comicmaintainer.filesystem.regular_files import open_regular

END_BYTES = 1 << 16
"""Enough for the directory of a ZIP with some hundred members."""


def prefetch_ends(paths: Iterable[Path]) -> None:
    """Start reading the last `END_BYTES` of each file into the page cache.

    A hint: files that can't be opened are skipped, whoever reads them finds out why.
    """
    for path in paths:
        try:
            descriptor = open_regular(path)
        except (OSError, ComicMaintainerError):
            continue
        try:
            start = max(0, os.fstat(descriptor).st_size - END_BYTES)
            os.posix_fadvise(descriptor, start, END_BYTES, os.POSIX_FADV_WILLNEED)
        except OSError:
            continue  # a filesystem without it
        finally:
            os.close(descriptor)

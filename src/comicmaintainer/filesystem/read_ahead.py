"""Asks the kernel to read the ends of files that will be read soon.

A disk that has to seek serves many requests in less time than one after the other, and a reader
that goes through files in order would send only one. Archives keep their directory at the end.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from comicmaintainer.errors import NotAComicPath
from comicmaintainer.filesystem.regular_files import open_regular

FILES_AHEAD = 32
END_BYTES = 32 << 10
"""Holds the directory of 300 pages, and tags that were added last."""


def announce(path: Path, end_bytes: int = END_BYTES) -> None:
    """Let the kernel read the last bytes of the file at `path`; does nothing if it can't."""
    with suppress(OSError, NotAComicPath):
        descriptor = open_regular(path)
        try:
            begin = max(0, os.fstat(descriptor).st_size - end_bytes)
            os.posix_fadvise(descriptor, begin, end_bytes, os.POSIX_FADV_WILLNEED)
        finally:
            os.close(descriptor)

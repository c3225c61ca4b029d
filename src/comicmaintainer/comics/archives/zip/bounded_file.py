"""A damaged ZIP open for reading, within a budget of bytes.

Headers can be made to lead to the same bytes again and again; the budget ends that.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from comicmaintainer.comics.archives.model import Limits
from comicmaintainer.comics.archives.zip.zip_directory import LOCAL_SIGNATURE, RECORD_SIGNATURE
from comicmaintainer.errors import HostileArchive

SIGNATURES = (LOCAL_SIGNATURE, RECORD_SIGNATURE)
ANY_SIGNATURE = re.compile(b"|".join(map(re.escape, SIGNATURES)))
SEARCH_BYTES = 1 << 20
MAX_PASSES = 8  # over the whole file, in total

Guard = Callable[[], None]
"""Called again and again while a file is read through; raises to stop it."""


class BoundedFile:
    """The open file, what may still be read of it, and the block that was searched last."""

    def __init__(
        self, descriptor: int, size_bytes: int, path: Path, limits: Limits, guard: Guard
    ) -> None:
        self.descriptor = descriptor
        self.path = path
        self.limits = limits
        self.guard = guard
        self.size_bytes = size_bytes
        self._total_bytes = 0
        self._left_bytes = MAX_PASSES * size_bytes + SEARCH_BYTES
        self._block = (0, b"")

    def read(self, count: int, position: int) -> bytes:
        return os.pread(self.descriptor, count, position)

    def count_content(self, size_bytes: int) -> None:
        """Count unpacked bytes, sound or not.

        Raises:
            HostileArchive: together they exceed the limit.
        """
        self._total_bytes += size_bytes
        if self._total_bytes > self.limits.max_total_bytes:
            raise HostileArchive("its members exceed the limits", path=self.path)

    def spend(self, count: int) -> None:
        """Count bytes that were read, sound or not.

        Raises:
            HostileArchive: the budget is used up.
        """
        self._left_bytes -= count
        if self._left_bytes < 0:
            raise HostileArchive("its headers lead to the same bytes too often", path=self.path)

    def too_many_entries(self) -> HostileArchive:
        return HostileArchive(f"it has more than {self.limits.max_entries} entries", path=self.path)

    def next_signature(self, position: int) -> int:
        """Return where the next header or record is, or the end of the file."""
        while position < self.size_bytes:
            begin, block = self._block
            if not begin <= position <= begin + len(block) - len(LOCAL_SIGNATURE):
                self.guard()
                begin, block = position, os.pread(self.descriptor, SEARCH_BYTES, position)
                self._block = (begin, block)
            place = ANY_SIGNATURE.search(block, position - begin)
            if place is not None:
                return begin + place.start()
            if len(block) < SEARCH_BYTES:
                break
            position = begin + len(block) - len(LOCAL_SIGNATURE) + 1
        return self.size_bytes

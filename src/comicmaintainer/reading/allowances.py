"""Limits on the processor time and memory for reading one comic.

The time grows with the file, so that it is enough for a large comic on a slow machine, but stops a
small one that needs much. Measured needs per MiB of an honest file: 0.02 to 0.3 s, on a small NAS
five times as much; rendered pages (PDF) take ten times as much.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.isolation.helper_process import Allowance
from comicmaintainer.settings import Settings

MEBIBYTE = 1 << 20
USUAL_TIME_S = 25
WAITING_PER_PROCESSOR_S = 2.0
SLOWEST_DISK_BYTES_PER_S = 2 << 20


@dataclass(frozen=True, slots=True)
class Work:
    """A kind of work: its share of the base time, and additional seconds per MiB."""

    share: float
    per_mebibyte_s: float


TAGS = Work(0.4, 0.5)
CONTENT = Work(1.0, 3.0)
DRAWING = Work(0.8, 12.0)


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """The limits of one reading: memory, and base processor time, to which size adds."""

    memory_bytes: int
    time_s: float = USUAL_TIME_S

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The limits in the settings."""
        return cls(settings.reading_memory_bytes, float(settings.reading_time_s))

    def allowance(self, work: Work, size_bytes: int) -> Allowance:
        """The allowance for this work on that many bytes."""
        share = work.share * USUAL_TIME_S + work.per_mebibyte_s * size_bytes / MEBIBYTE
        processor_s = share * self.time_s / USUAL_TIME_S
        waiting_s = processor_s * WAITING_PER_PROCESSOR_S + size_bytes / SLOWEST_DISK_BYTES_PER_S
        return Allowance(processor_s, waiting_s)

    def allowance_for(self, work: Work, path: Path) -> Allowance:
        """The allowance for this work on the file at `path`.

        Raises:
            FileMissing, StorageError.
        """
        with storage_errors(path):
            return self.allowance(work, path.stat().st_size)

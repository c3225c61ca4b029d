"""What reads comics in tests: one for all tests of a process, so that its helpers stay warm."""

from __future__ import annotations

import atexit

from comicmaintainer.reading.allowances import ReadingLimits
from comicmaintainer.reading.comic_reader import ComicReader

COMICS = ComicReader(ReadingLimits(memory_bytes=192 << 20))
atexit.register(COMICS.close)

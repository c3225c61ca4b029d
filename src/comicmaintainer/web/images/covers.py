"""Cover thumbnails, cached on disk.

A cover's file name contains the comic's time and size, so a changed comic gets a new cover.
"""

from __future__ import annotations

from pathlib import Path

from comicmaintainer.errors import ArchiveError, NoCover
from comicmaintainer.library.catalogue.model import CatalogueFile
from comicmaintainer.reading.allowances import ReadingLimits
from comicmaintainer.web.images.helper import ImageHelper, is_kept

SIDE_PX = 320
_FOLDERS = 256


class Covers:
    """The covers below `folder`. One per process; belongs to its event loop."""

    def __init__(self, folder: Path, limits: ReadingLimits) -> None:
        self._folder = folder
        self._helper = ImageHelper(limits)

    def path_of(self, file: CatalogueFile) -> Path:
        """Return the path of a file's cover, whether it exists or not."""
        return self._folder / cover_name(file.file_id, file.mtime_ns, file.size_bytes)

    def is_kept(self, target: Path) -> bool:
        """Return whether the cover exists.

        Raises:
            NoCover: an earlier attempt failed.
        """
        try:
            return is_kept(target)
        except ArchiveError as error:
            raise _no_cover(error) from error

    async def make(self, comic: Path, target: Path) -> None:
        """Make the cover of `comic`.

        Raises:
            NoCover: the comic has no readable cover.
            StorageFailed: the comic can't be read, or the cover can't be stored.
            HTTPException: 503, too many requests are waiting.
        """
        try:
            await self._helper.make("cover", comic, target, side_px=SIDE_PX)
        except ArchiveError as error:
            raise _no_cover(error) from error

    async def close(self) -> None:
        """End the helper process and wait for it."""
        await self._helper.close()


def cover_name(file_id: int, mtime_ns: int, size_bytes: int) -> str:
    """Return where below the folder of covers the cover of a file is."""
    return f"{file_id % _FOLDERS:02x}/{file_id}-{mtime_ns:x}-{size_bytes:x}.webp"


def _no_cover(error: ArchiveError) -> NoCover:
    return NoCover(error.message, path=error.path, member=error.member)

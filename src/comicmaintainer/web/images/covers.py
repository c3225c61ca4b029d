"""Cover thumbnails, kept on disk.

The name of a cover carries the file's time and size, so a changed file gets a new one.
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
        """Return where the cover of a file is kept, whether it has been made or not."""
        name = f"{file.file_id}-{file.mtime_ns:x}-{file.size_bytes:x}.webp"
        return self._folder / f"{file.file_id % _FOLDERS:02x}" / name

    def is_kept(self, target: Path) -> bool:
        """Tell whether the cover has been made.

        Raises:
            NoCover: it was found before that none can be made.
        """
        try:
            return is_kept(target)
        except ArchiveError as error:
            raise _no_cover(error) from error

    async def make(self, comic: Path, target: Path) -> None:
        """Make the cover of `comic`.

        Raises:
            NoCover: none can be made.
            StorageFailed: it could not be read or stored now.
            HTTPException: 503, too many are waiting.
        """
        try:
            await self._helper.make("cover", comic, target, side_px=SIDE_PX)
        except ArchiveError as error:
            raise _no_cover(error) from error

    async def close(self) -> None:
        """End the helper process and wait for it."""
        await self._helper.close()


def _no_cover(error: ArchiveError) -> NoCover:
    return NoCover(error.message, path=error.path, member=error.member)

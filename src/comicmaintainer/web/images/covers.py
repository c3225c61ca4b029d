"""Cover thumbnails, cached on disk.

A cover's file name contains the comic's time and size, so a changed comic gets a new cover.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from starlette.concurrency import run_in_threadpool

from comicmaintainer.errors import ArchiveError, NoCover
from comicmaintainer.library.catalogue.model import CatalogueFile
from comicmaintainer.reading.allowances import ReadingLimits
from comicmaintainer.web.images.helper import ImageHelper, IsGone
from comicmaintainer.web.images.notes import kept_note

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

    def kept(self, file: CatalogueFile) -> bytes | None:
        """Return the cover as WebP, or None if it was never made.

        Raises:
            NoCover: an earlier attempt failed.
        """
        target = self.path_of(file)
        with suppress(FileNotFoundError):
            return target.read_bytes()
        error = kept_note(target)
        if error is None:
            return None
        raise _no_cover(error) if isinstance(error, ArchiveError) else error

    async def make(self, comic: Path, file: CatalogueFile, is_gone: IsGone) -> bytes:
        """Make and return the cover of `file`, which is at `comic`.

        Raises:
            NoCover: the comic has no readable cover.
            StorageFailed: the comic can't be read, or the cover can't be stored.
            HTTPException: 503, too many requests are waiting.
            ClientDisconnect: nobody waits for it any more.
        """
        target = self.path_of(file)
        try:
            await self._helper.make("cover", comic, target, is_gone=is_gone, side_px=SIDE_PX)
        except ArchiveError as error:
            raise _no_cover(error) from error
        return await run_in_threadpool(target.read_bytes)

    async def close(self) -> None:
        """End the helper process and wait for it."""
        await self._helper.close()


def cover_name(file_id: int, mtime_ns: int, size_bytes: int) -> str:
    """Return where below the folder of covers the cover of a file is."""
    return f"{file_id % _FOLDERS:02x}/{file_id}-{mtime_ns:x}-{size_bytes:x}.webp"


def _no_cover(error: ArchiveError) -> NoCover:
    return NoCover(error.message, path=error.path, member=error.member)

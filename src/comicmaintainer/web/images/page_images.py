"""The pages of one comic as images: their list, thumbnails and the pages themselves.

Lists, thumbnails, and pages that can't be sent directly from the file are made by a helper process
and cached on disk. Covers have another helper, so that a wall of them does not block pages. The
name of a cached file contains the comic's version, so a changed comic gets new files.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.concurrency import run_in_threadpool

from comicmaintainer.comics.images.image_headers import ImageFormat, image_format
from comicmaintainer.errors import FileChanged, PageMissing, StorageFailed
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.reading.allowances import ReadingLimits
from comicmaintainer.web.images.helper import ImageHelper, IsGone, is_kept
from comicmaintainer.web.images.notes import SUFFIX, kept_note
from comicmaintainer.web.images.zip_pages import ZipPage, look_at_page, stream_page

THUMBNAILS_AHEAD = 23
PAGES_AHEAD = 4
READERS = 2
PAGES_FORM = 2
"""Increase it when pages are listed differently: cached images belong to the old list."""
_READ_AT_ONCE = ("cbz", "pdf")
_FOLDERS = 64
_WHOLE = "whole"
_Value = TypeVar("_Value")


class Width(IntEnum):
    """How wide thumbnails can be, in pixels."""

    SMALL = 160
    MEDIUM = 320
    LARGE = 1280


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A comic at one moment: the file that a response is made from."""

    file_id: int
    path: Path
    identity: FileIdentity

    @property
    def version(self) -> str:
        """Changes whenever the file does; part of addresses and ETags."""
        identity = self.identity
        return f"{PAGES_FORM}-{identity.mtime_ns:x}-{identity.size_bytes:x}-{identity.ino:x}"

    def require_version(self, version: str | None) -> None:
        """Refuse a request for another version of the file.

        Raises:
            FileChanged: the version differs.
        """
        if version is not None and version != self.version:
            raise FileChanged("it was changed in the meantime; reload it", path=self.path)


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page that was extracted to its own file."""

    format: ImageFormat
    path: Path


class PageImages:
    """The page images below `folder`. One per process; belongs to its event loop."""

    def __init__(self, folder: Path, limits: ReadingLimits) -> None:
        self._folder = folder
        self._helper = ImageHelper(limits)
        self._readers = CapacityLimiter(READERS)

    async def listing(self, comic: LookedAt) -> dict[str, Any]:
        """Return the list of pages in the form of PageList.to_json.

        If a page's thumbnail could not be made, its `problem` is the reason.

        Raises:
            ArchiveError, FileChanged, StorageError, HTTPException: as ImageHelper.make.
        """
        listing = await self._listing(comic)
        await run_in_threadpool(self._add_problems, comic, listing)
        return listing

    async def thumbnail(self, comic: LookedAt, number: int, width: Width, is_gone: IsGone) -> Path:
        """Return the WebP file of a page's thumbnail, which is made at the first request.

        Raises:
            PageMissing: the comic has no such page.
            ClientDisconnect: nobody waits for it any more.
            As `listing`.
        """
        target = self._file(comic, f"{number}.{width}.webp")
        if not await run_in_threadpool(is_kept, target):
            await self._make("thumbnail", comic, number, THUMBNAILS_AHEAD, width, is_gone)
        return target

    async def page(self, comic: LookedAt, number: int) -> ZipPage | KeptPage:
        """Return a page: read from the comic, or extracted to its own file.

        Raises:
            As `thumbnail`.
        """
        listing = await self._listing(comic)
        _require_page(comic, listing, number)
        if listing["format"] == "cbz":
            page = await self._in_turn(look_at_page, comic.path, comic.identity, number)
            if page is not None:
                return page
        target = self._file(comic, f"{number}.page")
        if not await run_in_threadpool(is_kept, target):
            await self._make("page", comic, number, PAGES_AHEAD)
        return await run_in_threadpool(_kept_page, target)

    async def chunks(self, comic: LookedAt, number: int) -> AsyncIterator[bytes]:
        """Yield a ZipPage that is too large to hold in memory.

        Raises:
            As `look_at_page`.
        """
        iterator = stream_page(comic.path, comic.identity, number)
        while chunk := await self._in_turn(next, iterator, b""):
            yield chunk

    async def close(self) -> None:
        """End the helper process and wait for it."""
        await self._helper.close()

    async def _listing(self, comic: LookedAt) -> dict[str, Any]:
        target = self._file(comic, "list.json")
        if not await run_in_threadpool(is_kept, target):
            identity = comic.identity.to_json()
            await self._helper.make("list", comic.path, target, urgent=True, identity=identity)
        return await run_in_threadpool(_read_json, target)

    async def _make(
        self,
        task: str,
        comic: LookedAt,
        number: int,
        ahead: int,
        width: Width | None = None,
        is_gone: IsGone | None = None,
    ) -> None:
        listing = await self._listing(comic)
        _require_page(comic, listing, number)
        tail = "page" if width is None else f"{width}.webp"
        last = number if listing["format"] in _READ_AT_ONCE else number + ahead
        others = [
            (each["number"], self._file(comic, f"{each['number']}.{tail}"))
            for each in listing["pages"][number + 1 : last + 1]
        ]
        await self._helper.make(
            task,
            comic.path,
            self._file(comic, f"{number}.{tail}"),
            urgent=width is None,
            is_gone=is_gone,
            identity=comic.identity.to_json(),
            number=number,
            ahead=await run_in_threadpool(_not_there, others),
            width=width,
        )

    async def _in_turn(self, function: Callable[..., _Value], *values: Any) -> _Value:
        """Read a comic in one of a few threads, so that a slow disk does not block all threads."""
        return await to_thread.run_sync(function, *values, limiter=self._readers)

    def _file(self, comic: LookedAt, tail: str) -> Path:
        part = _WHOLE if tail.endswith(".page") else f"{comic.file_id % _FOLDERS:02x}"
        return self._folder / part / f"{comic.file_id}-{comic.version}.{tail}"

    def _add_problems(self, comic: LookedAt, listing: dict[str, Any]) -> None:
        pages = listing["pages"]
        beginning = f"{comic.file_id}-{comic.version}."
        for note in self._file(comic, "").parent.glob(f"{beginning}*{SUFFIX}"):
            number, _, _ = note.name.removeprefix(beginning).partition(".")
            known = kept_note(note)
            if number.isdecimal() and int(number) < len(pages) and known is not None:
                pages[int(number)]["problem"] = str(known)


def _read_json(target: Path) -> dict[str, Any]:
    with storage_errors(target):
        value: dict[str, Any] = json.loads(target.read_bytes())
    return value


def _not_there(others: list[tuple[int, Path]]) -> list[tuple[int, str]]:
    return [(number, str(target)) for number, target in others if not target.exists()]


def _require_page(comic: LookedAt, listing: dict[str, Any], number: int) -> None:
    count = len(listing["pages"])
    if number >= count:
        raise PageMissing(
            f"there is no page {number}; its pages are 0 to {count - 1}.", path=comic.path
        )


def _kept_page(target: Path) -> KeptPage:
    with storage_errors(target), target.open("rb") as stream:
        kind = image_format(stream.read(64))
    if kind is None:
        raise StorageFailed(
            "this cached file was damaged after it was written; delete it", path=target
        )
    return KeptPage(kind, target)

"""Pages of a CBZ, sent directly from the file, without an image decoder or a copy on disk.

The web worker reads stored and deflated members itself, by their number in the helper's list. It
sends nothing before the whole page has been read once and its checksum is correct.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from comicmaintainer.comics.archives.model import Entry, Limits
from comicmaintainer.comics.archives.zip.zip_members import DEFLATED, STORED
from comicmaintainer.comics.archives.zip.zip_reader import ZipReader
from comicmaintainer.comics.images.image_headers import ImageFormat, image_format
from comicmaintainer.errors import DamagedArchive, FileChanged, HostileArchive, PageMissing
from comicmaintainer.filesystem.identity import FileIdentity

LARGEST_PAGE_BYTES = 64 << 20
KEPT_BYTES = 2 << 20
"""A page up to this size is held in memory; a larger one is read again in chunks."""


@dataclass(frozen=True, slots=True)
class ZipPage:
    """A checked page; `content` is None if it is too large to hold in memory."""

    format: ImageFormat
    size_bytes: int
    content: bytes | None


def look_at_page(comic: Path, identity: FileIdentity, number: int) -> ZipPage | None:
    """Read a page once and check it; return None if its compression is not supported here.

    `number` counts from 0 in reading order.

    Raises:
        FileChanged: the file is not the one that had this identity.
        HostileArchive: it is larger than `LARGEST_PAGE_BYTES`.
        DamagedArchive: its checksum is wrong, or it is not an image.
        PageMissing, EncryptedArchive, FileMissing, StorageError.
    """
    with _opened(comic, identity) as archive:
        page = _page(archive, comic, number)
        record = archive.record(page)
        if record.method not in (STORED, DEFLATED) and not record.is_encrypted:
            return None
        if record.size_bytes > LARGEST_PAGE_BYTES:
            raise HostileArchive(
                f"{record.size_bytes} bytes are too large to show", path=comic, member=page.name
            )
        parts: list[bytes] = []
        kind: ImageFormat | None = None
        for position, chunk in enumerate(archive.stream(page)):
            if position == 0:
                kind = image_format(chunk)
            if record.size_bytes <= KEPT_BYTES:
                parts.append(chunk)
    if kind is None:
        raise DamagedArchive("its image format is not known", path=comic, member=page.name)
    small = record.size_bytes <= KEPT_BYTES
    return ZipPage(kind, record.size_bytes, b"".join(parts) if small else None)


def stream_page(comic: Path, identity: FileIdentity, number: int) -> Iterator[bytes]:
    """Yield the page in chunks of at most 1 MiB.

    Raises:
        As `look_at_page`.
    """
    with _opened(comic, identity) as archive:
        yield from archive.stream(_page(archive, comic, number))


def _page(archive: ZipReader, comic: Path, number: int) -> Entry:
    if number >= len(archive.pages):
        raise PageMissing(f"its pages are 0 to {len(archive.pages) - 1}, not {number}.", path=comic)
    return archive.pages[number]


def _opened(comic: Path, identity: FileIdentity) -> ZipReader:
    archive = ZipReader(comic, Limits())
    if archive.identity != identity:
        archive.close()
        raise FileChanged("it was changed in the meantime; reload it", path=comic)
    return archive

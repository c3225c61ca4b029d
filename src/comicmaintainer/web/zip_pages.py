"""A page of a CBZ as it lies in the file, sent in chunks without a decoder or a copy on disk.

The web worker reads stored and deflated members itself. It goes by a name that the helper process
has listed, and sends nothing before the whole page has been read once and found sound.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from comicmaintainer.comics.archives.model import Limits
from comicmaintainer.comics.archives.zip_members import DEFLATED, STORED
from comicmaintainer.comics.archives.zip_reader import ZipReader
from comicmaintainer.comics.image_headers import ImageFormat, image_format
from comicmaintainer.errors import DamagedArchive, FileChanged, HostileArchive
from comicmaintainer.filesystem.identity import FileIdentity

LARGEST_PAGE_BYTES = 64 << 20
KEPT_BYTES = 2 << 20
"""A page up to this size is read once; of a larger one no more than a chunk is in memory."""


@dataclass(frozen=True, slots=True)
class ZipPage:
    """A sound page: `content` is None where it is too large to be held."""

    format: ImageFormat
    size_bytes: int
    content: bytes | None


def look_at_page(comic: Path, identity: FileIdentity, name: str) -> ZipPage | None:
    """Read the page `name` once and check it; None where its compression is not read here.

    Raises:
        FileChanged: the file is not the one that had this identity.
        HostileArchive: it is larger than `LARGEST_PAGE_BYTES`.
        DamagedArchive: its checksum is wrong, or it is no image.
        EncryptedArchive, FileMissing, StorageError.
    """
    with _opened(comic, identity) as archive:
        record = archive.record(name)
        if record.method not in (STORED, DEFLATED) and not record.is_encrypted:
            return None
        if record.size_bytes > LARGEST_PAGE_BYTES:
            raise HostileArchive(f"{comic}: {name}: {record.size_bytes} bytes are too many to show")
        parts: list[bytes] = []
        kind: ImageFormat | None = None
        for number, chunk in enumerate(archive.stream(name)):
            if number == 0:
                kind = image_format(chunk)
            if record.size_bytes <= KEPT_BYTES:
                parts.append(chunk)
    if kind is None:
        raise DamagedArchive(f"{comic}: {name}: it is not an image that is known")
    small = record.size_bytes <= KEPT_BYTES
    return ZipPage(kind, record.size_bytes, b"".join(parts) if small else None)


def stream_page(comic: Path, identity: FileIdentity, name: str) -> Iterator[bytes]:
    """Yield the page in chunks of at most 1 MiB.

    Raises:
        As `look_at_page`.
    """
    with _opened(comic, identity) as archive:
        yield from archive.stream(name)


def _opened(comic: Path, identity: FileIdentity) -> ZipReader:
    archive = ZipReader(comic, Limits())
    if archive.identity != identity:
        archive.close()
        raise FileChanged(f"{comic}: it was changed meanwhile; look at it anew")
    return archive

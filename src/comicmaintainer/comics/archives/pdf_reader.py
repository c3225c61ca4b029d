"""Reading of PDF comics through PDFium: page count, metadata, attachments, page images.

A page that shows one JPEG gives that JPEG, byte for byte; any other is rendered, as finely as the
largest image on it. A page with an image that can't be decoded is damaged. PDFium must not be
entered by two threads at once, hence the one lock of this module.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import pypdfium2

from comicmaintainer.comics.archives.model import ArchiveFormat, Entry, Limits
from comicmaintainer.comics.archives.pdf_images import (
    images_of,
    is_whole,
    native_scale,
    only_jpeg,
)
from comicmaintainer.errors import (
    DamagedArchive,
    EmptyArchive,
    EncryptedArchive,
    FileMissing,
    HostileArchive,
)
from comicmaintainer.filesystem.os_errors import storage_errors

PDFIUM = threading.RLock()

POINTS_PER_INCH = 72
RENDER_DPI = 200  # at least
MAX_RENDER_PIXELS = 40_000_000
MAX_RENDER_SIDE_PX = 65_000  # a JPEG has 65,535 at most
# The binding rounds sizes up: without it a page as large as its image gets one row more, and blurs.
ROUNDING = 1 - 1e-6
JPEG_QUALITY = 95
FULL_COLOUR = 0  # Pillow's number for 4:4:4
INFORMATION_KEYS = ("Title", "Author", "Subject", "Keywords", "Creator", "Producer", "CreationDate")


class PdfReader:
    """A PDF open for reading. Implements `ComicArchive`; its pages are called `0001.jpg`, ….

    Attachments are members too. `information` is the document's information dictionary.
    """

    format = ArchiveFormat.PDF
    links: tuple[str, ...] = ()
    comment = b""

    def __init__(self, path: Path, limits: Limits) -> None:
        """Open the document.

        Raises:
            EmptyArchive, EncryptedArchive, DamagedArchive, HostileArchive.
        """
        self._path = path
        self._limits = limits
        with PDFIUM, storage_errors(path):
            try:
                self._document = pypdfium2.PdfDocument(path)
            except pypdfium2.PdfiumError as error:
                if "password" in str(error).lower():
                    raise EncryptedArchive(f"{path}: it needs a password") from error
                raise DamagedArchive(f"{path}: it can't be read as PDF ({error})") from error
            self.page_count = len(self._document)
        if not 0 < self.page_count <= limits.max_entries:
            self.close()
            if self.page_count:
                raise HostileArchive(f"{path}: {self.page_count} pages are too many")
            raise EmptyArchive(f"{path}: the document has no pages")

    @cached_property
    def pages(self) -> tuple[str, ...]:
        return tuple(f"{number:04}.jpg" for number in range(1, self.page_count + 1))

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        attached = tuple(Entry(name, None, None, None) for name in self._attachments)
        return tuple(Entry(name, None, None, None) for name in self.pages) + attached

    @cached_property
    def information(self) -> dict[str, str]:
        """Title, Author, Subject, Keywords, … as far as they are there."""
        with PDFIUM, self._damage():
            found = {key: self._document.get_metadata_value(key) for key in INFORMATION_KEYS}
        return {key: value for key, value in found.items() if value}

    @cached_property
    def _attachments(self) -> dict[str, int]:
        with PDFIUM, self._damage():
            count = min(self._document.count_attachments(), self._limits.max_entries)
            return {self._document.get_attachment(n).get_name(): n for n in range(count)}

    def read(self, name: str, max_bytes: int | None = None) -> bytes:
        with PDFIUM, self._damage():
            content = self._content(name)
        limit = self._limits.max_member_bytes if max_bytes is None else max_bytes
        if len(content) > limit:
            raise HostileArchive(f"{self._path}: {name}: it is larger than {limit} bytes")
        return content

    def _content(self, name: str) -> bytes:
        if name in self._attachments:
            return bytes(self._document.get_attachment(self._attachments[name]).get_data())
        try:
            index = self.pages.index(name)
        except ValueError:
            raise FileMissing(f"{self._path}: it has no member {name}") from None
        page = self._document[index]
        try:
            return self._page_content(page, index + 1)
        finally:
            page.close()

    def _page_content(self, page: Any, number: int) -> bytes:
        objects = list(page.get_objects())
        images = images_of(objects)
        if not all(map(is_whole, images)):
            raise DamagedArchive(f"{self._path}: page {number}: its image can't be decoded")
        return only_jpeg(page, objects) or _rendered(page, native_scale(images))

    @contextmanager
    def _damage(self) -> Iterator[None]:
        try:
            yield
        # The binding decodes PDFium's texts strictly; Pillow takes what PDFium rendered.
        except (pypdfium2.PdfiumError, ValueError, OSError) as error:
            raise DamagedArchive(f"{self._path}: the document is damaged ({error})") from error

    def stream(self, name: str) -> Iterator[bytes]:
        yield self.read(name)

    def walk(self) -> Iterator[tuple[Entry, Iterator[bytes]]]:
        for entry in self.entries:
            yield entry, self.stream(entry.name)

    def close(self) -> None:
        with PDFIUM:
            self._document.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _rendered(page: Any, least_scale: float) -> bytes:
    """The page as JPEG, of `least_scale` pixels to the point or more, within the bounds."""
    width, height = page.get_size()
    scale = max(RENDER_DPI / POINTS_PER_INCH, least_scale)
    pixels = max(1.0, width * scale * height * scale)
    if pixels > MAX_RENDER_PIXELS:
        scale *= (MAX_RENDER_PIXELS / pixels) ** 0.5
    scale = min(scale, MAX_RENDER_SIDE_PX / max(width, height, 1.0)) * ROUNDING
    image = page.render(scale=scale).to_pil().convert("RGB")
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=FULL_COLOUR)
    return buffer.getvalue()

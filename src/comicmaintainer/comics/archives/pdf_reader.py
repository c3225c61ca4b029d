"""Reading of PDF comics through PDFium: page count, metadata, attachments, page images.

A page that is one JPEG gives that JPEG, byte for byte; any other is rendered. PDFium must not be
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
import pypdfium2.raw as pdfium_raw
from PIL import Image

from comicmaintainer.comics.archives.model import ArchiveFormat, Entry, Limits
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
RENDER_DPI = 200
MAX_RENDER_PIXELS = 40_000_000
JPEG_QUALITY = 92
COVERING_SHARE = 0.9  # an image this large, in both directions, is the page
PLAIN_MODES = frozenset({"L", "RGB"})
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
            return _only_jpeg(page) or _rendered(page)
        finally:
            page.close()

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


def _only_jpeg(page: Any) -> bytes | None:
    """The page's JPEG as it was embedded, if the page shows nothing else; None otherwise."""
    objects = list(page.get_objects(max_depth=2))
    if len(objects) != 1 or objects[0].type != pdfium_raw.FPDF_PAGEOBJ_IMAGE:
        return None
    image = objects[0]
    if image.get_filters() != ["DCTDecode"] or page.get_rotation():
        return None
    left, bottom, right, top = image.get_bounds()
    width, height = page.get_size()
    if right - left < width * COVERING_SHARE or top - bottom < height * COVERING_SHARE:
        return None
    content = bytes(image.get_data(decode_simple=False))
    try:
        with Image.open(io.BytesIO(content)) as opened:
            return content if opened.mode in PLAIN_MODES else None
    except (OSError, Image.DecompressionBombError, ValueError):
        return None


def _rendered(page: Any) -> bytes:
    width, height = page.get_size()
    scale = RENDER_DPI / POINTS_PER_INCH
    pixels = max(1.0, width * scale * height * scale)
    if pixels > MAX_RENDER_PIXELS:
        scale *= (MAX_RENDER_PIXELS / pixels) ** 0.5
    image = page.render(scale=scale).to_pil().convert("RGB")
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()

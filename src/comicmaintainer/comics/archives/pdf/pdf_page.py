"""Converts a page of a PDF to a picture: the JPEG that it shows, else a rendering of it.

Used by pdf_reader, under PDFium's lock. To compare a page with a second reading of the document,
its sources are compared, so that nothing is checked or encoded twice.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comicmaintainer.comics.archives.pdf.page_source import PageSource
from comicmaintainer.comics.archives.pdf.pdf_drawing import checksum, drawing, encoded
from comicmaintainer.comics.archives.pdf.pdf_images import images_of, is_whole, jpeg_of
from comicmaintainer.comics.archives.pdf.pdf_jpeg import only_image, page_jpeg
from comicmaintainer.errors import DamagedArchive


@dataclass(frozen=True, slots=True)
class MadePage:
    """The picture of a page, as JPEG or PNG."""

    content: bytes
    source: PageSource


def made_page(page: Any, path: Path, name: str) -> MadePage:
    """The picture that the page shows; `path` and `name` are for the errors.

    Raises:
        DamagedArchive: an image on it can't be decoded.
        PdfiumError, ValueError, OSError.
    """
    objects = list(page.get_objects())
    jpeg = page_jpeg(page, objects)
    if jpeg is not None:
        return MadePage(jpeg, PageSource(True, zlib.crc32(jpeg)))
    images = images_of(objects)
    if not all(map(is_whole, images)):
        raise DamagedArchive("its image can't be decoded", path=path, member=name)
    with drawing(page, objects, images) as picture:
        return MadePage(encoded(picture, images), PageSource(False, checksum(picture)))


def is_made_of(page: Any, source: PageSource) -> bool:
    """Whether the page has the same JPEG, or the same pixels, as in another reading.

    Raises:
        PdfiumError, ValueError, OSError.
    """
    objects = list(page.get_objects())
    if source.is_jpeg:
        image = only_image(objects)
        jpeg = None if image is None else jpeg_of(image)
        return jpeg is not None and zlib.crc32(jpeg) == source.crc
    with drawing(page, objects, images_of(objects)) as picture:
        return checksum(picture) == source.crc

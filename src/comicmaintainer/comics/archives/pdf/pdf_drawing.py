"""Renders a page of a PDF as a picture: at the resolution of its content, in a suitable format.

Used by pdf_page, under PDFium's lock. A page without lossy images becomes a PNG, unless the PNG
would be larger than the stored images and larger than a JPEG. Lengths on the page are in points.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pypdfium2.raw as pdfium_raw
from PIL import Image, ImageChops

from comicmaintainer.comics.archives.pdf.pdf_images import (
    is_grey_image,
    is_invisible,
    is_lossy,
    native_scale,
    stored_size,
)

POINTS_PER_INCH = 72
DRAWN_DPI = 200  # at least, if more than images is visible
MAX_DRAWN_PIXELS = 40_000_000
MAX_DRAWN_SIDE_PX = 65_000  # a JPEG has 65,535 at most
MAX_LOSSLESS_COLOUR_PIXELS = 16_000_000  # encoding a PNG holds the picture in memory twice
# The binding rounds sizes up. Without this factor a page as large as its image would get one more
# row, and blur.
ROUNDING = 1 - 1e-6
COVERING_SHARE = 0.98  # of the page's width and height
JPEG_QUALITY = 95
FULL_COLOUR = 0  # Pillow's number for 4:4:4
PNG_LEVEL = 3  # for scans as small as level 6, in a third of the time
FLAT_COLOURS = 256
STORED_SLACK = 1.25
STRIP_ROWS = 256
BLACK, WHITE = 0, 255


@contextmanager
def drawing(page: Any, objects: Sequence[Any], images: Sequence[Any]) -> Iterator[Image.Image]:
    """The page as a picture (L or RGBX), valid within the block; `images` are among `objects`."""
    only_images = _shows_only_images(page, objects)
    scale = _scale(page, native_scale(images), is_fine_enough=only_images)
    is_grey = only_images and all(map(is_grey_image, images))
    bitmap = page.render(scale=scale, grayscale=is_grey, rev_byteorder=True, prefer_bgrx=True)
    try:
        yield bitmap.to_pil()  # shares the bitmap's memory
    finally:
        bitmap.close()


def encoded(picture: Image.Image, images: Sequence[Any]) -> bytes:
    """The rendered picture as PNG or JPEG; `images` are those on the page."""
    grey = picture if picture.mode == "L" else _as_grey(picture)
    shown = picture if grey is None else grey
    pixels = shown.width * shown.height
    may_be_lossless = shown.mode == "L" or pixels <= MAX_LOSSLESS_COLOUR_PIXELS
    is_any_lossy = any(map(is_lossy, images))
    if not may_be_lossless or (is_any_lossy and shown.getcolors(FLAT_COLOURS) is None):
        return _as_jpeg(shown)
    lossless = _as_png(shown)
    if len(lossless) <= sum(map(stored_size, images)) * STORED_SLACK:
        return lossless
    return min(lossless, _as_jpeg(shown), key=len)


def checksum(picture: Image.Image) -> int:
    """CRC-32 of the picture's pixels."""
    crc = 0
    for strip in _strips(picture):
        crc = zlib.crc32(picture.crop(strip).tobytes(), crc)
    return crc


def _scale(page: Any, native: float, *, is_fine_enough: bool) -> float:
    """Pixels per point; `native` is the value of the largest image, 0 if there is none."""
    width, height = page.get_size()
    least = DRAWN_DPI / POINTS_PER_INCH
    scale = native if native and is_fine_enough else max(least, native)
    pixels = max(1.0, width * scale * height * scale)
    if pixels > MAX_DRAWN_PIXELS:
        scale *= (MAX_DRAWN_PIXELS / pixels) ** 0.5
    return float(min(scale, MAX_DRAWN_SIDE_PX / max(width, height, 1.0)) * ROUNDING)


def _shows_only_images(page: Any, objects: Sequence[Any]) -> bool:
    """Whether images alone cover the page, so that more pixels would add no detail."""
    shown = [each for each in objects if not is_invisible(each)]
    if any(each.type != pdfium_raw.FPDF_PAGEOBJ_IMAGE or each.level for each in shown):
        return False
    bounds = [each.get_bounds() for each in shown]
    if not bounds:
        return False
    left, bottom, right, top = page.get_bbox()
    width = min(right, max(b[2] for b in bounds)) - max(left, min(b[0] for b in bounds))
    height = min(top, max(b[3] for b in bounds)) - max(bottom, min(b[1] for b in bounds))
    return bool(
        width >= (right - left) * COVERING_SHARE and height >= (top - bottom) * COVERING_SHARE
    )


def _strips(picture: Image.Image) -> Iterator[tuple[int, int, int, int]]:
    for top in range(0, picture.height, STRIP_ROWS):
        yield 0, top, picture.width, min(top + STRIP_ROWS, picture.height)


def _as_grey(picture: Image.Image) -> Image.Image | None:
    """The picture in shades of grey, None if it has colours. Strip by strip, to save memory."""
    grey = Image.new("L", picture.size)
    for strip in _strips(picture):
        red, green, blue = picture.crop(strip).split()[:3]
        if any(ImageChops.difference(red, other).getbbox() for other in (green, blue)):
            return None
        grey.paste(red, strip)
    return grey


def _as_png(picture: Image.Image) -> bytes:
    if picture.mode == "L" and sum(picture.histogram()[BLACK + 1 : WHITE]) == 0:
        plain = picture.convert("1", dither=Image.Dither.NONE)
    else:
        plain = picture if picture.mode == "L" else picture.convert("RGB")
    buffer = io.BytesIO()
    plain.save(buffer, "PNG", compress_level=PNG_LEVEL)
    return buffer.getvalue()


def _as_jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=FULL_COLOUR)
    return buffer.getvalue()

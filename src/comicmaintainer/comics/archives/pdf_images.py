"""The images drawn on a PDF page: is each whole, how fine are they, is one of them the page.

Used by pdf_reader, under its lock. PDFium draws nothing, or black, where an image is damaged, and
reports no error: what it can't or doesn't tell is looked up in the image's own stream. What is in
doubt counts as whole. Lengths on the page are in points.
"""

from __future__ import annotations

import io
import math
import zlib
from collections.abc import Sequence
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium_raw
from PIL import Image, UnidentifiedImageError

COVERING_SHARE = 0.9  # an image this large, in both directions, is the page
UPRIGHT_SLANT = 0.01  # of the image's width or height
PLAIN_MODES = frozenset({"L", "RGB"})
START_OF_JPEG = b"\xff\xd8\xff"
ZLIB_HEADER_BYTES = 2
ZLIB_DEFLATE = 8
INFLATED_AT_A_TIME_BYTES = 1 << 16
SAMPLE_BITS = (1, 2, 4, 8, 16)
MAX_COMPONENTS = 4
TRAILING_BYTES = 2  # a line end that was taken into the stream


def images_of(objects: Sequence[Any]) -> list[Any]:
    """The images among a page's objects that have pixels."""
    found = [each for each in objects if each.type == pdfium_raw.FPDF_PAGEOBJ_IMAGE]
    return [image for image in found if all(image.get_px_size())]


def is_whole(image: Any) -> bool:
    """False where the image's data can't be decoded, in whole or from some point on."""
    filters = image.get_filters()
    is_lazy = "JBIG2Decode" in filters  # PDFium opens these without a look at their data
    if (is_lazy or not image.get_metadata().bits_per_pixel) and not _has_bitmap(image):
        return False
    if filters == ["DCTDecode"]:
        return _is_whole_jpeg(bytes(image.get_data()))
    if filters == ["FlateDecode"]:
        return _is_whole_flate(bytes(image.get_data()), *image.get_px_size())
    return True


def only_jpeg(page: Any, objects: Sequence[Any]) -> bytes | None:
    """The page's JPEG as it was embedded, if it fills the page upright and nothing else shows.

    Text that is drawn invisibly, as programs that recognise text lay over a scan, does not count.
    """
    shown = [each for each in objects if not _is_invisible(each)]
    if len(shown) != 1 or shown[0].type != pdfium_raw.FPDF_PAGEOBJ_IMAGE or shown[0].level:
        return None
    image = shown[0]
    if image.get_filters() != ["DCTDecode"] or not _fills_upright(image, page):
        return None
    content = bytes(image.get_data())
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as opened:
            return content if opened.mode in PLAIN_MODES else None
    except (OSError, Image.DecompressionBombError, Image.DecompressionBombWarning, ValueError):
        return None


def native_scale(images: Sequence[Any]) -> float:
    """Pixels to the point at which the image with most pixels is drawn as fine as it is; 0 if none.

    An image without extent on the page counts for nothing.
    """
    if not images:
        return 0.0
    largest = max(images, key=lambda image: math.prod(image.get_px_size()))
    matrix = largest.get_matrix()
    container = largest.container
    while container is not None:
        matrix = matrix.multiply(container.get_matrix())
        container = container.container
    width_px, height_px = largest.get_px_size()
    width, height = math.hypot(matrix.a, matrix.b), math.hypot(matrix.c, matrix.d)
    return max(width_px / width, height_px / height) if width and height else 0.0


def _is_invisible(page_object: Any) -> bool:
    """Of a form only what it holds shows, and that is in the list of objects too."""
    if page_object.type == pdfium_raw.FPDF_PAGEOBJ_TEXT:
        mode = pdfium_raw.FPDFTextObj_GetTextRenderMode(page_object)
        return bool(mode == pdfium_raw.FPDF_TEXTRENDERMODE_INVISIBLE)
    return bool(page_object.type == pdfium_raw.FPDF_PAGEOBJ_FORM)


def _fills_upright(image: Any, page: Any) -> bool:
    matrix = image.get_matrix()
    if page.get_rotation() or matrix.a <= 0 or matrix.d <= 0:
        return False
    if abs(matrix.b) > matrix.a * UPRIGHT_SLANT or abs(matrix.c) > matrix.d * UPRIGHT_SLANT:
        return False
    width, height = page.get_size()
    return bool(matrix.a >= width * COVERING_SHARE and matrix.d >= height * COVERING_SHARE)


def _has_bitmap(image: Any) -> bool:
    try:
        image.get_bitmap()
    except pypdfium2.PdfiumError:
        return False
    return True


def _is_whole_jpeg(content: bytes) -> bool:
    """Whether no pixel is missing. Decoded small, which reads every byte all the same.

    PDFium passes over what stands before the JPEG, and knows kinds of it that Pillow doesn't.
    """
    start = content.find(START_OF_JPEG)
    try:
        with Image.open(io.BytesIO(content[max(0, start) :]), formats=("JPEG",)) as image:
            image.draft(None, (1, 1))
            image.load()
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ):
        return True
    # Pillow's decoders answer damage with all of these.
    except (OSError, SyntaxError, ValueError, IndexError, EOFError, TypeError, KeyError):
        return False
    return True


def _is_whole_flate(content: bytes, width_px: int, height_px: int) -> bool:
    """Whether a zlib stream ends well, or without its checksum after a whole number of pixels.

    Programs that leave out the checksum, or the end, of a stream whose pixels are all there are not
    rare, and every viewer shows what they made. What is longer than any image is read no further.
    """
    header, body = content[:ZLIB_HEADER_BYTES], content[ZLIB_HEADER_BYTES:]
    if int.from_bytes(header, "big") % 31 or not header or header[0] & 0x0F != ZLIB_DEFLATE:
        return False
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    possible_bytes = _possible_sizes(width_px, height_px)
    size_bytes, checksum = 0, zlib.adler32(b"")
    try:
        while piece := inflater.decompress(body, INFLATED_AT_A_TIME_BYTES):
            size_bytes += len(piece)
            checksum = zlib.adler32(piece, checksum)
            body = inflater.unconsumed_tail
            if size_bytes > max(possible_bytes) + TRAILING_BYTES:
                return True
    except zlib.error:
        return False
    if inflater.eof and inflater.unused_data[:4] == checksum.to_bytes(4, "big"):
        return True
    return any(0 <= size_bytes - whole <= TRAILING_BYTES for whole in possible_bytes)


def _possible_sizes(width_px: int, height_px: int) -> set[int]:
    """Bytes of an image of unknown depth and number of components, with and without predictors."""
    pixel_bits = {bits * parts for bits in SAMPLE_BITS for parts in range(1, MAX_COMPONENTS + 1)}
    rows = {(width_px * bits + 7) // 8 for bits in pixel_bits}
    return {(row + predictor) * height_px for row in rows for predictor in (0, 1)}

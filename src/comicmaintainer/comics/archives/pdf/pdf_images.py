"""The images on a PDF page: whether they are undamaged, their resolution, and their JPEGs.

Used by pdf_reader, pdf_jpeg and pdf_drawing, under PDFium's lock. PDFium draws nothing, or black,
for a damaged image and reports no error, so the image's stream is checked here. In doubt an image
counts as undamaged. Lengths on the page are in points.
"""

from __future__ import annotations

import io
import math
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium_raw
from PIL import Image, UnidentifiedImageError

JPEG_FILTER = "DCTDecode"
GREY_SPACES = frozenset({pdfium_raw.FPDF_COLORSPACE_DEVICEGRAY, pdfium_raw.FPDF_COLORSPACE_CALGRAY})
LOSSY_FILTERS = frozenset({JPEG_FILTER, "JPXDecode"})
START_OF_JPEG = b"\xff\xd8\xff"
ZLIB_HEADER_BYTES = 2
ZLIB_DEFLATE = 8
INFLATED_AT_A_TIME_BYTES = 1 << 16
FED_AT_A_TIME_BYTES = 1 << 16
CHECKSUM_BYTES = 4
SAMPLE_BITS = (1, 2, 4, 8, 16)
MAX_COMPONENTS = 4
TRAILING_BYTES = 2  # a line end that was included in the stream

PILLOW_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
# Pillow's decoders raise all of these for damaged images.
PILLOW_DAMAGE = (OSError, SyntaxError, ValueError, IndexError, EOFError, TypeError, KeyError)
PILLOW_ERRORS = (*PILLOW_BOMBS, *PILLOW_DAMAGE)


def images_of(objects: Sequence[Any]) -> list[Any]:
    """The images with pixels among a page's objects."""
    images = [each for each in objects if each.type == pdfium_raw.FPDF_PAGEOBJ_IMAGE]
    return [image for image in images if all(image.get_px_size())]


def is_whole(image: Any) -> bool:
    """False if the image's data can't be decoded completely."""
    filters = image.get_filters()
    is_lazy = "JBIG2Decode" in filters  # PDFium opens these without looking at their data
    if (is_lazy or not image.get_metadata().bits_per_pixel) and not _has_bitmap(image):
        return False
    jpeg = jpeg_of(image)
    if jpeg is not None:
        return _is_whole_jpeg(jpeg)
    if filters == ["FlateDecode"]:
        return _is_whole_flate(bytes(image.get_data()), *image.get_px_size())
    return True


def is_invisible(page_object: Any) -> bool:
    """True for invisible text, and for forms, whose contents are in the list as well."""
    if page_object.type == pdfium_raw.FPDF_PAGEOBJ_TEXT:
        mode = pdfium_raw.FPDFTextObj_GetTextRenderMode(page_object)
        return bool(mode == pdfium_raw.FPDF_TEXTRENDERMODE_INVISIBLE)
    return bool(page_object.type == pdfium_raw.FPDF_PAGEOBJ_FORM)


def is_lossy(image: Any) -> bool:
    """True for an image stored with lossy compression."""
    return not LOSSY_FILTERS.isdisjoint(image.get_filters())


def is_grey_image(image: Any) -> bool:
    """True for a greyscale image; False in doubt."""
    return image.get_metadata().colorspace in GREY_SPACES


def stored_size(image: Any) -> int:
    """The size in bytes of the image's stored data."""
    return int(pdfium_raw.FPDFImageObj_GetImageDataRaw(image, None, 0))


def jpeg_of(image: Any) -> bytes | None:
    """The JPEG that the image is stored as, decompressed if it was compressed again."""
    filters = image.get_filters()
    if filters[-1:] != [JPEG_FILTER] or image.get_filters(skip_simple=True) != [JPEG_FILTER]:
        return None
    return bytes(image.get_data(decode_simple=len(filters) > 1))


def matrix_of(image: Any) -> pypdfium2.PdfMatrix:
    """The matrix from the unit square to the image's place on the page, before page rotation."""
    matrix = image.get_matrix()
    container = image.container
    while container is not None:
        matrix = matrix.multiply(container.get_matrix())
        container = container.container
    return matrix


def native_scale(images: Sequence[Any]) -> float:
    """Pixels per point that show the image with most pixels at its own resolution; 0 if none.

    An image without extent on the page is ignored.
    """
    if not images:
        return 0.0
    largest = max(images, key=lambda image: math.prod(image.get_px_size()))
    matrix = matrix_of(largest)
    width_px, height_px = largest.get_px_size()
    width, height = math.hypot(matrix.a, matrix.b), math.hypot(matrix.c, matrix.d)
    return max(width_px / width, height_px / height) if width and height else 0.0


def _has_bitmap(image: Any) -> bool:
    try:
        image.get_bitmap()
    except pypdfium2.PdfiumError:
        return False
    return True


def _is_whole_jpeg(content: bytes) -> bool:
    """Whether no pixel is missing. The JPEG is decoded at reduced size, which reads every byte.

    PDFium skips data in front of the JPEG, and supports variants that Pillow doesn't.
    """
    start = content.find(START_OF_JPEG)
    try:
        with Image.open(io.BytesIO(content[max(0, start) :]), formats=("JPEG",)) as image:
            image.draft(None, (1, 1))
            image.load()
    except (UnidentifiedImageError, *PILLOW_BOMBS):
        return True
    except PILLOW_DAMAGE:
        return False
    return True


def _is_whole_flate(content: bytes, width_px: int, height_px: int) -> bool:
    """Whether a zlib stream ends properly, or after all pixels but without its checksum.

    Many programs omit the checksum, or the end, of a stream with all its pixels, and every viewer
    shows such images. Reading stops once a stream is longer than any image.
    """
    header, body = content[:ZLIB_HEADER_BYTES], content[ZLIB_HEADER_BYTES:]
    if int.from_bytes(header, "big") % 31 or not header or header[0] & 0x0F != ZLIB_DEFLATE:
        return False
    possible_bytes = _possible_sizes(width_px, height_px)
    most_bytes = max(possible_bytes) + TRAILING_BYTES
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    size_bytes, checksum = 0, zlib.adler32(b"")
    try:
        for piece in _inflated(inflater, body):
            size_bytes += len(piece)
            checksum = zlib.adler32(piece, checksum)
            if size_bytes > most_bytes:
                return True
    except zlib.error:
        return False
    stored = inflater.unused_data[:CHECKSUM_BYTES]
    if inflater.eof and stored == checksum.to_bytes(CHECKSUM_BYTES, "big"):
        return True
    return any(0 <= size_bytes - whole <= TRAILING_BYTES for whole in possible_bytes)


def _inflated(inflater: Any, body: bytes) -> Iterator[bytes]:
    """The stream's content in pieces; fed in small blocks, because zlib copies unused input.

    It ends once the checksum after the stream has been fed too.
    """
    for start in range(0, len(body), FED_AT_A_TIME_BYTES):
        block = body[start : start + FED_AT_A_TIME_BYTES]
        yield inflater.decompress(block, INFLATED_AT_A_TIME_BYTES)
        while inflater.unconsumed_tail and not inflater.eof:
            yield inflater.decompress(inflater.unconsumed_tail, INFLATED_AT_A_TIME_BYTES)
        if len(inflater.unused_data) >= CHECKSUM_BYTES:
            return
    while not inflater.eof and (piece := inflater.decompress(b"", INFLATED_AT_A_TIME_BYTES)):
        yield piece


def _possible_sizes(width_px: int, height_px: int) -> set[int]:
    """Possible sizes in bytes, for any bit depth and components, with and without predictors."""
    pixel_bits = {bits * parts for bits in SAMPLE_BITS for parts in range(1, MAX_COMPONENTS + 1)}
    rows = {(width_px * bits + 7) // 8 for bits in pixel_bits}
    return {(row + predictor) * height_px for row in rows for predictor in (0, 1)}

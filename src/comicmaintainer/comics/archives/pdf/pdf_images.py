"""The images drawn on a PDF page: is each whole, how fine are they, what is their JPEG.

Used by pdf_reader, pdf_jpeg and pdf_drawing, under PDFium's lock. PDFium draws nothing, or black,
where an image is damaged, and reports no error: what it can't or doesn't tell is looked up in the
image's own stream. What is in doubt counts as whole. Lengths on the page are in points.
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
TRAILING_BYTES = 2  # a line end that was taken into the stream

PILLOW_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
# Pillow's decoders answer damage with all of these.
PILLOW_DAMAGE = (OSError, SyntaxError, ValueError, IndexError, EOFError, TypeError, KeyError)
PILLOW_ERRORS = (*PILLOW_BOMBS, *PILLOW_DAMAGE)


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
    jpeg = jpeg_of(image)
    if jpeg is not None:
        return _is_whole_jpeg(jpeg)
    if filters == ["FlateDecode"]:
        return _is_whole_flate(bytes(image.get_data()), *image.get_px_size())
    return True


def is_invisible(page_object: Any) -> bool:
    """True for text that is drawn invisibly, and for forms: what they hold is in the list too."""
    if page_object.type == pdfium_raw.FPDF_PAGEOBJ_TEXT:
        mode = pdfium_raw.FPDFTextObj_GetTextRenderMode(page_object)
        return bool(mode == pdfium_raw.FPDF_TEXTRENDERMODE_INVISIBLE)
    return bool(page_object.type == pdfium_raw.FPDF_PAGEOBJ_FORM)


def is_lossy(image: Any) -> bool:
    """True for an image that was stored with some loss."""
    return not LOSSY_FILTERS.isdisjoint(image.get_filters())


def is_grey_image(image: Any) -> bool:
    """True for an image of shades of grey; False also where that is in doubt."""
    return image.get_metadata().colorspace in GREY_SPACES


def stored_size(image: Any) -> int:
    """How many bytes the document holds of the image."""
    return int(pdfium_raw.FPDFImageObj_GetImageDataRaw(image, None, 0))


def jpeg_of(image: Any) -> bytes | None:
    """The JPEG that the image is stored as, unpacked where it was packed once more."""
    filters = image.get_filters()
    if filters[-1:] != [JPEG_FILTER] or image.get_filters(skip_simple=True) != [JPEG_FILTER]:
        return None
    return bytes(image.get_data(decode_simple=len(filters) > 1))


def matrix_of(image: Any) -> pypdfium2.PdfMatrix:
    """How the unit square becomes the image's place on the page, before the page is turned."""
    matrix = image.get_matrix()
    container = image.container
    while container is not None:
        matrix = matrix.multiply(container.get_matrix())
        container = container.container
    return matrix


def native_scale(images: Sequence[Any]) -> float:
    """Pixels to the point at which the image with most pixels is drawn as fine as it is; 0 if none.

    An image without extent on the page counts for nothing.
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
    """Whether no pixel is missing. Decoded small, which reads every byte all the same.

    PDFium passes over what stands before the JPEG, and knows kinds of it that Pillow doesn't.
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
    """Whether a zlib stream ends well, or without its checksum after a whole number of pixels.

    Programs that leave out the checksum, or the end, of a stream whose pixels are all there are not
    rare, and every viewer shows what they made. What is longer than any image is read no further.
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
    told = inflater.unused_data[:CHECKSUM_BYTES]
    if inflater.eof and told == checksum.to_bytes(CHECKSUM_BYTES, "big"):
        return True
    return any(0 <= size_bytes - whole <= TRAILING_BYTES for whole in possible_bytes)


def _inflated(inflater: Any, body: bytes) -> Iterator[bytes]:
    """What the stream holds, piece by piece; fed in small blocks, since zlib copies what it leaves.

    It ends once the checksum behind the stream has been fed too.
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
    """Bytes of an image of unknown depth and number of components, with and without predictors."""
    pixel_bits = {bits * parts for bits in SAMPLE_BITS for parts in range(1, MAX_COMPONENTS + 1)}
    rows = {(width_px * bits + 7) // 8 for bits in pixel_bits}
    return {(row + predictor) * height_px for row in rows for predictor in (0, 1)}

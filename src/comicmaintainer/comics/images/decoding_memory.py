"""Estimates the memory that decoding an image needs, and reduces it.

Used by `images`, for images that Pillow has opened but not loaded. The costs were measured with
Pillow 13 and its libraries and rounded up (decision 0102).
"""

from __future__ import annotations

import resource
from typing import Any

from PIL import ImageFile, Jpeg2KImagePlugin, JpegImagePlugin

DEFAULT_BYTES = 512 << 20
"""For a process without a limit."""
RESERVED_BYTES = 40 << 20
"""The part of a process's limit for the process itself, the content and the output."""
PICTURE_BYTES = {"1": 1.05, "L": 1.05, "P": 1.05, "I;16": 2.1}
OTHER_PICTURE_BYTES = 4.2
"""Per pixel in memory, by Pillow's mode."""
DECODER_BYTES = {"WEBP": 13.0, "AVIF": 8.0, "JPEG2000": 5.3, "TIFF": 1.0}
"""Per pixel, in addition to the picture; for JPEG 2000 per value."""
AVIF_ENCODER_BYTES = 45.0
"""Per pixel, of a picture of a megapixel; larger ones take 25."""
COEFFICIENT_BYTES = 2.1
"""Per value of a progressive JPEG."""
_JPEG2000_CODING = b"\xff\x52"  # ISO 15444-1 A.6.1: COD
_JPEG2000_LEVELS_AT = 9
JPEG_LAYER_ACROSS, JPEG_LAYER_DOWN = 1, 2


def available_bytes() -> int:
    """The memory that decoding an image may use in this process."""
    limit, _ = resource.getrlimit(resource.RLIMIT_DATA)
    return DEFAULT_BYTES if limit == resource.RLIM_INFINITY else max(0, limit - RESERVED_BYTES)


def decode_smaller(
    image: ImageFile.ImageFile, content: bytes, mode: str | None, at_least: tuple[int, int]
) -> None:
    """Set up decoding at a fraction of the image's size, if its format supports that.

    All data of a JPEG are still read. JPEG 2000 is decoded as large as the memory allows, because
    its omitted data are not checked.
    """
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        image.draft(mode or image.mode, at_least)
    elif isinstance(image, Jpeg2KImagePlugin.Jpeg2KImageFile):
        for reduction in range(1, _levels(content) + 1):
            if decoding_bytes(image, mode) <= available_bytes():
                break
            image.reduce = reduction


def decoding_bytes(image: ImageFile.ImageFile, mode: str | None) -> int:
    """The peak memory of decoding, and of converting the whole picture to `mode` afterwards."""
    pixels = image.width * image.height
    picture = PICTURE_BYTES.get(image.mode, OTHER_PICTURE_BYTES)
    if mode is not None and mode != image.mode:
        picture += PICTURE_BYTES.get(mode, OTHER_PICTURE_BYTES)
    decoder = DECODER_BYTES.get(image.format or "", 0.0)
    if isinstance(image, Jpeg2KImagePlugin.Jpeg2KImageFile):
        reduction = image.reduce if isinstance(image.reduce, int) else 0
        return int((pixels >> 2 * reduction) * (picture + decoder * len(image.getbands())))
    if isinstance(image, JpegImagePlugin.JpegImageFile) and image.info.get("progressive"):
        return int(_coefficients(image) * COEFFICIENT_BYTES + pixels * picture)
    return int(pixels * (picture + decoder))


def avif_encoding_bytes(width: int, height: int) -> int:
    """The peak memory of encoding a picture as AVIF, besides the picture."""
    return int(width * height * AVIF_ENCODER_BYTES)


def _levels(content: bytes) -> int:
    """How many times a JPEG 2000 can be halved."""
    at = content.find(_JPEG2000_CODING) + _JPEG2000_LEVELS_AT
    return min(content[at], 32) if _JPEG2000_LEVELS_AT <= at < len(content) else 0


def _coefficients(image: Any) -> int:
    """The number of values that a JPEG stores, by the sampling of its layers.

    A sampling of 0 is invalid, and refused by the decoder.
    """
    layers = image.layer
    across = max(1, *(layer[JPEG_LAYER_ACROSS] for layer in layers))
    down = max(1, *(layer[JPEG_LAYER_DOWN] for layer in layers))
    share = sum(layer[JPEG_LAYER_ACROSS] * layer[JPEG_LAYER_DOWN] for layer in layers)
    width, height = _whole_size(image)
    return int(width * height * share // (across * down))


def _whole_size(image: Any) -> tuple[int, int]:
    """The size before any reduction."""
    scale = image.decoderconfig[0] if image.decoderconfig else 1
    return image.width * scale, image.height * scale

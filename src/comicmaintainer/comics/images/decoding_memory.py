"""How much memory an image takes to decode, told before it is decoded, and how to take less.

Used by `images`, for images that Pillow has opened and not yet loaded. The costs are those of
Pillow 13 and the libraries in it, measured and rounded up (decision 0102).
"""

from __future__ import annotations

import resource
from typing import Any

from PIL import ImageFile, Jpeg2KImagePlugin, JpegImagePlugin

DEFAULT_BYTES = 512 << 20
"""For a process without a limit of its own."""
BESIDE_BYTES = 40 << 20
"""Of a process's limit: the process itself, the content, and what comes out."""
PICTURE_BYTES = {"1": 1.05, "L": 1.05, "P": 1.05, "I;16": 2.1}
OTHER_PICTURE_BYTES = 4.2
"""Of a pixel in memory, by Pillow's mode."""
DECODER_BYTES = {"WEBP": 13.0, "AVIF": 8.0, "JPEG2000": 5.3, "TIFF": 1.0}
"""Of a pixel, beside the picture; for JPEG 2000 of each of its values."""
COEFFICIENT_BYTES = 2.1
"""Of a progressive JPEG, for each value."""
_JPEG2000_CODING = b"\xff\x52"  # ISO 15444-1 A.6.1: COD
_JPEG2000_LEVELS_AT = 9
JPEG_LAYER_ACROSS, JPEG_LAYER_DOWN = 1, 2


def available_bytes() -> int:
    """What decoding an image may take in this process."""
    limit, _ = resource.getrlimit(resource.RLIMIT_DATA)
    return DEFAULT_BYTES if limit == resource.RLIM_INFINITY else max(0, limit - BESIDE_BYTES)


def decode_smaller(
    image: ImageFile.ImageFile, content: bytes, mode: str | None, at_least: tuple[int, int]
) -> None:
    """Have the image decoded at a fraction of its size, where its format can do so.

    A JPEG's data are all gone through nevertheless. JPEG 2000 is decoded as large as there is
    memory for, since what is left out of it is not looked at.
    """
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        image.draft(mode or image.mode, at_least)
    elif isinstance(image, Jpeg2KImagePlugin.Jpeg2KImageFile):
        for reduction in range(1, _levels(content) + 1):
            if decoding_bytes(image, mode) <= available_bytes():
                break
            image.reduce = reduction


def decoding_bytes(image: ImageFile.ImageFile, mode: str | None) -> int:
    """What decoding takes at its peak, and converting the whole picture to `mode` afterwards."""
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


def _levels(content: bytes) -> int:
    """How often a JPEG 2000 can be halved."""
    at = content.find(_JPEG2000_CODING) + _JPEG2000_LEVELS_AT
    return min(content[at], 32) if _JPEG2000_LEVELS_AT <= at < len(content) else 0


def _coefficients(image: Any) -> int:
    """How many values a JPEG stores, given how its layers are sampled."""
    layers = image.layer
    across = max(layer[JPEG_LAYER_ACROSS] for layer in layers)
    down = max(layer[JPEG_LAYER_DOWN] for layer in layers)
    share = sum(layer[JPEG_LAYER_ACROSS] * layer[JPEG_LAYER_DOWN] for layer in layers)
    width, height = _whole_size(image)
    return int(width * height * share // (across * down))


def _whole_size(image: Any) -> tuple[int, int]:
    """The size before it was made smaller."""
    scale = image.decoderconfig[0] if image.decoderconfig else 1
    return image.width * scale, image.height * scale

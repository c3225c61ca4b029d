"""Detects pictures with more than 8 bits per value, and reduces them to 8 bits.

Used only by `images`. Pillow clips when it converts grey of more than 8 bits to 8, so such a page
would become white; and when it reads 16-bit colours it drops half of the bits.
"""

from __future__ import annotations

from PIL import Image

STRIP_ROWS = 256  # converted at a time, because a whole page of 32-bit numbers takes 320 MB
_SIXTEEN_BITS = 65_535.0
_TWELVE_BITS = 4_095.0
_JPEG2000_SIZES = b"\xff\x4f\xff\x51"  # ISO 15444-1 A.5.1: SOC and SIZ
_JPEG2000_DEPTH_AT = 42  # the first `Ssiz`, from SOC
_AV1_CONFIGURATION = b"av1C"
_AV1_DEPTH_AT = 6  # the byte with `high_bitdepth`, from the box's name: AV1-ISOBMFF 2.3.3
_AV1_HIGH = 0x40


def has_more_than_8_bits(image: Image.Image, content: bytes) -> bool:
    """Whether converting the picture, not loaded yet, to 8 bits per value would lose bits."""
    if image.mode.startswith(("I", "F")):
        return True
    if image.format == "JPEG2000":
        return _byte_after(content, _JPEG2000_SIZES, _JPEG2000_DEPTH_AT) & 0x7F > 7
    if image.format == "AVIF":
        return bool(_byte_after(content, _AV1_CONFIGURATION, _AV1_DEPTH_AT) & _AV1_HIGH)
    return ";16" in _layout(image)


def full_scale(image: Image.Image) -> float | None:
    """The value of white in a grey picture of more than 8 bits; None if the file doesn't say.

    Call it before the picture is loaded.
    """
    layout = _layout(image)
    if "I;12" in layout:
        return _TWELVE_BITS
    return _SIXTEEN_BITS if image.mode.startswith("I;16") or ";16" in layout else None


def in_8_bits(image: Image.Image, white: float | None) -> Image.Image:
    """The picture as `L` if it is grey of more than 8 bits; others stay unchanged.

    `white` is its `full_scale`; if that is None, the smallest usual range with all values is used.
    """
    if not image.mode.startswith(("I", "F")):
        return image
    black = 0.0
    if white is None:
        black, white = _range(image)
    scale = 255 / (white - black)
    offset = 0.5 - black * scale
    mode = "F" if image.mode == "F" else "I"
    grey = Image.new("L", image.size)
    for top in range(0, image.height, STRIP_ROWS):
        strip = image.crop((0, top, image.width, min(top + STRIP_ROWS, image.height)))
        # Pillow analyses the function, which must be a product plus a number.
        reduced = strip.convert(mode).point(lambda value: value * scale + offset).convert("L")
        grey.paste(reduced, (0, top))
    return grey


def _range(image: Image.Image) -> tuple[float, float]:
    low, high = image.getextrema()
    usual = (1.0, 255.0, _SIXTEEN_BITS) if image.mode == "F" else (255.0, _SIXTEEN_BITS)
    if low >= 0:  # type: ignore[operator]  # one band: two numbers
        white = next((each for each in usual if high <= each), None)  # type: ignore[operator]
        if white is not None:
            return 0.0, white
    return float(low), max(float(high), float(low) + 1)  # type: ignore[arg-type]


def _byte_after(content: bytes, marker: bytes, offset: int) -> int:
    """The byte at `offset` from the first `marker`; all ones if there is none."""
    at = content.find(marker)
    return content[at + offset] if 0 <= at < len(content) - offset else 0xFF


def _layout(image: Image.Image) -> str:
    """Pillow's name for the layout of the values in the file: "RGB;16B"."""
    return " ".join(str(tile.args) for tile in getattr(image, "tile", ()))

"""How many bits a picture has for each value, and pictures of many bits made fit to be shown.

Used by `images` alone. Pillow clips where it converts more than 8 bits of grey to 8, so that such
a page is white; and where it reads colours of 16 bits it has dropped half of them.
"""

from __future__ import annotations

from PIL import Image

STRIP_ROWS = 256  # converted at a time: a whole page in numbers of 32 bits takes 320 MB
_SIXTEEN_BITS = 65_535.0
_TWELVE_BITS = 4_095.0
_JPEG2000_SIZES = b"\xff\x4f\xff\x51"  # ISO 15444-1 A.5.1: SOC and SIZ
_JPEG2000_DEPTH_AT = 42  # the first `Ssiz`, from SOC on
_AV1_CONFIGURATION = b"av1C"
_AV1_DEPTH_AT = 6  # the byte with `high_bitdepth`, from the box's name on: AV1-ISOBMFF 2.3.3
_AV1_HIGH = 0x40


def has_more_than_8_bits(image: Image.Image, content: bytes) -> bool:
    """Tell whether converting the picture to 8 bits a value would lose some; not yet loaded."""
    if image.mode.startswith(("I", "F")):
        return True
    if image.format == "JPEG2000":
        return _byte_after(content, _JPEG2000_SIZES, _JPEG2000_DEPTH_AT) & 0x7F > 7
    if image.format == "AVIF":
        return bool(_byte_after(content, _AV1_CONFIGURATION, _AV1_DEPTH_AT) & _AV1_HIGH)
    return ";16" in _layout(image)


def full_scale(image: Image.Image) -> float | None:
    """What stands for white in a grey picture of many bits; None where the file leaves it open.

    To be asked before the picture is loaded.
    """
    layout = _layout(image)
    if "I;12" in layout:
        return _TWELVE_BITS
    return _SIXTEEN_BITS if image.mode.startswith("I;16") or ";16" in layout else None


def in_8_bits(image: Image.Image, white: float | None) -> Image.Image:
    """The picture as `L`, if it is grey of many bits; any other as it is.

    `white` is its `full_scale`; where that is None, the least known range that holds all values.
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
        # Pillow takes the function apart: it has to be a sum of a product and a number.
        shown = strip.convert(mode).point(lambda value: value * scale + offset).convert("L")
        grey.paste(shown, (0, top))
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
    """The byte `offset` from the first `marker` on; all ones where there is none."""
    at = content.find(marker)
    return content[at + offset] if 0 <= at < len(content) - offset else 0xFF


def _layout(image: Image.Image) -> str:
    """How the values lie in the file, as Pillow calls it: "RGB;16B"."""
    return " ".join(str(tile.args) for tile in getattr(image, "tile", ()))

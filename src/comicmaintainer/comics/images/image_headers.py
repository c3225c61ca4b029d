"""Reads an image's first bytes: its format and, if they contain it, its size in pixels.

No decoder is loaded, so web workers may use it on unchecked bytes. Only formats that comics use
are recognised; SVG and HTML are never images here, whatever their name.

Layouts: ITU-T T.81 (JPEG markers), W3C PNG, GIF89a, RFC 9649 (WebP), BITMAPINFOHEADER, ISO/IEC
23008-12 (`ispe`), ISO/IEC 15444-1 (`ihdr`).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

HEAD_BYTES = 32 << 10
"""The length of the head to read. The size is not found after a large colour profile."""

_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_BRANDS = {b"avif": "avif", b"avis": "avif", b"heic": "heic", b"heix": "heic", b"mif1": "heic"}


class ImageFormat(StrEnum):
    """An image format, by content."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    GIF = "gif"
    BMP = "bmp"
    TIFF = "tiff"
    AVIF = "avif"
    HEIC = "heic"
    JPEG2000 = "jp2"
    JPEG_XL = "jxl"

    @property
    def media_type(self) -> str:
        """The registered media type."""
        return f"image/{self}"

    @property
    def suffix(self) -> str:
        """The usual suffix of a file's name, with its dot."""
        return {"jpeg": ".jpg", "tiff": ".tif"}.get(self, f".{self}")


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """An image's format; its size in pixels is None if the head does not contain it."""

    format: ImageFormat
    width: int | None = None
    height: int | None = None


def read_header(head: bytes) -> ImageHeader | None:
    """The header in `head`, the first bytes of a file; None if it is not a known image."""
    kind = image_format(head)
    if kind is None:
        return None
    try:
        size = _SIZES[kind](head) if kind in _SIZES else None
    except (struct.error, IndexError):
        size = None
    if size is None or 0 in size:
        return ImageHeader(kind)
    return ImageHeader(kind, *size)


def image_format(head: bytes) -> ImageFormat | None:
    """The format of a file that begins with `head`, None if it is not a known image."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return ImageFormat.WEBP
    if head[4:8] == b"ftyp" and head[8:12] in _BRANDS:
        return ImageFormat(_BRANDS[head[8:12]])
    return None


def _jpeg(head: bytes) -> tuple[int, int] | None:
    position = 2
    while position + 9 <= len(head):
        if head[position] != 0xFF:
            return None
        marker = head[position + 1]
        if marker == 0xFF:
            position += 1
        elif marker in _JPEG_WITHOUT_LENGTH:
            position += 2
        elif marker in _JPEG_SIZES:
            height, width = struct.unpack_from(">HH", head, position + 5)
            return width, height
        else:
            position += 2 + max(2, int.from_bytes(head[position + 2 : position + 4], "big"))
    return None


def _png(head: bytes) -> tuple[int, int] | None:
    return struct.unpack_from(">II", head, 16) if head[12:16] == b"IHDR" else None


def _gif(head: bytes) -> tuple[int, int] | None:
    return struct.unpack_from("<HH", head, 6)


def _bmp(head: bytes) -> tuple[int, int] | None:
    width, height = struct.unpack_from("<ii", head, 18)
    return abs(width), abs(height)


def _webp(head: bytes) -> tuple[int, int] | None:
    chunk = head[12:16]
    if chunk == b"VP8X":
        return 1 + _little(head[24:27]), 1 + _little(head[27:30])
    if chunk == b"VP8L":
        bits = struct.unpack_from("<I", head, 21)[0]
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if chunk == b"VP8 ":
        width, height = struct.unpack_from("<HH", head, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def _avif(head: bytes) -> tuple[int, int] | None:
    at = head.find(b"ispe")
    return None if at < 0 else struct.unpack_from(">II", head, at + 8)


def _jpeg2000(head: bytes) -> tuple[int, int] | None:
    at = head.find(b"ihdr")
    if at < 0:
        return None
    height, width = struct.unpack_from(">II", head, at + 4)
    return width, height


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")


_MAGIC = (
    (b"\xff\xd8\xff", ImageFormat.JPEG),
    (b"\x89PNG\r\n\x1a\n", ImageFormat.PNG),
    (b"GIF87a", ImageFormat.GIF),
    (b"GIF89a", ImageFormat.GIF),
    (b"BM", ImageFormat.BMP),
    (b"II*\0", ImageFormat.TIFF),
    (b"MM\0*", ImageFormat.TIFF),
    (b"\0\0\0\x0cjP  \r\n\x87\n", ImageFormat.JPEG2000),
    (b"\0\0\0\x0cJXL \r\n\x87\n", ImageFormat.JPEG_XL),
    (b"\xff\x0a", ImageFormat.JPEG_XL),
)
_SIZES: Mapping[ImageFormat, Callable[[bytes], tuple[int, int] | None]] = {
    ImageFormat.JPEG: _jpeg,
    ImageFormat.PNG: _png,
    ImageFormat.GIF: _gif,
    ImageFormat.BMP: _bmp,
    ImageFormat.WEBP: _webp,
    ImageFormat.AVIF: _avif,
    ImageFormat.HEIC: _avif,
    ImageFormat.JPEG2000: _jpeg2000,
}

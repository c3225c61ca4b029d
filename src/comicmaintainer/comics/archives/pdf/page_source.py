"""What the picture of a PDF page was made of; needs neither PDFium nor Pillow."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageSource:
    """The source of a picture: the bytes of its JPEG, or the rendered pixels."""

    is_jpeg: bool
    crc: int

"""Covers of sources as people see them: images within limits, kept as text among the answers.

Used by the online sources. An image is recognised by its first bytes and never decoded here.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Self

from comicmaintainer.comics.images.image_headers import HEAD_BYTES, ImageFormat, read_header

MOST_BYTES = 1 << 20
MOST_SIDE_PX = 4000
SHOWN_FORMATS = frozenset({ImageFormat.JPEG, ImageFormat.PNG, ImageFormat.WEBP, ImageFormat.GIF})
"""What every browser shows."""


@dataclass(frozen=True, slots=True)
class CoverImage:
    """A cover as the source sent it."""

    content: bytes
    format: ImageFormat

    @classmethod
    def of(cls, content: bytes) -> Self | None:
        """Return the image; None if it is none, or too large to be shown."""
        header = read_header(content[:HEAD_BYTES])
        if header is None or header.format not in SHOWN_FORMATS or len(content) > MOST_BYTES:
            return None
        sides = (header.width, header.height)
        if any(side is None or side > MOST_SIDE_PX for side in sides):
            return None
        return cls(content, header.format)

    def to_text(self) -> str:
        """Return it as it is kept."""
        return base64.b64encode(self.content).decode("ascii")

    @classmethod
    def from_text(cls, text: str) -> Self | None:
        """The inverse of `to_text`."""
        return cls.of(base64.b64decode(text))

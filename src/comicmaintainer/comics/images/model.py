"""The terms of page images: formats to recode to, and what decoding finds out and makes.

Needs no image library, so that those who only ask for it do not load one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PageCodec(StrEnum):
    """A format to recode pages to."""

    WEBP = "webp"
    AVIF = "avif"
    JPEG = "jpeg"

    @property
    def max_side_px(self) -> int:
        """The longest side that its encoder supports."""
        return 65_500 if self is PageCodec.JPEG else 16_383

    @property
    def suffix(self) -> str:
        """The suffix of its files."""
        return ".jpg" if self is PageCodec.JPEG else f".{self}"


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """The format and size in an image's header; sizes in pixels."""

    format: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ImagePicture:
    """A 64-bit hash of an image's look, and its size in pixels."""

    hash: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class RecodedPage:
    """A page in another format, smaller than it was; sizes in pixels."""

    content: bytes
    suffix: str
    width: int
    height: int

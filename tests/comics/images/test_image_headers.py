"""What the first bytes of an image say, held against what Pillow makes of the whole image."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image, features

from comicmaintainer.comics.images.image_headers import (
    HEAD_BYTES,
    ImageFormat,
    image_format,
    read_header,
)

KINDS = {
    "JPEG": ImageFormat.JPEG,
    "PNG": ImageFormat.PNG,
    "GIF": ImageFormat.GIF,
    "BMP": ImageFormat.BMP,
    "WEBP": ImageFormat.WEBP,
    "AVIF": ImageFormat.AVIF,
    "JPEG2000": ImageFormat.JPEG2000,
}
NEEDED = {"WEBP": "webp", "AVIF": "avif", "JPEG2000": "jpg_2000"}


def encoded(kind: str, size: tuple[int, int] = (301, 452), **options: object) -> bytes:
    if kind in NEEDED and not features.check(NEEDED[kind]):
        pytest.skip(f"Pillow has no {kind} here.")
    buffer = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        *((kind, {}) for kind in KINDS),
        ("JPEG", {"progressive": True}),
        ("JPEG", {"icc_profile": bytes(20_000), "exif": b"Exif\0\0" + bytes(400)}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"icc_profile": bytes(500)}),
    ],
)
def test_format_and_pixels_are_found_in_the_head(kind: str, options: dict[str, Any]) -> None:
    header = read_header(encoded(kind, **options)[:HEAD_BYTES])
    assert header is not None
    assert (header.format, header.width, header.height) == (KINDS[kind], 301, 452)


def test_tiff_is_known_without_its_pixels() -> None:
    header = read_header(encoded("TIFF")[:HEAD_BYTES])
    assert header is not None
    assert (header.format, header.width) == (ImageFormat.TIFF, None)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<?xml version='1.0'?><svg/>",
        b"<!doctype html><script>alert(1)</script>",
        b"RIFF\0\0\0\0WAVEfmt ",
        b"%PDF-1.7",
        b"\0\0\0\x18ftypmp42",
    ],
)
def test_other_content_is_not_an_image(content: bytes) -> None:
    assert read_header(content) is None


@pytest.mark.parametrize("kind", KINDS)
def test_cut_off_heads_keep_their_format_and_never_raise(kind: str) -> None:
    content = encoded(kind, (40, 30))
    for length in range(1, min(len(content), 800)):
        header = read_header(content[:length])
        assert header is None or header.format is KINDS[kind]
    assert image_format(content[:64]) is KINDS[kind]


def test_sizes_of_zero_are_unknown() -> None:
    content = bytearray(encoded("PNG"))
    content[16:24] = bytes(8)
    header = read_header(bytes(content))
    assert header is not None
    assert (header.width, header.height) == (None, None)

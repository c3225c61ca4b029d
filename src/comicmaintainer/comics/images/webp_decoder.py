"""Decodes WebP images with libwebp at reduced size, without the whole picture in memory.

Used only by `images`. It calls the library that Pillow has loaded; if that is unreachable, and for
animations, Pillow decodes. Decision 0101 says why not always Pillow. Source of the structures:
libwebp, src/webp/decode.h.
"""

from __future__ import annotations

import ctypes
from functools import lru_cache
from typing import Any

from PIL import Image, features

ABI_VERSION = 0x0209
MODE_RGB = 0
OK, OUT_OF_MEMORY = 0, 1
EXIF_CHUNK = b"EXIF"
_RIFF_HEADER_BYTES, _CHUNK_HEADER_BYTES = 12, 8


class _Features(ctypes.Structure):
    _fields_ = (
        ("width", ctypes.c_int),
        ("height", ctypes.c_int),
        ("has_alpha", ctypes.c_int),
        ("has_animation", ctypes.c_int),
        ("format", ctypes.c_int),
        ("pad", ctypes.c_uint32 * 5),
    )


class _Rgba(ctypes.Structure):
    _fields_ = (("rgba", ctypes.c_void_p), ("stride", ctypes.c_int), ("size", ctypes.c_size_t))


class _Planes(ctypes.Structure):
    _fields_ = (
        ("planes", ctypes.c_void_p * 4),
        ("strides", ctypes.c_int * 4),
        ("sizes", ctypes.c_size_t * 4),
    )


class _Pixels(ctypes.Union):
    _fields_ = (("rgba", _Rgba), ("planes", _Planes))


class _Output(ctypes.Structure):
    _fields_ = (
        ("colorspace", ctypes.c_int),
        ("width", ctypes.c_int),
        ("height", ctypes.c_int),
        ("is_external_memory", ctypes.c_int),
        ("pixels", _Pixels),
        ("pad", ctypes.c_uint32 * 4),
        ("private_memory", ctypes.c_void_p),
    )


class _Options(ctypes.Structure):
    _fields_ = (
        ("bypass_filtering", ctypes.c_int),
        ("no_fancy_upsampling", ctypes.c_int),
        ("use_cropping", ctypes.c_int),
        ("crop_left", ctypes.c_int),
        ("crop_top", ctypes.c_int),
        ("crop_width", ctypes.c_int),
        ("crop_height", ctypes.c_int),
        ("use_scaling", ctypes.c_int),
        ("scaled_width", ctypes.c_int),
        ("scaled_height", ctypes.c_int),
        ("use_threads", ctypes.c_int),
        ("dithering_strength", ctypes.c_int),
        ("flip", ctypes.c_int),
        ("alpha_dithering_strength", ctypes.c_int),
        ("pad", ctypes.c_uint32 * 5),
    )


class _Config(ctypes.Structure):
    _fields_ = (("input", _Features), ("output", _Output), ("options", _Options))


def is_webp(content: bytes) -> bool:
    """Whether the bytes begin like a WebP."""
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def picture_size(content: bytes) -> tuple[int, int] | None:
    """Width and height of a WebP that can be decoded here; None if Pillow has to.

    Raises:
        ValueError: its header is damaged.
    """
    library = _library()
    if library is None:
        return None
    features = _Features()
    status = library.WebPGetFeaturesInternal(
        content, len(content), ctypes.byref(features), ABI_VERSION
    )
    if status != OK:
        raise ValueError(f"its header can't be read (libwebp: {status})")
    return None if features.has_animation else (features.width, features.height)


def decoded(content: bytes, size: tuple[int, int]) -> Image.Image:
    """The picture without transparency, scaled to `size`, which must not be larger.

    All of its data are decoded, so every damage shows.

    Raises:
        ValueError: its data are damaged.
        MemoryError: there is not enough memory.
    """
    library = _library()
    config = _Config()
    if library is None or not library.WebPInitDecoderConfigInternal(
        ctypes.byref(config), ABI_VERSION
    ):
        raise ValueError("libwebp is another version")
    width, height = size
    pixels = ctypes.create_string_buffer(width * height * 3)
    config.options.use_scaling = 1
    config.options.scaled_width, config.options.scaled_height = size
    config.output.colorspace = MODE_RGB
    config.output.is_external_memory = 1
    target = config.output.pixels.rgba
    target.rgba = ctypes.addressof(pixels)
    target.stride, target.size = width * 3, width * height * 3
    status = library.WebPDecode(content, len(content), ctypes.byref(config))
    library.WebPFreeDecBuffer(ctypes.byref(config.output))
    if status == OUT_OF_MEMORY:
        raise MemoryError
    if status != OK:
        raise ValueError(f"its data can't be decoded (libwebp: {status})")
    picture = Image.frombuffer("RGB", size, pixels.raw, "raw", "RGB", 0, 1)
    if (exif := _chunk(content, EXIF_CHUNK)) is not None:
        picture.info["exif"] = exif
    return picture


def _chunk(content: bytes, name: bytes) -> bytes | None:
    """The first chunk with the name in the RIFF container."""
    position = _RIFF_HEADER_BYTES
    while position + _CHUNK_HEADER_BYTES <= len(content):
        start = position + _CHUNK_HEADER_BYTES
        length = int.from_bytes(content[start - 4 : start], "little")
        if content[position : position + 4] == name:
            return content[start : start + length]
        position = start + length + length % 2
    return None


@lru_cache(maxsize=1)
def _library() -> Any | None:
    """The libwebp that Pillow was linked with, None if it can't be called."""
    if not features.check("webp"):
        return None
    from PIL import _webp

    library = ctypes.CDLL(_webp.__file__)
    try:
        library.WebPGetFeaturesInternal.argtypes = (
            ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_int,
        )  # fmt: skip
        library.WebPInitDecoderConfigInternal.argtypes = (ctypes.c_void_p, ctypes.c_int)
        library.WebPDecode.argtypes = (ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p)
        library.WebPFreeDecBuffer.argtypes = (ctypes.c_void_p,)
    except AttributeError:
        return None
    return library

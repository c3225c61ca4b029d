"""Covers that the replay server draws: the same for the same issue, different for any other."""

from __future__ import annotations

import io
import random
import struct
import zlib
from functools import lru_cache

from PIL import Image

SIZE = (400, 600)
_GRAIN = (9, 13)


@lru_cache(maxsize=4096)
def drawn_cover(seed: str, *, size: tuple[int, int] = SIZE) -> bytes:
    """A JPEG; seeds are issue ids, with a letter behind for variants ("12", "12b")."""
    source = random.Random(f"cover {seed}")
    width, height = _GRAIN
    small = Image.frombytes("RGB", _GRAIN, source.randbytes(width * height * 3))
    buffer = io.BytesIO()
    small.resize(size, Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


@lru_cache(maxsize=1)
def image_bomb(side: int = 60_000) -> bytes:
    """A small PNG that would unpack to gigabytes: every byte of its pixels is 0."""
    size = side * (1 + side // 8)
    block = 1 << 20
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    zeros = packer.compress(bytes(block)) + packer.flush(zlib.Z_FULL_FLUSH)
    last = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    rest = last.compress(bytes(size % block)) + last.flush()
    checksum = struct.pack(">HH", size % 65_521, 1)  # Adler-32 of so many zeros
    packed = b"\x78\xda" + zeros * (size // block) + rest + checksum
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", packed), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )

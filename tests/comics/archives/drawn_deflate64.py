"""ZIPs packed with Deflate64, made by hand: with what it has over Deflate, or without.

Deflate64 is RFC 1951 with two more distance codes, and a length code 285 of 16 extra bits.
"""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

HEAD_BYTES = 43_054
COPIED_BYTES = 20_000
UTF_8 = 0x0800  # a flag: names are UTF-8
DISTANCE = 40_000  # beyond what Deflate can look back
WIDTH, HEIGHT = 100, 210


def page(seed: int) -> bytes:
    """A bitmap whose last third repeats what stands `DISTANCE` before."""
    size_bytes = 54 + WIDTH * HEIGHT * 3
    header = struct.pack("<2sIHHI", b"BM", size_bytes, 0, 0, 54)
    header += struct.pack("<IiiHHIIiiII", 40, WIDTH, HEIGHT, 1, 24, 0, 0, 0, 0, 0, 0)
    head = header + random.Random(seed).randbytes(HEAD_BYTES - len(header))
    return head + head[HEAD_BYTES - DISTANCE :][:COPIED_BYTES]


def packed_page(content: bytes) -> bytes:
    """A page as Deflate64: its head stored, its repetition as one match."""
    stored = struct.pack("<BHH", 0, HEAD_BYTES, HEAD_BYTES ^ 0xFFFF) + content[:HEAD_BYTES]
    bits = "1" + "10"  # the last block, in fixed codes
    bits += f"{0b11000000 + 285 - 280:08b}" + _lowest_first(COPIED_BYTES - 3, 16)
    bits += f"{30:05b}" + _lowest_first(DISTANCE - 32_769, 14)
    bits += "0000000"  # its end
    bits += "0" * (-len(bits) % 8)
    return stored + bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))


def deflate64_zip(path: Path, members: Mapping[str, bytes]) -> Path:
    """A ZIP with these members; those that `page` made use Deflate64 in full."""
    body = listing = b""
    for text, content in members.items():
        name = text.encode()
        is_page = len(content) == HEAD_BYTES + COPIED_BYTES
        deflater = zlib.compressobj(wbits=-15)
        packed = packed_page(content) if is_page else deflater.compress(content) + deflater.flush()
        common = struct.pack(
            "<HHHHHIIIHH", 21, UTF_8, 9, 0, 0, zlib.crc32(content), len(packed), len(content),
            len(name), 0,
        )  # fmt: skip
        listing += (
            b"PK\1\2"
            + struct.pack("<H", 21)
            + common
            + struct.pack("<HHHII", 0, 0, 0, 0, len(body))
        )
        listing += name
        body += b"PK\3\4" + common + name + packed
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(listing), len(body), 0)
    path.write_bytes(body + listing + b"PK\5\6" + end)
    return path


def _lowest_first(number: int, width: int) -> str:
    return f"{number:0{width}b}"[::-1]

"""RAR archives written by hand, after RAR's technotes: no free program writes them.

Members are stored, or packed as RAR 3 packs with literals only: the code tables are written once
and a solid member after the first has none of its own, so it can't be read without the first.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

RAR4 = b"Rar!\x1a\x07\x00"
RAR5 = b"Rar!\x1a\x07\x01\x00"
VOLUME, SOLID, PASSWORD = 0x0001, 0x0008, 0x0080
SPLIT_AFTER, FILE_PASSWORD, FILE_SOLID, FILE_UNICODE = 0x0002, 0x0004, 0x0010, 0x0200
LONG_BLOCK = 0x8000
STORE, NORMAL = 0x30, 0x33
UNIX = 3


def rar4(
    members: Mapping[str, bytes],
    *,
    packed: bool = False,
    solid: bool = False,
    flags: int = 0,
    file_flags: int = 0,
    version: int = 29,
    comment: bytes = b"",
    comment_packed: bool = False,
    comment_flags: int = 0,
    end: bool = True,
    attributes: Mapping[str, int] | None = None,
) -> bytes:
    """A RAR 4 of these members; `attributes` are Unix modes other than that of a file."""
    parts = [RAR4, _block(0x73, flags | (SOLID if solid else 0), bytes(6))]
    if comment:
        data = _literals(comment, with_tables=True) if comment_packed else comment
        method = NORMAL if comment_packed else STORE
        body = _file_body(b"CMT", comment, data, method, 29, comment_flags)
        parts += [_block(0x7A, LONG_BLOCK, body), data]
    for number, (name, content) in enumerate(members.items()):
        later = solid and number > 0
        data = _literals(content, with_tables=not later) if packed else content
        raw_name, name_flags = _name(name)
        mode = (attributes or {}).get(name, 0o100644)
        method = NORMAL if packed else STORE
        body = _file_body(raw_name, content, data, method, version, mode)
        bits = LONG_BLOCK | file_flags | name_flags | (FILE_SOLID if later else 0)
        parts += [_block(0x74, bits, body), data]
    if end:
        parts.append(_block(0x7B, 0x4000, b""))
    return b"".join(parts)


def rar5(
    members: Mapping[str, bytes],
    *,
    comment: bytes = b"",
    copies: Mapping[str, str] | None = None,
    flags: int = 0,
    encrypted_headers: bool = False,
    encrypted: bool = False,
    end: bool = True,
) -> bytes:
    """A RAR 5 of stored members; `copies` are names that refer to an earlier member."""
    parts = [RAR5]
    if encrypted_headers:
        parts.append(_header5(4, b"\0\0\x0f" + bytes(16)))
    parts.append(_header5(1, _number(flags)))
    if comment:
        parts += [_header5(3, _file5(b"CMT", comment), data=len(comment)), comment]
    extra = b"\x02\x01\x00" if encrypted else b""
    for name, content in members.items():
        body = _file5(name.encode(), content)
        parts += [_header5(2, body, extra=extra, data=len(content)), content]
    for name, target in (copies or {}).items():
        raw = target.encode()
        record = _number(5) + _number(5) + _number(0) + _number(len(raw)) + raw
        body = _file5(name.encode(), members[target])
        parts.append(_header5(2, body, extra=_number(len(record)) + record))
    if end:
        parts.append(_header5(5, b"\0"))
    return b"".join(parts)


def _block(kind: int, flags: int, body: bytes) -> bytes:
    rest = struct.pack("<BHH", kind, flags, 7 + len(body)) + body
    return struct.pack("<H", zlib.crc32(rest) & 0xFFFF) + rest


def _file_body(
    name: bytes, content: bytes, data: bytes, method: int, version: int, attributes: int
) -> bytes:
    return (
        struct.pack(
            "<IIBIIBBHI", len(data), len(content), UNIX, zlib.crc32(content), 0x4F1E5A2C,
            version, method, len(name), attributes,
        )
        + name
    )  # fmt: skip


def _name(name: str) -> tuple[bytes, int]:
    """The name as RAR 4 keeps it: plain, or plain, zero and packed UTF-16."""
    windows = name.replace("/", "\\")
    if windows.isascii():
        return windows.encode(), 0
    encoded = windows.encode("utf-16-le")
    units = struct.unpack(f"<{len(encoded) // 2}H", encoded)
    plain = bytes(unit if unit < 128 else ord("_") for unit in units)
    steps: list[tuple[int, bytes]] = []
    place = 0
    while place < len(units):
        run = 0
        while place + run < len(units) and units[place + run] == plain[place + run] and run < 100:
            run += 1
        unit, high = units[place], units[place] >> 8
        if run >= 2:
            steps.append((3, bytes([run - 2])))
        elif high == 0:
            steps.append((0, bytes([unit])))
        elif high == units[0] >> 8:
            steps.append((1, bytes([unit & 0xFF])))
        else:
            steps.append((2, struct.pack("<H", unit)))
        place += max(run, 1) if run >= 2 else 1
    packed = bytearray([units[0] >> 8])
    for start in range(0, len(steps), 4):
        four = steps[start : start + 4]
        packed.append(sum(way << 6 - 2 * index for index, (way, _) in enumerate(four)))
        packed += b"".join(data for _, data in four)
    return plain + b"\0" + bytes(packed), FILE_UNICODE


class _Bits:
    def __init__(self) -> None:
        self._bits: list[str] = []

    def add(self, value: int, width: int) -> None:
        self._bits.append(f"{value:0{width}b}")

    def done(self) -> bytes:
        text = "".join(self._bits)
        text += "0" * (-len(text) % 8)
        return int(text, 2).to_bytes(len(text) // 8, "big")


def _literals(content: bytes, *, with_tables: bool) -> bytes:
    """Content as RAR 3's literals: bytes below 254 in 8 bits, what is left in 9."""
    bits = _Bits()
    if with_tables:
        _add_tables(bits)
    for byte in content:
        _add_symbol(bits, byte)
    _add_symbol(bits, 256)  # the end of the block:
    bits.add(0, 1)  # another member follows,
    bits.add(0, 1)  # with the same tables
    return bits.done()


def _add_symbol(bits: _Bits, symbol: int) -> None:
    if symbol < 254:
        bits.add(symbol, 8)
    else:
        bits.add(508 + symbol - 254, 9)


def _add_tables(bits: _Bits) -> None:
    bits.add(0, 1)  # no PPM
    bits.add(0, 1)  # nothing of an earlier table
    codes = {0: 0, 1: 1, 8: 2, 9: 3, 19: 4}  # of lengths, in 3 bits each; three codes are unused
    for length in range(20):
        bits.add(3 if length in codes or length in (2, 3, 4) else 0, 4)
    ordered = sorted([*codes, 2, 3, 4])
    code_of = {length: ordered.index(length) for length in codes}

    def lengths(length: int, count: int) -> None:
        for _ in range(count):
            bits.add(code_of[length], 3)

    lengths(8, 254)  # bytes
    lengths(9, 3)  # two more bytes, the end of a block
    lengths(0, 1)
    lengths(9, 1)
    lengths(0, 40)  # matches are not used
    for count in (60, 17, 28):  # the other tables: two codes each, never used
        lengths(1, 2)
        lengths(0, count - 2)


def _number(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def _header5(kind: int, body: bytes, *, extra: bytes = b"", data: int | None = None) -> bytes:
    flags = (1 if extra else 0) | (2 if data is not None else 0)
    sizes = (_number(len(extra)) if extra else b"") + (b"" if data is None else _number(data))
    rest = _number(kind) + _number(flags) + sizes + body + extra
    sized = _number(len(rest)) + rest
    return struct.pack("<I", zlib.crc32(sized)) + sized


def _file5(name: bytes, content: bytes) -> bytes:
    checksum = struct.pack("<I", zlib.crc32(content))
    head = _number(4) + _number(len(content)) + _number(0o100644) + checksum
    return head + _number(0) + _number(1) + _number(len(name)) + name

"""Parses the headers of RAR versions 1.5 to 4: blocks with a 16-bit checksum.

Source of the format: technote.txt of RAR 4.20. Features that libarchive 3.6 can't read (solid
archives, compression older than RAR 2.9, blocks older than RAR 3) are the listing's obstacle.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import NamedTuple

from comicmaintainer.comics.archives.rar.rar_listing import (
    MAX_COMMENT_BYTES,
    HeaderSource,
    MemberKind,
    PackedComment,
    RarListing,
    RarMember,
)
from comicmaintainer.comics.archives.zip.zip_directory import decoded_name
from comicmaintainer.errors import EncryptedArchive

BASE = struct.Struct("<HBHH")  # checksum, type, flags, size
FILE = struct.Struct("<IIBIIBBHI")  # from offset 7 of a file or service header
HIGH_SIZES = struct.Struct("<II")
FILE_NAME_AT = BASE.size + FILE.size

MAIN, FILE_BLOCK, SERVICE, END = 0x73, 0x74, 0x7A, 0x7B
OLD_BLOCKS = frozenset(range(0x75, 0x7A))  # comments, owners and signatures older than RAR 3

MAIN_VOLUME, MAIN_COMMENT, MAIN_SOLID, MAIN_PASSWORD = 0x0001, 0x0002, 0x0008, 0x0080
FILE_SPLIT, FILE_PASSWORD, FILE_COMMENT, FILE_SOLID = 0x0003, 0x0004, 0x0008, 0x0010
FILE_FOLDER, FILE_LARGE, FILE_UNICODE = 0x00E0, 0x0100, 0x0200
LONG_BLOCK = 0x8000

METHOD_STORE = 0x30
FIRST_KNOWN_VERSION = 29  # of compression, the oldest that libarchive reads
HOST_UNIX = 3
UNIX_TYPE, UNIX_LINK = 0xF000, 0xA000
DOS_FOLDER = 0x10
FOLDERS_BY_FLAG_FROM = 20
UNKNOWN_SIZE = 0xFFFFFFFF
COMMENT_IS_UTF16 = 0x00000001
OF_A_FILE = 0x80000000
MAIN_BYTES = 13  # covered by the checksum if a comment follows inside the header


class Block(NamedTuple):
    """One block's header, and the place of its data."""

    type: int
    flags: int
    raw: bytes
    data_offset: int
    data_bytes: int


@dataclass(slots=True)
class _PartialListing:
    members: list[RarMember]
    comment: PackedComment | None = None
    obstacle: str | None = None


def list_rar4(source: HeaderSource, position: int) -> RarListing:
    """List an archive whose first block is at `position`.

    Raises:
        As `read_listing`.
    """
    listing = _PartialListing([])
    while position + BASE.size <= source.size_bytes:
        block = _block_at(source, position)
        if block is None or block.type == END:
            break
        _take(source, block, listing)
        position = block.data_offset + block.data_bytes
        if position > source.size_bytes:
            raise source.cut_off()
    return RarListing(tuple(listing.members), listing.comment, listing.obstacle)


def _block_at(source: HeaderSource, position: int) -> Block | None:
    """The block, or None if only zeros follow."""
    base = source.header(position, BASE.size)
    if not any(base):
        return None
    checksum, kind, flags, size = BASE.unpack(base)
    if size < BASE.size:
        raise source.damaged()
    raw = source.header(position, size)
    data_bytes = 0
    if kind in (FILE_BLOCK, SERVICE):
        if size < FILE_NAME_AT:
            raise source.damaged()
        data_bytes = FILE.unpack_from(raw, BASE.size)[0]
        if flags & FILE_LARGE:
            if size < FILE_NAME_AT + HIGH_SIZES.size:
                raise source.damaged()
            data_bytes += HIGH_SIZES.unpack_from(raw, FILE_NAME_AT)[0] << 32
    elif flags & LONG_BLOCK and size >= BASE.size + 4:
        data_bytes = int.from_bytes(raw[BASE.size : BASE.size + 4], "little")
    block = Block(kind, flags, raw, position + size, data_bytes)
    if kind not in OLD_BLOCKS and checksum != zlib.crc32(raw[2 : _covered(block)]) & 0xFFFF:
        raise source.damaged()
    return block


def _covered(block: Block) -> int:
    """The end of the checksum's range: a comment inside the header has its own checksum."""
    if block.type == MAIN and block.flags & MAIN_COMMENT:
        return MAIN_BYTES
    if block.type == FILE_BLOCK and block.flags & FILE_COMMENT:
        name_bytes = FILE.unpack_from(block.raw, BASE.size)[7]
        return FILE_NAME_AT + int(name_bytes) + (8 if block.flags & FILE_LARGE else 0)
    return len(block.raw)


def _take(source: HeaderSource, block: Block, listing: _PartialListing) -> None:
    if block.type == MAIN:
        if block.flags & MAIN_PASSWORD:
            raise EncryptedArchive(
                "it needs a password even to list its contents", path=source.path
            )
        if block.flags & MAIN_VOLUME:
            raise source.volume()
        if block.flags & MAIN_SOLID:
            listing.obstacle = "it is a solid RAR of version 4 or earlier"
        elif block.flags & MAIN_COMMENT:
            listing.obstacle = "it has a comment in the format of RAR 2"
    elif block.type == FILE_BLOCK:
        if block.flags & FILE_SPLIT:
            raise source.volume()
        source.require_count(len(listing.members) + 1)
        listing.members.append(_member(block, len(listing.members)))
        listing.obstacle = listing.obstacle or _obstacle(block)
    elif block.type == SERVICE:
        if listing.comment is None and not listing.members:
            listing.comment = _comment(source, block)
    elif block.type in OLD_BLOCKS:
        listing.obstacle = listing.obstacle or "it has blocks in the format of RAR 2"


def _member(block: Block, ordinal: int) -> RarMember:
    (packed, size, host, crc, _, version, method, name_bytes,
     attributes) = FILE.unpack_from(block.raw, BASE.size)  # fmt: skip
    name_at = FILE_NAME_AT
    if block.flags & FILE_LARGE:
        size += HIGH_SIZES.unpack_from(block.raw, name_at)[1] << 32
        packed = block.data_bytes
        name_at += HIGH_SIZES.size
    raw_name = block.raw[name_at : name_at + name_bytes]
    is_folder = block.flags & FILE_FOLDER == FILE_FOLDER or (
        version < FOLDERS_BY_FLAG_FROM and host != HOST_UNIX and attributes & DOS_FOLDER
    )
    kind = MemberKind.FILE
    if is_folder:
        kind = MemberKind.FOLDER
    elif host == HOST_UNIX and attributes & UNIX_TYPE == UNIX_LINK:
        kind = MemberKind.LINK
    return RarMember(
        ordinal,
        _name(raw_name, is_unicode=bool(block.flags & FILE_UNICODE)),
        kind,
        None if size == UNKNOWN_SIZE and not block.flags & FILE_LARGE else size,
        packed,
        block.data_offset,
        crc,
        method == METHOD_STORE,
        bool(block.flags & FILE_PASSWORD),
    )


def _obstacle(block: Block) -> str | None:
    if block.flags & FILE_SOLID:
        return "it is a solid RAR of version 4 or earlier"
    if block.flags & FILE_COMMENT:
        return "it has comments in the format of RAR 2"
    *_, version, method, _, _ = FILE.unpack_from(block.raw, BASE.size)
    if version < FIRST_KNOWN_VERSION and method != METHOD_STORE:
        return "it was compressed by RAR 2 or earlier"
    return None


def _comment(source: HeaderSource, block: Block) -> PackedComment | None:
    packed, size, _, _, _, _, method, name_bytes, flags = FILE.unpack_from(block.raw, BASE.size)
    name_at = FILE_NAME_AT + (HIGH_SIZES.size if block.flags & FILE_LARGE else 0)
    if block.raw[name_at : name_at + name_bytes] != b"CMT" or flags & OF_A_FILE:
        return None
    if block.flags & FILE_PASSWORD or max(packed, size) > MAX_COMMENT_BYTES:
        return None
    data = source.data(block.data_offset, packed)
    is_utf16 = bool(flags & COMMENT_IS_UTF16)
    return PackedComment(block.raw, data, size, method == METHOD_STORE, is_utf16)


def _name(raw: bytes, *, is_unicode: bool) -> str:
    plain, zero, packed = raw.partition(b"\0")
    if not is_unicode:
        return decoded_name(raw, 0)
    if not zero:
        return raw.decode("utf-8", "replace").replace("\\", "/")
    return _unpacked_name(plain, packed).replace("\\", "/")


def _unpacked_name(plain: bytes, packed: bytes) -> str:
    """A name in RAR's encoding: UTF-16, stored as differences from the plain name.

    Two bits per character select: one byte, one byte and the shared high byte, two bytes, or a
    run of the plain name (with its high bit set: shifted, and with the shared high byte).
    """
    units: list[int] = []
    rest = iter(packed)
    try:
        high = next(rest) << 8
        flags = left = 0
        while True:
            if left == 0:
                flags, left = next(rest), 8
            left -= 2
            way = flags >> left & 3
            value = next(rest)
            if way == 0:
                units.append(value)
            elif way == 1:
                units.append(value | high)
            elif way == 2:
                units.append(value | next(rest) << 8)
            else:
                shift, above = (next(rest), high) if value & 0x80 else (0, 0)
                run = plain[len(units) : len(units) + (value & 0x7F) + 2]
                units.extend((byte + shift & 0xFF) | above for byte in run)
    except StopIteration:  # the packing has no end mark
        data = b"".join(unit.to_bytes(2, "little") for unit in units)
        return data.decode("utf-16-le", "replace")

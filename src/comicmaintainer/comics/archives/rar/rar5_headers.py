"""Parses the headers of RAR version 5: numbers of variable length, a 32-bit checksum.

Source of the format: www.rarlab.com/technote.htm.
"""

from __future__ import annotations

import zlib

from comicmaintainer.comics.archives.rar.rar_listing import (
    MAX_COMMENT_BYTES,
    HeaderSource,
    MemberKind,
    PackedComment,
    RarListing,
    RarMember,
)
from comicmaintainer.errors import EncryptedArchive

MAIN, FILE, SERVICE, ENCRYPTION, END = 1, 2, 3, 4, 5
WITH_EXTRA, WITH_DATA, SPLIT = 0x01, 0x02, 0x18
MAIN_VOLUME = 0x01
IS_FOLDER, WITH_TIME, WITH_CRC, SIZE_UNKNOWN = 0x01, 0x02, 0x04, 0x08
EXTRA_ENCRYPTION, EXTRA_VERSION, EXTRA_REDIRECTION = 0x01, 0x04, 0x05
HARD_LINK, FILE_COPY = 4, 5
METHOD_SHIFT, METHOD_MASK = 7, 7
MAX_HEADER_BYTES = 2 << 20
MAX_NUMBER_BYTES = 10
PREFIX_BYTES = 4 + 3  # the checksum, and the longest encoding of a header's size


class _Numbers:
    """Reads the fields of a header in order."""

    def __init__(self, source: HeaderSource, raw: bytes, position: int = 0) -> None:
        self._source = source
        self._raw = raw
        self.position = position

    def number(self) -> int:
        value = 0
        for count in range(MAX_NUMBER_BYTES):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << 7 * count
            if byte < 0x80:
                return value
        raise self._source.damaged()

    def take(self, length: int) -> bytes:
        data = self._raw[self.position : self.position + length]
        if len(data) < length:
            raise self._source.damaged()
        self.position += length
        return data


def list_rar5(source: HeaderSource, position: int) -> RarListing:
    """List an archive whose first header is at `position`.

    Raises:
        As `read_listing`.
    """
    members: list[RarMember] = []
    comment: PackedComment | None = None
    while True:
        raw, body_at = _header_at(source, position)
        fields = _Numbers(source, raw, body_at)
        kind, flags = fields.number(), fields.number()
        extra_bytes = fields.number() if flags & WITH_EXTRA else 0
        data_bytes = fields.number() if flags & WITH_DATA else 0
        data_at = position + len(raw)
        if extra_bytes > len(raw) - fields.position:
            raise source.damaged()
        extra = raw[len(raw) - extra_bytes :]
        if kind == END:
            return RarListing(tuple(members), comment)
        if kind == ENCRYPTION:
            raise EncryptedArchive(
                "it needs a password even to list its contents", path=source.path
            )
        if flags & SPLIT or (kind == MAIN and fields.number() & MAIN_VOLUME):
            raise source.volume()
        if kind == FILE:
            source.require_count(len(members) + 1)
            members.append(_member(source, fields, extra, data_at, data_bytes, len(members)))
        elif kind == SERVICE and comment is None:
            comment = _comment(source, fields, raw, data_at, data_bytes)
        position = data_at + data_bytes
        if position > source.size_bytes:
            raise source.cut_off()


def _header_at(source: HeaderSource, position: int) -> tuple[bytes, int]:
    """The header's bytes, checked against its checksum, and the position of its type in them."""
    left = source.size_bytes - position
    if left < PREFIX_BYTES:
        raise source.cut_off()
    prefix = source.header(position, PREFIX_BYTES)
    length = _Numbers(source, prefix, 4)
    size = length.number()
    if not 0 < size <= MAX_HEADER_BYTES:
        raise source.damaged()
    raw = source.header(position, length.position + size)
    if int.from_bytes(raw[:4], "little") != zlib.crc32(raw[4:]):
        raise source.damaged()
    return raw, length.position


def _member(
    source: HeaderSource,
    fields: _Numbers,
    extra: bytes,
    data_at: int,
    data_bytes: int,
    ordinal: int,
) -> RarMember:
    flags, size, _ = fields.number(), fields.number(), fields.number()
    if flags & WITH_TIME:
        fields.take(4)
    crc = int.from_bytes(fields.take(4), "little") if flags & WITH_CRC else None
    method = fields.number() >> METHOD_SHIFT & METHOD_MASK
    fields.number()  # the system it was packed on
    name = fields.take(fields.number()).decode("utf-8", "replace").replace("\\", "/")
    kind = MemberKind.FOLDER if flags & IS_FOLDER else MemberKind.FILE
    copy_of = ""
    is_encrypted = False
    for record, content in _extra_records(source, extra):
        if record == EXTRA_ENCRYPTION:
            is_encrypted = True
        elif record == EXTRA_VERSION:
            content.number()
            name = f"{name};{content.number()}"
        elif record == EXTRA_REDIRECTION:
            way = content.number()
            content.number()
            target = content.take(content.number()).decode("utf-8", "replace")
            kind = MemberKind.COPY if way in (HARD_LINK, FILE_COPY) else MemberKind.LINK
            copy_of = target.replace("\\", "/") if kind is MemberKind.COPY else ""
    return RarMember(
        ordinal,
        name,
        kind,
        None if flags & SIZE_UNKNOWN else size,
        data_bytes,
        data_at,
        crc,
        method == 0,
        is_encrypted,
        copy_of,
    )


def _extra_records(source: HeaderSource, extra: bytes) -> list[tuple[int, _Numbers]]:
    records = []
    fields = _Numbers(source, extra)
    while fields.position < len(extra):
        size = fields.number()
        content = _Numbers(source, fields.take(size))
        if size:
            records.append((content.number(), content))
    return records


def _comment(
    source: HeaderSource, fields: _Numbers, raw: bytes, data_at: int, data_bytes: int
) -> PackedComment | None:
    flags, size, _ = fields.number(), fields.number(), fields.number()
    fields.take(4 * bool(flags & WITH_TIME) + 4 * bool(flags & WITH_CRC))
    method = fields.number() >> METHOD_SHIFT & METHOD_MASK
    fields.number()
    name = fields.take(fields.number())
    if name != b"CMT" or max(data_bytes, size) > MAX_COMMENT_BYTES:
        return None
    return PackedComment(raw, source.data(data_at, data_bytes), size, method == 0)

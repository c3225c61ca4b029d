"""ZIPs of any shape, member by member: doubled names, headers that disagree, wrong offsets."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import Image

FLAG_DESCRIPTOR = 0x0008
FLAG_UTF8 = 0x0800


def picture(number: int) -> bytes:
    """A small page that differs from every other number's."""
    buffer = io.BytesIO()
    colour = (number * 37 % 256, number * 91 % 256, number % 256)
    Image.new("RGB", (6 + number % 5, 8), colour).save(buffer, "PNG")
    return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class DrawnMember:
    """A member as it is to stand in the file; `local_name` is that of its local header.

    `offset_of` is the index of the member whose header the directory names instead, `skew` is
    added to that offset. Without `listed` the directory has no record of it.
    """

    name: bytes
    content: bytes
    local_name: bytes | None = None
    flags: int = 0
    local_flags: int | None = None
    is_deflated: bool = False
    has_descriptor: bool = False
    has_stale_header: bool = False
    offset_of: int | None = None
    skew: int = 0
    listed: bool = True

    def plain(self) -> DrawnMember:
        """The same member where the directory is right about it."""
        return replace(self, offset_of=None, skew=0, listed=True)


def drawn_zip(
    members: Sequence[DrawnMember], comment: bytes = b"", repeated: Sequence[int] = ()
) -> bytes:
    """The archive; the directory lists the members at the indexes `repeated` twice."""
    body = b""
    offsets = []
    for member in members:
        offsets.append(len(body))
        body += _local(member)
    listed = [index for index, member in enumerate(members) if member.listed]
    records = []
    for index in (*listed, *repeated):
        target = members[index].offset_of
        at = offsets[index if target is None else target] + members[index].skew
        records.append(_record(members[index], at))
    listing = b"".join(records)
    end = struct.pack(
        "<4sHHHHIIH", b"PK\x05\x06", 0, 0, len(records), len(records), len(listing), len(body),
        len(comment),
    )  # fmt: skip
    return body + listing + end + comment


def _packed(member: DrawnMember) -> bytes:
    if not member.is_deflated:
        return member.content
    compressor = zlib.compressobj(6, zlib.DEFLATED, -15)
    return compressor.compress(member.content) + compressor.flush()


def _local(member: DrawnMember) -> bytes:
    data = _packed(member)
    crc = zlib.crc32(member.content)
    flags = member.flags if member.local_flags is None else member.local_flags
    facts = (crc, len(data), len(member.content))
    behind = b""
    if member.has_descriptor:
        flags |= FLAG_DESCRIPTOR
        behind = b"PK\x07\x08" + struct.pack("<III", *facts)
        facts = (0, 0, 0)
    elif member.has_stale_header:
        facts = (crc ^ 1, *facts[1:])
    name = member.name if member.local_name is None else member.local_name
    method = 8 if member.is_deflated else 0
    head = struct.pack(
        "<4sHHHHHIIIHH", b"PK\x03\x04", 20, flags, method, 0, 0x21, *facts, len(name), 0
    )
    return head + name + data + behind


def _record(member: DrawnMember, offset: int) -> bytes:
    data = _packed(member)
    flags = member.flags | (FLAG_DESCRIPTOR if member.has_descriptor else 0)
    return struct.pack(
        "<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", 20, 20, flags, 8 if member.is_deflated else 0, 0,
        0x21, zlib.crc32(member.content), len(data), len(member.content), len(member.name), 0, 0,
        0, 0, 0, offset,
    ) + member.name  # fmt: skip

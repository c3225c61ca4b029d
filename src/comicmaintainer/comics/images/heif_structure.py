"""Checks if a HEIF file (HEIC, AVIF) is complete, as far as possible without a decoder.

Its boxes must fill the file, and the data of its coded pictures must be inside it and have the
structure of their format.

ISO/IEC 14496-12 (boxes, `iloc`, `iinf`), ISO/IEC 14496-15 (HEVC in length-prefixed units), AV1
bitstream specification (open bitstream units).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"}
)
HEVC, AV1 = b"hvc1", b"av01"
CODED = frozenset({HEVC, AV1})
MAX_ITEMS = 65_536
IN_FILE, IN_BOX = 0, 1
FRAME_UNITS = frozenset({3, 6})


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    start: int  # of its content
    end: int


@dataclass(frozen=True, slots=True)
class _Place:
    """The place of an item's data: in the file or in the box `idat`, as (offset, length)."""

    method: int
    extents: tuple[tuple[int, int], ...]


def is_heif(content: bytes) -> bool:
    """Whether `content` begins like a HEIF file."""
    if content[4:8] != b"ftyp":
        return False
    end = min(int.from_bytes(content[:4], "big"), 4096)
    brands = {content[at : at + 4] for at in (8, *range(16, end, 4))}
    return not BRANDS.isdisjoint(brands)


def is_whole_heif(content: bytes) -> bool:
    """Whether `content` can be a complete HEIF image."""
    try:
        boxes = {box.kind: box for box in _boxes(content, 0, len(content))}
        if b"moov" in boxes and b"meta" not in boxes:  # a sequence without a still picture
            return b"mdat" in boxes and _has_content(content, boxes[b"mdat"])
        meta = boxes[b"meta"]
        inner = {box.kind: box for box in _boxes(content, meta.start + 4, meta.end)}
        kinds = dict(_items(content, inner[b"iinf"]))
        places = dict(_places(content, inner[b"iloc"]))
        coded = [item for item, kind in kinds.items() if kind in CODED]
        return bool(coded) and all(
            _is_packed(_data(content, places[item], inner), kinds[item]) for item in coded
        )
    except (ValueError, KeyError):
        return False


def _boxes(content: bytes, start: int, end: int) -> Iterator[_Box]:
    """The boxes that fill a range.

    Raises:
        ValueError: they don't.
    """
    while start < end:
        size = _number(content, start, 4)
        kind = content[start + 4 : start + 8]
        head = 8
        if size == 1:
            size, head = _number(content, start + 8, 8), 16
        box_end = end if size == 0 else start + size
        if box_end > end or box_end < start + head or not kind.isascii() or not kind.strip(b"\0"):
            raise ValueError("boxes that do not fill the file")
        yield _Box(kind, start + head, box_end)
        start = box_end


def _number(content: bytes, at: int, size: int) -> int:
    data = content[at : at + size]
    if len(data) < size:
        raise ValueError("cut off")
    return int.from_bytes(data, "big")


def _items(content: bytes, box: _Box) -> Iterator[tuple[int, bytes]]:
    """The numbers and kinds of the items."""
    version = content[box.start]
    width = 2 if version == 0 else 4
    count = _number(content, box.start + 4, width)
    for entry in _boxes(content, box.start + 4 + width, box.end):
        entry_version = content[entry.start]
        if entry.kind == b"infe" and entry_version >= 2:
            number_width = 2 if entry_version == 2 else 4
            number = _number(content, entry.start + 4, number_width)
            kind_at = entry.start + 4 + number_width + 2
            yield number, content[kind_at : kind_at + 4]
            count -= 1
    if count:
        raise ValueError("items that are missing")


def _places(content: bytes, box: _Box) -> Iterator[tuple[int, _Place]]:
    """The numbers and places of the items."""
    version = content[box.start]
    sizes = _number(content, box.start + 4, 2)
    offset_width, length_width, base_width = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_width = sizes & 15 if version in (1, 2) else 0
    number_width = 4 if version == 2 else 2
    at = box.start + 6
    count = _number(content, at, number_width)
    at += number_width
    if count > MAX_ITEMS:
        raise ValueError("too many items")
    for _ in range(count):
        number = _number(content, at, number_width)
        at += number_width
        method = 0
        if version in (1, 2):
            method = _number(content, at, 2) & 15
            at += 2
        at += 2  # the index of the file; other files are not read
        base = _number(content, at, base_width)
        at += base_width
        extents = []
        extent_count = _number(content, at, 2)
        at += 2
        for _ in range(extent_count):
            at += index_width
            offset = base + _number(content, at, offset_width)
            at += offset_width
            extents.append((offset, _number(content, at, length_width)))
            at += length_width
        if at > box.end:
            raise ValueError("places that are cut off")
        yield number, _Place(method, tuple(extents))


def _data(content: bytes, place: _Place, boxes: Mapping[bytes, _Box]) -> bytes:
    if place.method == IN_FILE:
        start, end = 0, len(content)
    elif place.method == IN_BOX:
        start, end = boxes[b"idat"].start, boxes[b"idat"].end
    else:
        raise ValueError("a coded picture that is made of others")
    parts = []
    for offset, length in place.extents:
        until = start + offset + length if length else end
        if until > end:
            raise ValueError("data beyond the end")
        parts.append(content[start + offset : until])
    return b"".join(parts)


def _is_packed(data: bytes, kind: bytes) -> bool:
    if kind == AV1:
        return _is_av1(data)
    return any(_is_hevc(data, width) for width in (4, 2, 1))


def _is_hevc(data: bytes, width: int) -> bool:
    """Whether all of the data are length-prefixed units."""
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + width], "big")
        if length < 3 or at + width + length > len(data) or data[at + width] & 0x80:
            return False
        at += width + length
    return at == len(data) > 0


def _is_av1(data: bytes) -> bool:
    """Whether all of the data are open bitstream units, with at least one frame."""
    at = 0
    has_frame = False
    while at < len(data):
        header = data[at]
        if header & 0x80 or header & 1:
            return False
        has_frame |= header >> 3 in FRAME_UNITS
        at += 2 if header & 4 else 1
        if not header & 2:
            return has_frame and at < len(data)  # the last unit may omit its size
        size = shift = 0
        while True:
            if at >= len(data) or shift > 56:
                return False
            byte = data[at]
            size |= (byte & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if not byte & 0x80:
                break
        at += size
    return has_frame and at == len(data)


def _has_content(content: bytes, box: _Box) -> bool:
    return len(set(content[box.start : box.end])) > 1

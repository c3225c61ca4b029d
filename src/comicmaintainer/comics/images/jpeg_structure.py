"""The structure of a JPEG: its segments, without the coded picture data between them.

Used by `decoding` to check a page without decoding its data. To libjpeg, wrong bits in coded data
are warnings, and it draws something for any of them. An error comes only from a segment, or from
data that end without a marker. So a JPEG whose data all end with a marker can be decoded if it can
be decoded without them.

Source: ITU-T T.81, annex B.
"""

from __future__ import annotations

import re

START, END, SCAN = 0xD8, 0xD9, 0xDA
PROGRESSIVE = 0xC2
FRAMES = frozenset({0xC0, 0xC1, PROGRESSIVE})
"""Baseline, extended and progressive, with Huffman coding. Other decoders can't skip data."""
OTHER_SEGMENTS = frozenset({0xC4, 0xDB, 0xDD, 0xFE, *range(0xE0, 0xF0)})
"""Tables, restart intervals, comments and application data."""
SAMPLE_HEIGHT_PX = 8
"""The least that can be decoded at an eighth of its size, as the whole picture is."""
MAX_SIDE_PX = 65_500
"""The most that libjpeg decodes."""
_HEIGHT = slice(5, 7)  # of a frame's segment
_END_OF_DATA = re.compile(rb"\xff[^\x00\xd0-\xd7]")  # a marker that is not a restart marker


def without_data(content: bytes) -> bytes | None:
    """Return the JPEG with all segments but no picture data, and only its first rows.

    It can be decoded exactly if the whole one can. None if that is not certain: the structure is
    unusual, or the JPEG is cut off.
    """
    if content[:2] != bytes((0xFF, START)):
        return None
    parts = [content[:2]]
    position = 2
    frames: list[int] = []
    while (head := content[position : position + 4])[:2] != bytes((0xFF, END)):
        if len(head) < 4 or head[0] != 0xFF:
            return None
        marker, end = head[1], position + 2 + int.from_bytes(head[2:])
        segment = content[position:end]
        if len(segment) < max(4, end - position):
            return None
        if marker in FRAMES:
            segment = _with_first_rows(segment)
            frames.append(marker)
        elif marker != SCAN and marker not in OTHER_SEGMENTS:
            return None
        parts.append(segment)
        position = end
        if marker == SCAN:
            marker_after = _END_OF_DATA.search(content, position)
            if marker_after is None:
                return None
            position = marker_after.start()
            if frames != [PROGRESSIVE] and content[position + 1] != END:
                return None  # several scans; how far decoders read depends on the first one's data
    parts.append(head[:2])
    return b"".join(parts) if len(frames) == 1 else None


def _with_first_rows(frame: bytes) -> bytes:
    height = int.from_bytes(frame[_HEIGHT])
    if SAMPLE_HEIGHT_PX < height <= MAX_SIDE_PX:
        height = SAMPLE_HEIGHT_PX
    return frame[: _HEIGHT.start] + height.to_bytes(2) + frame[_HEIGHT.stop :]

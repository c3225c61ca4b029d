"""Checks if a JPEG XL file is complete, as far as possible without a decoder.

Its boxes must fill the file, the headers of its codestream must be valid, and its frames, which
contain the sizes of their parts, must end with the codestream. Data after an ICC profile or a
permuted table can't be located without an entropy decoder; then only the headers are checked.

ISO/IEC 18181-1 (codestream) and 18181-2 (boxes).
"""

from __future__ import annotations

from dataclasses import dataclass

from comicmaintainer.comics.images.bit_reader import BitReader

CODESTREAM = b"\xff\x0a"
CONTAINER = b"\0\0\0\x0cJXL \r\n\x87\n"
LAST_PART = 1 << 31
MAX_EXTRA_CHANNELS = 256
MAX_FRAMES = 100_000
MIN_FRAME_BYTES = 2  # of data: fewer can't contain a picture

REGULAR, LF_FRAME, REFERENCE_ONLY, SKIP_PROGRESSIVE = range(4)
VARDCT, MODULAR = range(2)
USES_LF_FRAME = 0x20
GREY, XYB = 1, 2
CUSTOM = 2
REPLACE, BLEND, _, WEIGHTED_ADD, MULTIPLY = range(5)
WHITE_POINTS = frozenset({1, CUSTOM, 10, 11})
PRIMARIES = frozenset({1, CUSTOM, 9, 11})
TRANSFERS = frozenset({1, 2, 8, 13, 16, 17, 18})
EXTRA_TYPES = frozenset({*range(7), 15, 16})
ENUM = ((0, 0), (1, 0), (2, 4), (18, 6))
SIZE = ((1, 9), (1, 13), (1, 18), (1, 30))
NAME_LENGTH = ((0, 0), (0, 4), (16, 5), (48, 10))
CROP = ((0, 8), (256, 11), (2304, 14), (18688, 30))
TOC_ENTRY = ((0, 10), (1024, 14), (17408, 22), (4211712, 30))


class NotWhole(ValueError):
    """The file is not a complete JPEG XL image. Internal: `is_whole_jxl` returns False."""


class NotFollowed(Exception):
    """The rest can't be read without a decoder. Internal: `is_whole_jxl` looks no further."""


def is_whole_jxl(content: bytes) -> bool:
    """Whether `content` can be a complete JPEG XL image."""
    try:
        codestream = _codestream(content)
    except ValueError:
        return False
    bits = BitReader(codestream)
    try:
        _check_codestream(bits, codestream)
    except NotFollowed:
        return len(set(codestream[bits.position >> 3 :])) > 1
    except ValueError:
        return False
    return True


# --- boxes ---------------------------------------------------------------------------------------


def _codestream(content: bytes) -> bytes:
    if content.startswith(CODESTREAM):
        return content
    if not content.startswith(CONTAINER):
        raise NotWhole
    parts: list[tuple[int, bytes]] = []
    whole: list[bytes] = []
    position = 0
    while position < len(content):
        size = int.from_bytes(content[position : position + 4], "big")
        kind = content[position + 4 : position + 8]
        head = 8
        if size == 1:
            size, head = int.from_bytes(content[position + 8 : position + 16], "big"), 16
        end = len(content) if size == 0 else position + size
        if end > len(content) or end < position + head or not kind.isascii():
            raise NotWhole
        if kind == b"jxlc":
            whole.append(content[position + head : end])
        elif kind == b"jxlp":
            number = int.from_bytes(content[position + head : position + head + 4], "big")
            parts.append((number, content[position + head + 4 : end]))
        position = end
    if parts:
        numbers = [number for number, _ in parts]
        expected = [*range(len(parts) - 1), len(parts) - 1 | LAST_PART]
        if numbers != expected:
            raise NotWhole
        whole.append(b"".join(data for _, data in parts))
    if len(whole) != 1:
        raise NotWhole
    return whole[0]


# --- headers of the image ------------------------------------------------------------------------


@dataclass(slots=True)
class _Image:
    """The facts of the image that its frames depend on."""

    width: int
    height: int
    is_xyb: bool = True
    extra_channels: int = 0
    has_preview: bool = False
    preview: tuple[int, int] = (0, 0)
    has_animation: bool = False
    has_timecodes: bool = False


def _check_codestream(bits: BitReader, data: bytes) -> None:
    if not data.startswith(CODESTREAM):
        raise NotWhole
    bits.skip(16)
    image = _image_header(bits)
    if image.has_preview:
        _check_frame(bits, data, image, *image.preview, is_preview=True)
    for _ in range(MAX_FRAMES):
        if _check_frame(bits, data, image, image.width, image.height):
            break
    else:
        raise NotWhole
    if bits.position != 8 * len(data):
        raise NotWhole


def _size(bits: BitReader) -> tuple[int, int]:
    is_small = bits.flag()
    height = 8 * (1 + bits.u(5)) if is_small else bits.u32(*SIZE)
    ratio = bits.u(3)
    if ratio:
        return _by_ratio(height, ratio), height
    return (8 * (1 + bits.u(5)) if is_small else bits.u32(*SIZE)), height


def _preview_size(bits: BitReader) -> tuple[int, int]:
    is_small = bits.flag()

    def side() -> int:
        if is_small:
            return 8 * bits.u32((16, 0), (32, 0), (1, 5), (33, 9))
        return bits.u32((1, 6), (65, 8), (321, 10), (1345, 12))

    height = side()
    ratio = bits.u(3)
    return (_by_ratio(height, ratio) if ratio else side()), height


def _by_ratio(height: int, ratio: int) -> int:
    numerator, denominator = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))[ratio - 1]
    return height * numerator // denominator


def _image_header(bits: BitReader) -> _Image:
    image = _Image(*_size(bits))
    wants_icc = False
    if not bits.flag():
        has_extra_fields = bits.flag()
        if has_extra_fields:
            bits.skip(3)  # orientation
            if bits.flag():
                _size(bits)
            image.has_preview = bits.flag()
            if image.has_preview:
                image.preview = _preview_size(bits)
            image.has_animation = bits.flag()
            if image.has_animation:
                image.has_timecodes = _animation(bits)
        _bit_depth(bits)
        bits.skip(1)  # whether 16 bits are enough for modular buffers
        image.extra_channels = bits.u32((0, 0), (1, 0), (2, 4), (1, 12))
        if image.extra_channels > MAX_EXTRA_CHANNELS:
            raise NotWhole
        for _ in range(image.extra_channels):
            _extra_channel(bits)
        image.is_xyb = bits.flag()
        wants_icc = _colours(bits)
        if has_extra_fields and not bits.flag():
            bits.skip(16 + 16 + 1 + 16)  # tone mapping
        _extensions(bits)
    _transform(bits, is_xyb=image.is_xyb)
    if wants_icc:
        raise NotFollowed
    bits.to_byte()
    return image


def _animation(bits: BitReader) -> bool:
    bits.u32((100, 0), (1000, 0), (1, 10), (1, 30))
    bits.u32((1, 0), (1001, 0), (1, 8), (1, 10))
    bits.u32((0, 0), (0, 3), (0, 16), (0, 32))
    return bits.flag()


def _bit_depth(bits: BitReader) -> None:
    is_float = bits.flag()
    if not is_float:
        depth = bits.u32((8, 0), (10, 0), (12, 0), (1, 6))
        if depth > 31:
            raise NotWhole
        return
    depth = bits.u32((32, 0), (16, 0), (24, 0), (1, 6))
    exponent = 1 + bits.u(4)
    if not 2 <= depth - exponent - 1 <= 23 or not 2 <= exponent <= 8:
        raise NotWhole


def _enum(bits: BitReader, allowed: frozenset[int]) -> int:
    value = bits.u32(*ENUM)
    if value not in allowed:
        raise NotWhole
    return value


def _extra_channel(bits: BitReader) -> None:
    if bits.flag():
        return
    kind = _enum(bits, EXTRA_TYPES)
    _bit_depth(bits)
    bits.u32((0, 0), (3, 0), (4, 0), (1, 3))
    bits.skip(8 * bits.u32(*NAME_LENGTH))
    if kind == 0:
        bits.skip(1)
    elif kind == 2:
        bits.skip(4 * 16)
    elif kind == 5:
        bits.u32((1, 0), (0, 2), (3, 4), (19, 8))


def _colours(bits: BitReader) -> bool:
    """Read the colour encoding; True if an ICC profile follows the headers."""
    if bits.flag():
        return False
    wants_icc = bits.flag()
    space = _enum(bits, frozenset(range(4)))
    if wants_icc:
        return True
    if space != XYB:
        if _enum(bits, WHITE_POINTS) == CUSTOM:
            _chromaticity(bits)
        if space != GREY and _enum(bits, PRIMARIES) == CUSTOM:
            for _ in range(3):
                _chromaticity(bits)
        if bits.flag():
            bits.skip(24)  # gamma
        else:
            _enum(bits, TRANSFERS)
    _enum(bits, frozenset(range(4)))  # rendering intent
    return False


def _chromaticity(bits: BitReader) -> None:
    for _ in range(2):
        bits.u32((0, 19), (524288, 19), (1048576, 20), (2097152, 21))


def _extensions(bits: BitReader) -> None:
    extensions = bits.u64()
    sizes = [bits.u64() for number in range(64) if extensions >> number & 1]
    for size in sizes:
        bits.skip(size)


def _transform(bits: BitReader, *, is_xyb: bool) -> None:
    if bits.flag():
        return
    if is_xyb and not bits.flag():
        bits.skip(16 * 16)
    weights = bits.u(3)
    for number, count in enumerate((15, 55, 210)):
        if weights >> number & 1:
            bits.skip(16 * count)


# --- frames --------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Frame:
    """The fields of a frame's header that the sizes of its parts depend on."""

    kind: int = REGULAR
    encoding: int = VARDCT
    upsampling: int = 1
    group_shift: int = 1
    passes: int = 1
    lf_level: int = 0
    is_last: bool = True
    width: int = 0
    height: int = 0


def _check_frame(
    bits: BitReader,
    data: bytes,
    image: _Image,
    width: int,
    height: int,
    *,
    is_preview: bool = False,
) -> bool:
    """Skip one frame; True if it is the last one."""
    bits.to_byte()
    frame = _frame_header(bits, image, width, height, is_preview=is_preview)
    if bits.flag():
        raise NotFollowed  # a permuted table of contents
    bits.to_byte()
    sizes = [bits.u32(*TOC_ENTRY) for _ in range(_parts(frame))]
    start = bits.to_byte()
    if sum(sizes) < MIN_FRAME_BYTES or start + sum(sizes) > len(data):
        raise NotWhole
    bits.skip(8 * sum(sizes))
    return frame.is_last and frame.kind not in (LF_FRAME, REFERENCE_ONLY)


def _parts(frame: _Frame) -> int:
    scale = frame.upsampling << (3 * frame.lf_level)
    width, height = -(-frame.width // scale), -(-frame.height // scale)
    side = 128 << frame.group_shift
    groups = -(-width // side) * -(-height // side)
    lf_groups = -(-width // (8 * side)) * -(-height // (8 * side))
    if groups * frame.passes > 1 << 24:
        raise NotWhole
    if groups == 1 and frame.passes == 1:
        return 1
    return 2 + lf_groups + groups * frame.passes


def _frame_header(
    bits: BitReader, image: _Image, width: int, height: int, *, is_preview: bool
) -> _Frame:
    frame = _Frame(width=width, height=height)
    if bits.flag():
        return frame
    frame.kind, frame.encoding = bits.u(2), bits.u(1)
    flags = bits.u64()
    uses_lf_frame = bool(flags & USES_LF_FRAME)
    if not image.is_xyb and bits.flag() and not uses_lf_frame:
        bits.skip(6)  # upsampling of YCbCr
    if not uses_lf_frame:
        frame.upsampling = bits.u32((1, 0), (2, 0), (4, 0), (8, 0))
        for _ in range(image.extra_channels):
            bits.skip(2)
    if frame.encoding == MODULAR:
        frame.group_shift = bits.u(2)
    elif image.is_xyb:
        bits.skip(6)
    if frame.kind != REFERENCE_ONLY:
        frame.passes = _passes(bits)
    if frame.kind == LF_FRAME:
        frame.lf_level = 1 + bits.u(2)
    is_part = False
    if frame.kind != LF_FRAME and bits.flag():
        is_part = _crop(bits, frame, width, height)
    _blending(bits, image, frame, is_part=is_part, is_preview=is_preview)
    bits.skip(8 * bits.u32(*NAME_LENGTH))
    _restoration(bits, frame)
    _extensions(bits)
    return frame


def _passes(bits: BitReader) -> int:
    count = bits.u32((1, 0), (2, 0), (3, 0), (4, 3))
    if count > 1:
        downsamplings = bits.u32((0, 0), (1, 0), (2, 0), (3, 1))
        if downsamplings >= count:
            raise NotWhole
        bits.skip(2 * (count - 1))
        bits.skip(2 * downsamplings)
        for _ in range(downsamplings):
            bits.u32((0, 0), (1, 0), (2, 0), (0, 3))
    return count


def _crop(bits: BitReader, frame: _Frame, width: int, height: int) -> bool:
    """Read the frame's place and size; True if it does not cover the image."""
    left = top = 0
    if frame.kind != REFERENCE_ONLY:
        left, top = (_signed(bits.u32(*CROP)) for _ in range(2))
    frame.width, frame.height = bits.u32(*CROP), bits.u32(*CROP)
    if not frame.width or not frame.height:
        raise NotWhole
    covers = left <= 0 and top <= 0 and left + frame.width >= width and top + frame.height >= height
    return not covers


def _signed(packed: int) -> int:
    return -(packed + 1 >> 1) if packed & 1 else packed >> 1


def _blending(
    bits: BitReader, image: _Image, frame: _Frame, *, is_part: bool, is_preview: bool
) -> None:
    """Read the frame's blending, its duration, and whether it is the last."""
    is_normal = frame.kind in (REGULAR, SKIP_PROGRESSIVE)
    mode = duration = reference = 0
    if is_normal:
        mode = _blending_of(bits, image, is_part=is_part)
        for _ in range(image.extra_channels):
            _blending_of(bits, image, is_part=is_part)
        if image.has_animation and not is_preview:
            duration = bits.u32((0, 0), (1, 0), (0, 8), (0, 32))
            if image.has_timecodes:
                bits.skip(32)
        frame.is_last = bits.flag()
    else:
        frame.is_last = False
    if frame.kind != LF_FRAME and not frame.is_last:
        reference = bits.u(2)
    can_be_referenced = (
        not frame.is_last and frame.kind != LF_FRAME and (duration == 0 or reference != 0)
    )
    resets = is_normal and mode == REPLACE and not is_part
    if frame.kind == REFERENCE_ONLY or (resets and can_be_referenced):
        bits.skip(1)


def _blending_of(bits: BitReader, image: _Image, *, is_part: bool) -> int:
    mode = bits.u32((0, 0), (1, 0), (2, 0), (3, 2))
    if mode > MULTIPLY:
        raise NotWhole
    if image.extra_channels and mode in (BLEND, WEIGHTED_ADD):
        bits.u32((0, 0), (1, 0), (2, 0), (3, 3))
    if image.extra_channels and mode in (BLEND, WEIGHTED_ADD, MULTIPLY):
        bits.skip(1)
    if mode != REPLACE or is_part:
        bits.skip(2)
    return mode


def _restoration(bits: BitReader, frame: _Frame) -> None:
    if bits.flag():
        return
    if bits.flag() and bits.flag():
        bits.skip(6 * 16)
    if bits.u(2):
        if frame.encoding == VARDCT and bits.flag():
            bits.skip(8 * 16)
        if bits.flag():
            bits.skip(3 * 16 + 32)
        if bits.flag():
            bits.skip((16 if frame.encoding == VARDCT else 0) + 3 * 16)
        if frame.encoding == MODULAR:
            bits.skip(16)
    _extensions(bits)

"""Probes, checks, shrinks and recodes page images within bounds. Besides the PDF reader, only this
module uses Pillow's decoders.

Only formats that comics use are tried, so that hostile bytes never reach an exotic decoder.
Imported on the worker's side only, to keep Pillow out of the web worker.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError, features

from comicmaintainer.comics.archives.inner_comics import inner_comics, require_pages
from comicmaintainer.comics.archives.reader import open_archive
from comicmaintainer.comics.images import heif_structure, jxl_structure
from comicmaintainer.comics.images.decoding_memory import (
    available_bytes,
    avif_encoding_bytes,
    decode_smaller,
    decoding_bytes,
)
from comicmaintainer.comics.images.image_headers import HEAD_BYTES, read_header
from comicmaintainer.comics.images.jpeg_structure import without_data
from comicmaintainer.comics.images.model import (
    ImageFacts,
    ImagePicture,
    PageCodec,
    RecodedPage,
)
from comicmaintainer.comics.images.pixel_depth import full_scale, has_more_than_8_bits, in_8_bits
from comicmaintainer.comics.images.webp_decoder import decoded, is_webp, picture_size
from comicmaintainer.errors import (
    DamagedArchive,
    HostileArchive,
    TooCostly,
    UnsupportedArchive,
    about,
)

MAX_PIXELS = 80_000_000  # a double page scanned at 600 dpi has 70 million
MAX_PAGE_BYTES = 256 << 20
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "JPEG2000", "AVIF")
FORMAT_FEATURES = {"WEBP": "webp", "JPEG2000": "jpg_2000", "AVIF": "avif"}
HASH_SIDE = 8
HASH_STEP = 2  # of 255
THUMBNAIL_QUALITY = 80
WEBP_METHOD = 4
AVIF_SPEED = 6  # of 10; slower ones gain little
GREY_MODES = frozenset({"1", "L", "LA"})
RECODED_MODES = GREY_MODES | {"P", "PA", "RGB", "RGBA"}
_PROFILE_SPACE = slice(16, 20)  # of an ICC profile's header: its colour space


def probe_image(content: bytes, *, name: str = "image") -> ImageFacts:
    """Format and size from the header, without decoding.

    Raises:
        DamagedArchive: it is not an image.
        HostileArchive: it has more than `MAX_PIXELS`.
        UnsupportedArchive: a format that can't be decoded here.
    """
    with _opened(content, name, at_least=(1, 1)) as opened:
        return opened.facts


def check_image(content: bytes, *, name: str = "image") -> ImageFacts:
    """Find any damage that keeps the image from being decoded.

    A JPEG is decoded without its data if they end where they should; any other image as a whole,
    at the smallest size of its format.

    Raises:
        As `probe_image`; DamagedArchive also if the image is cut off.
        TooCostly: decoding it needs too much memory.
    """
    with _opened(content, name, at_least=(1, 1)) as opened:
        sample = without_data(content) if opened.facts.format == "jpeg" else None
        if sample is None:
            opened.image.load()
        else:
            with _opened(sample, name, at_least=(1, 1)) as first_rows:
                first_rows.image.load()
        return opened.facts


def thumbnail(
    content: bytes, *, max_side_px: int, max_width_px: int | None = None, name: str = "image"
) -> bytes:
    """The image as WebP (JPEG if Pillow lacks WebP) that fits a square of `max_side_px`.

    `max_width_px` limits the width further.

    Raises:
        As `check_image`.
    """
    box_px = (max_width_px or max_side_px, max_side_px)
    # Several formats can be decoded at a fraction of their size, four to eight times faster.
    at_least = _fitting(content, (box_px[0] * 2, box_px[1] * 2))
    with _opened(content, name, mode="RGB", at_least=at_least) as opened:
        white = full_scale(opened.image)
        ImageOps.exif_transpose(opened.image, in_place=True)
        small = in_8_bits(opened.image, white)
        small = small if small.mode == "RGB" else small.convert("RGB")
        small.thumbnail(box_px, Image.Resampling.LANCZOS)
    return _encoded(small, PageCodec.WEBP, THUMBNAIL_QUALITY, name=name)


def _fitting(content: bytes, box_px: tuple[int, int]) -> tuple[int, int]:
    """The largest size of the image that fits `box_px`, upright or turned; the box if unknown."""
    header = read_header(content[:HEAD_BYTES])
    if header is None or not header.width or not header.height:
        return box_px
    width, height = header.width, header.height
    upright = min(box_px[0] / width, box_px[1] / height)
    turned = min(box_px[0] / height, box_px[1] / width)
    share = max(upright, turned)
    return math.ceil(width * share), math.ceil(height * share)


def page_thumbnail(path: Path, *, max_side_px: int, number: int = 0) -> bytes:
    """A thumbnail of one page of the comic at `path`; `number` counts from 0 in reading order.

    Raises:
        EmptyArchive, HoldsComics: it has no pages.
        As `check_image` and `open_archive`.
    """
    with open_archive(path) as archive:
        if not archive.pages:
            require_pages(path, 0, inner_comics(archive))
        page = archive.pages[number]
        content = archive.read(page, MAX_PAGE_BYTES)
    with about(path):
        return thumbnail(content, max_side_px=max_side_px, name=page.name)


def recode(
    content: bytes, codec: PageCodec, *, quality: int, name: str = "image"
) -> RecodedPage | None:
    """The page in `codec` at `quality` (1 to 100), or None if that is not smaller.

    Also None for a page that `codec` can't represent: animation, more than 8 bits per value, CMYK,
    a profile that doesn't fit, a side that is too long, for JPEG also transparency; and for one
    that needs too much memory.

    Raises:
        As `check_image`.
    """
    try:
        return _recoded(content, codec, quality, name)
    except TooCostly:
        return None


def _recoded(content: bytes, codec: PageCodec, quality: int, name: str) -> RecodedPage | None:
    with _opened(content, name) as opened:
        image = opened.image
        if not _is_plain(image, content) or max(image.size) > codec.max_side_px:
            return None
        has_alpha = image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info
        if has_alpha and codec is PageCodec.JPEG:
            return None
        mode = "RGBA" if has_alpha else "L" if image.mode in GREY_MODES else "RGB"
        profile = _own_profile(image)
        is_grey = mode == "L" and codec is PageCodec.JPEG  # the others have no greyscale
        if profile and image.mode in GREY_MODES and not is_grey:
            return None
        if codec is PageCodec.AVIF and avif_encoding_bytes(*image.size) > available_bytes():
            return None
        ImageOps.exif_transpose(image, in_place=True)
        upright = image if image.mode == mode else image.convert(mode)
    try:
        recoded = _encoded(upright, codec, quality, profile, name=name)
    except UnsupportedArchive:
        return None
    if len(recoded) >= len(content):
        return None
    return RecodedPage(recoded, codec.suffix, *upright.size)


def _is_plain(image: Image.Image, content: bytes) -> bool:
    """True for a single picture with 8 bits per value, in colours that every format supports."""
    return (
        getattr(image, "n_frames", 1) == 1
        and image.mode in RECODED_MODES
        and not has_more_than_8_bits(image, content)
    )


def _own_profile(image: Image.Image) -> bytes | None:
    """The image's colour profile, if it is for the image's colour space; viewers ignore others."""
    profile: bytes = image.info.get("icc_profile") or b""
    space = b"GRAY" if image.mode in GREY_MODES else b"RGB "
    return profile if profile[_PROFILE_SPACE] == space else None


def image_picture(content: bytes, *, name: str = "image") -> ImagePicture:
    """A 64-bit perceptual hash: the brighter of each two neighbours in a 9 by 8 grey picture.

    Recoded, resized or slightly cropped copies of a picture differ in few bits. Algorithm: dHash,
    Neal Krawetz, "Kind of Like That", hackerfactor.com, 2013; with a minimum step, so that blank
    areas hash to zeros instead of the encoder's noise.

    Raises:
        As `check_image`.
    """
    side_px = HASH_SIDE * 16
    with _opened(content, name, mode="L", at_least=(side_px, side_px)) as opened:
        image, width, height = opened.image, opened.facts.width, opened.facts.height
        white = full_scale(image)
        grey = (
            in_8_bits(image, white)
            .convert("L")
            .resize((HASH_SIDE + 1, HASH_SIDE), Image.Resampling.BOX)
        )
        pixels = grey.tobytes()
    value = 0
    for row in range(HASH_SIDE):
        start = row * (HASH_SIDE + 1)
        for column in range(start, start + HASH_SIDE):
            value = value << 1 | (pixels[column] > pixels[column + 1] + HASH_STEP)
    return ImagePicture(value, width, height)


def grey_picture(content: bytes, *, side_px: int, name: str = "image") -> Image.Image:
    """The image in 8-bit grey, upright, with sides of at least `side_px` if it is that large.

    Raises:
        As `check_image`.
    """
    with _opened(content, name, mode="L", at_least=(side_px, side_px)) as opened:
        white = full_scale(opened.image)
        ImageOps.exif_transpose(opened.image, in_place=True)
        return in_8_bits(opened.image, white).convert("L")


@dataclass(frozen=True, slots=True)
class _Opened:
    """An image ready for decoding, perhaps at reduced size, and the facts of its header."""

    image: Image.Image
    facts: ImageFacts


@contextmanager
def _opened(
    content: bytes,
    name: str,
    *,
    mode: str | None = None,
    at_least: tuple[int, int] | None = None,
) -> Iterator[_Opened]:
    """Open an image that can be decoded within the available memory.

    With `at_least`, the image may be reduced to any size that is not smaller. `mode` is the mode
    to convert it to later; the image may have it already if that is faster.

    Raises:
        DamagedArchive, HostileArchive, UnsupportedArchive, TooCostly.
    """
    formats = [
        one for one in FORMATS if one not in FORMAT_FEATURES or features.check(FORMAT_FEATURES[one])
    ]
    try:
        webp = _scaled_webp(content, name, at_least) if at_least and is_webp(content) else None
        if webp is not None:
            yield webp
            return
        with Image.open(io.BytesIO(content), formats=formats) as image:
            facts = ImageFacts((image.format or "").lower(), image.width, image.height)
            _require_size(facts, name)
            if at_least is not None:
                decode_smaller(image, content, mode, at_least)
            _require_memory(image, facts, mode, name)
            yield _Opened(image, facts)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise HostileArchive("it has too many pixels to decode", member=name) from error
    except UnidentifiedImageError as error:
        if _is_known_but_not_decodable(content):
            raise UnsupportedArchive("its format can't be decoded here", member=name) from error
        raise DamagedArchive("it is not an image", member=name) from error
    # Pillow's decoders raise all of these for damaged images.
    except (OSError, SyntaxError, ValueError, IndexError, EOFError, TypeError, KeyError) as error:
        raise DamagedArchive(f"its image data are damaged ({error})", member=name) from error


def _scaled_webp(content: bytes, name: str, at_least: tuple[int, int]) -> _Opened | None:
    size = picture_size(content)
    if size is None:
        return None
    facts = ImageFacts("webp", *size)
    _require_size(facts, name)
    share = min(1.0, max(at_least[0] / size[0], at_least[1] / size[1]))
    scaled = (max(1, round(size[0] * share)), max(1, round(size[1] * share)))
    return _Opened(decoded(content, scaled), facts)


def _require_size(facts: ImageFacts, name: str) -> None:
    if facts.width * facts.height > MAX_PIXELS:
        raise HostileArchive(
            f"{facts.width} by {facts.height} pixels are too many to decode", member=name
        )


def _require_memory(
    image: ImageFile.ImageFile, facts: ImageFacts, mode: str | None, name: str
) -> None:
    needed = decoding_bytes(image, mode)
    most = available_bytes()
    if needed > most:
        raise TooCostly(
            f"{facts.width} by {facts.height} pixels take {needed >> 20} MiB of memory to "
            f"decode, and no more than {most >> 20} are used",
            member=name,
        )


def _is_known_but_not_decodable(content: bytes) -> bool:
    """Whether it is structurally complete JPEG XL, HEIC or AVIF that Pillow may not support."""
    if content.startswith((jxl_structure.CODESTREAM, jxl_structure.CONTAINER)):
        return jxl_structure.is_whole_jxl(content)
    return heif_structure.is_heif(content) and heif_structure.is_whole_heif(content)


def _encoded(
    image: Image.Image,
    codec: PageCodec,
    quality: int,
    profile: bytes | None = None,
    *,
    name: str,
) -> bytes:
    """Raises: UnsupportedArchive, if the format can't represent the picture."""
    buffer = io.BytesIO()
    extra = {"icc_profile": profile} if profile else {}
    try:
        if codec is PageCodec.AVIF:
            # Without one, the image's own would be written. The helper processes are as many as
            # there are processors; threads would not help.
            extra["icc_profile"] = profile or b""
            image.save(buffer, "AVIF", quality=quality, speed=AVIF_SPEED, max_threads=1, **extra)
        elif codec is PageCodec.WEBP and features.check("webp"):
            image.save(buffer, "WEBP", quality=quality, method=WEBP_METHOD, **extra)
        else:
            image.save(buffer, "JPEG", quality=quality, optimize=True, **extra)
    except (OSError, ValueError, KeyError) as error:  # KeyError: Pillow lacks the format
        raise UnsupportedArchive(
            f"it can't be encoded as {codec} ({error})", member=name
        ) from error
    return buffer.getvalue()

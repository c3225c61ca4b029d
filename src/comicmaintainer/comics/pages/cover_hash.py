"""Hashes a cover so that copies of it can be recognised: the hash that Metron publishes.

Worker side only. The hash is that of `imagehash.phash`: the signs of the 8 by 8 lowest frequencies
of a 32 by 32 grey picture, relative to their median. Algorithm: Neal Krawetz, "Looks Like It",
hackerfactor.com, 2011.
"""

from __future__ import annotations

import math
from operator import mul
from pathlib import Path
from statistics import median

from PIL import Image, ImageChops

from comicmaintainer.comics.archives.inner_comics import inner_comics, require_pages
from comicmaintainer.comics.archives.reader import open_archive
from comicmaintainer.comics.images.decoding import MAX_PAGE_BYTES, grey_picture
from comicmaintainer.errors import about

HASH_SIDE = 8
PICTURE_SIDE_PX = 32
DECODED_SIDE_PX = 512
"""Covers are decoded at no less than this, which changes one or two bits of their hashes."""
BORDER_STEP = 24
"""A border's pixels differ by at most this, of 255, from its corner's."""
LEAST_BORDER = 0.01
MOST_BORDER = 0.5
"""A border takes at least, and at most, this share of a side."""

_BASIS = tuple(
    tuple(
        math.cos(math.pi * frequency * (2 * at + 1) / (2 * PICTURE_SIDE_PX))
        for at in range(PICTURE_SIDE_PX)
    )
    for frequency in range(HASH_SIDE)
)
"""The cosine waves of the DCT-II, by frequency."""


def comic_cover_hashes(path: Path) -> tuple[int, ...]:
    """The hashes of the first page of the comic at `path`.

    Raises:
        EmptyArchive, HoldsComics: it has no pages.
        As `check_image` and `open_archive`.
    """
    with open_archive(path) as archive:
        if not archive.pages:
            require_pages(path, 0, inner_comics(archive))
        page = archive.pages[0]
        content = archive.read(page, MAX_PAGE_BYTES)
    with about(path):
        return image_hashes(content, name=page.name)


def image_hashes(content: bytes, *, name: str = "image") -> tuple[int, ...]:
    """The hashes of an image; the first is that of the whole image.

    Raises:
        As `check_image`.
    """
    return cover_hashes(grey_picture(content, side_px=DECODED_SIDE_PX, name=name))


def cover_hashes(image: Image.Image) -> tuple[int, ...]:
    """The 64-bit hash of a picture, then those without its border and of a double page's halves.

    Each only once. The front cover of a double page is its right half, of manga the left one.
    """
    grey = image if image.mode == "L" else image.convert("L")
    bare = _without_border(grey)
    pictures = [grey] if bare is grey else [grey, bare]
    for picture in tuple(pictures):
        if picture.width > picture.height:
            middle = picture.width // 2
            pictures.append(picture.crop((middle, 0, picture.width, picture.height)))
            pictures.append(picture.crop((0, 0, middle, picture.height)))
    return tuple(dict.fromkeys(_hash(picture) for picture in pictures))


def _hash(grey: Image.Image) -> int:
    side = PICTURE_SIDE_PX
    pixels = grey.resize((side, side), Image.Resampling.LANCZOS).tobytes()
    rows = [pixels[start : start + side] for start in range(0, side * side, side)]
    # First along the columns, then along the rows, of which only the lowest frequencies are needed.
    columns = tuple(zip(*rows, strict=True))
    along = [[sum(map(mul, wave, column)) for column in columns] for wave in _BASIS]
    # Rounded, since what should be 0 in an even picture would decide by its rounding errors.
    frequencies = [round(sum(map(mul, wave, row)), 6) for row in along for wave in _BASIS]
    middle = median(frequencies)
    value = 0
    for frequency in frequencies:
        value = value << 1 | (frequency > middle)
    return value


def _without_border(grey: Image.Image) -> Image.Image:
    """The picture inside a border of one shade; the picture itself if there is none."""
    corner = grey.getpixel((0, 0))
    difference = ImageChops.difference(grey, Image.new("L", grey.size, corner))
    box = difference.point([255 * (step > BORDER_STEP) for step in range(256)]).getbbox()
    if box is None:
        return grey
    width, height = box[2] - box[0], box[3] - box[1]
    lost = max(1 - width / grey.width, 1 - height / grey.height)
    return grey.crop(box) if LEAST_BORDER <= lost <= MOST_BORDER else grey

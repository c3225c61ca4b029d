"""Covers in the cache of a catalogue whose comics were never drawn.

A few hundred pictures are drawn, made small as the service makes its covers, and each row of the
catalogue gets a hard link to one of them, under the name at which the service looks for it.
"""

from __future__ import annotations

import io
import itertools
import os
import random
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw

from comicmaintainer.comics.images.decoding import thumbnail
from comicmaintainer.database import Database
from comicmaintainer.web.images.covers import SIDE_PX, cover_name

WIDTH, HEIGHT = 660, 1000
SHAPES = 60
MOST_LINKS = 60_000
"""A file of ext4 has 65,000 names at most."""


def keep_covers(database: Database, folder: Path, pictures: int) -> int:
    """Give each file of the catalogue a cover below `folder`; return their mean size in bytes."""
    drawn = [thumbnail(_picture(number), max_side_px=SIDE_PX) for number in range(pictures)]
    originals = []
    for number, content in enumerate(drawn):
        original = folder / f"picture-{number}.webp"
        original.parent.mkdir(parents=True, exist_ok=True)
        original.write_bytes(content)
        originals.append(original)
    made: set[str] = set()
    for picture, name in zip(itertools.cycle(originals), _names(database), strict=False):
        target = folder / name
        if name[:2] not in made:
            target.parent.mkdir(exist_ok=True)
            made.add(name[:2])
        os.link(picture, target)
    return sum(map(len, drawn)) // pictures


def _names(database: Database) -> Iterator[str]:
    files = database.value("SELECT count(*) FROM files")
    last = 0
    for _ in range(0, files, MOST_LINKS):
        rows = database.rows(
            "SELECT file_id, mtime_ns, size_bytes FROM files WHERE file_id > ?"
            " ORDER BY file_id LIMIT ?",
            (last, MOST_LINKS),
        )
        for last, *rest in rows:
            yield cover_name(last, *rest)


def _picture(number: int) -> bytes:
    """Draw a page in many colours, with the grain of a scan."""
    chance = random.Random(number)
    image = Image.new("RGB", (WIDTH, HEIGHT), _colour(chance))
    draw = ImageDraw.Draw(image)
    for _ in range(SHAPES):
        x, y = chance.randrange(WIDTH), chance.randrange(HEIGHT)
        corners = [(x + chance.randint(-200, 200), y + chance.randint(-200, 200)) for _ in range(4)]
        draw.polygon(corners, fill=_colour(chance), outline="black")
    grain = Image.effect_noise((WIDTH, HEIGHT), 30).convert("RGB")
    buffer = io.BytesIO()
    Image.blend(image, grain, 0.15).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _colour(chance: random.Random) -> tuple[int, int, int]:
    return chance.randrange(256), chance.randrange(256), chance.randrange(256)

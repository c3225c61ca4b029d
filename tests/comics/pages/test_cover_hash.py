"""Hashes of covers: the same bits as `imagehash`, and what copies have in common."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import imagehash
import pytest
from PIL import Image, ImageDraw, ImageOps

from comicmaintainer.comics.pages.cover_hash import (
    comic_cover_hashes,
    cover_hashes,
    image_hashes,
)
from comicmaintainer.comics.pages.likeness import hash_distance
from comicmaintainer.errors import DamagedArchive, EmptyArchive
from tests.kit.shared_reader import COMICS

SAME_COVER = 10


def cover(seed: int, size: tuple[int, int] = (400, 600)) -> Image.Image:
    """Boxes, discs and lines in random colours."""
    chance = random.Random(seed)
    image = Image.new("RGB", size, tuple(chance.randbytes(3)))
    draw = ImageDraw.Draw(image)
    for _ in range(chance.randint(6, 40)):
        left, top = chance.randrange(size[0]), chance.randrange(size[1])
        box = (left, top, left + chance.randint(8, 300), top + chance.randint(8, 300))
        shape = chance.choice((draw.rectangle, draw.ellipse))
        shape(box, fill=tuple(chance.randbytes(3)))
        draw.line(box, fill=tuple(chance.randbytes(3)), width=chance.randint(1, 12))
    return image


def as_bytes(image: Image.Image, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def nearest(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return min(hash_distance(a, b) for a in one for b in other)


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P"])
@pytest.mark.parametrize("size", [(400, 600), (37, 51), (900, 600), (1200, 1800)])
def test_the_hash_is_that_of_imagehash_bit_for_bit(mode: str, size: tuple[int, int]) -> None:
    for seed in range(12):
        image = cover(seed, size).convert(mode)
        assert cover_hashes(image)[0] == int(str(imagehash.phash(image)), 16), seed


def test_a_smaller_recoded_copy_has_nearly_the_same_hash() -> None:
    for seed in range(20):
        original = cover(seed, (1200, 1800))
        small = original.resize((300, 450), Image.Resampling.BICUBIC)
        ours, theirs = image_hashes(as_bytes(original)), image_hashes(as_bytes(small, "JPEG"))
        assert hash_distance(ours[0], theirs[0]) <= SAME_COVER


def test_different_covers_are_far_apart() -> None:
    hashes = [cover_hashes(cover(seed)) for seed in range(40)]
    apart = [nearest(hashes[a], hashes[b]) for a in range(40) for b in range(a)]
    assert min(apart) > SAME_COVER


@pytest.mark.parametrize("border", [(40, 40, 40, 40), (0, 90, 0, 10), (70, 0, 0, 0)])
def test_a_border_is_cropped(border: tuple[int, int, int, int]) -> None:
    for seed in range(10):
        framed = ImageOps.expand(cover(seed), border, fill="white")
        assert nearest(cover_hashes(framed), cover_hashes(cover(seed))) <= SAME_COVER


def test_the_halves_of_a_double_page_have_hashes_of_their_own() -> None:
    front, back = cover(1), cover(2)
    double = Image.new("RGB", (800, 600))
    double.paste(back, (0, 0))
    double.paste(front, (400, 0))

    found = cover_hashes(double)

    assert nearest(found, cover_hashes(front)[:1]) <= SAME_COVER
    assert nearest(found, cover_hashes(back)[:1]) <= SAME_COVER


def test_a_picture_of_one_shade_has_one_hash() -> None:
    assert cover_hashes(Image.new("L", (400, 600), 200)) == (1 << 63,)


def test_a_helper_process_hashes_the_first_page_and_images(tmp_path: Path) -> None:
    first = as_bytes(cover(3))
    with zipfile.ZipFile(tmp_path / "a.cbz", "w") as archive:
        archive.writestr("002.png", as_bytes(cover(4)))
        archive.writestr("001.png", first)

    found = COMICS.cover_hashes(tmp_path / "a.cbz")

    assert found == comic_cover_hashes(tmp_path / "a.cbz")
    assert found == image_hashes(first)
    assert found == COMICS.image_hashes(first, name="3.png")


def test_an_image_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DamagedArchive, match=r"3\.png"):
        COMICS.image_hashes(b"not found", name="3.png")
    zipfile.ZipFile(tmp_path / "a.cbz", "w").close()
    with pytest.raises(EmptyArchive):
        COMICS.cover_hashes(tmp_path / "a.cbz")

"""A JPEG is judged by its structure exactly as by decoding all of it."""

from __future__ import annotations

import io
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from comicmaintainer.comics.images.decoding import check_image
from comicmaintainer.comics.images.jpeg_structure import without_data
from comicmaintainer.errors import DamagedArchive, HostileArchive

WAYS: dict[str, dict[str, Any]] = {
    "baseline": {},
    "optimized": {"optimize": True, "quality": 5},
    "restarts": {"restart_marker_blocks": 3},
    "full colour": {"subsampling": 0},
    "progressive": {"progressive": True},
    "progressive restarts": {"progressive": True, "restart_marker_blocks": 2},
}
MARKERS = bytes(
    (0x00, 0x01, 0xC0, 0xC2, 0xC4, 0xC9, 0xD0, 0xD7, 0xD8, 0xD9, 0xDA, 0xDB, 0xDC, 0xFF)
)
MODES = ("RGB", "L", "CMYK")
MUTANTS = 100


def jpeg(mode: str = "RGB", size: tuple[int, int] = (64, 90), **options: object) -> bytes:
    noise = random.Random(1).randbytes(size[0] * size[1] * len(mode))
    buffer = io.BytesIO()
    Image.frombytes(mode, size, noise).save(buffer, "JPEG", **options)
    return buffer.getvalue()


def is_decoded(content: bytes) -> bool:
    """Whether Pillow decodes all of it."""
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as image:
            image.draft(image.mode, (1, 1))
            image.load()
    except (OSError, SyntaxError, ValueError, IndexError, TypeError, KeyError):
        return False
    return True


def is_sound(content: bytes) -> bool:
    try:
        check_image(content)
    except DamagedArchive:
        return False
    return True


def mutants(content: bytes, seed: str) -> Iterator[bytes]:
    chance = random.Random(seed)
    data_at = content.index(b"\xff\xda")
    for _ in range(MUTANTS):
        mutant = bytearray(content)
        begin = chance.choice((0, data_at))
        for _ in range(chance.choice((1, 1, 2, 5))):
            at = chance.randrange(begin, len(mutant) - 2)
            match chance.randrange(5):
                case 0:
                    mutant[at] ^= 1 << chance.randrange(8)
                case 1:
                    mutant[at : at + 2] = bytes((0xFF, chance.choice(MARKERS)))
                case 2:
                    del mutant[at : at + chance.randrange(1, 40)]
                case 3:
                    mutant[at:at] = chance.randbytes(chance.randrange(1, 40))
                case 4:
                    piece_at = chance.randrange(len(content))
                    mutant[at:at] = content[piece_at : piece_at + 150]
            if len(mutant) < begin + 40:
                break
        yield bytes(mutant)


@pytest.mark.parametrize("way", WAYS)
def test_damage_is_found_where_decoding_finds_it(way: str) -> None:
    found: Counter[bool] = Counter()
    pages = [jpeg(mode, **WAYS[way]) for mode in MODES]
    for mutant in (mutant for page in pages for mutant in mutants(page, way)):
        if without_data(mutant) is None:
            continue
        try:
            sound = is_sound(mutant)
        except HostileArchive:  # the mutant claims too many pixels
            continue
        assert sound == is_decoded(mutant), mutant.hex()
        found[sound] += 1
    assert found[True] > 5
    assert found[False] > 0


@pytest.mark.parametrize("way", WAYS)
def test_data_are_left_out_and_the_size_is_reported(way: str) -> None:
    content = jpeg(size=(640, 900), **WAYS[way])
    sample = without_data(content)
    assert sample is not None
    assert len(sample) < len(content) / 10
    facts = check_image(content)
    assert (facts.format, facts.width, facts.height) == ("jpeg", 640, 900)


@pytest.mark.parametrize("way", WAYS)
def test_cut_off_jpeg_is_damaged(way: str) -> None:
    content = jpeg(**WAYS[way])
    for length in (len(content) - 2, len(content) // 2):
        assert without_data(content[:length]) is None
        with pytest.raises(DamagedArchive):
            check_image(content[:length])


def test_jpeg_without_its_tables_is_damaged() -> None:
    content = jpeg("L")
    table = content.index(b"\xff\xdb")
    length = int.from_bytes(content[table + 2 : table + 4])
    without_table = content[:table] + content[table + 2 + length :]
    assert without_data(without_table) is not None
    with pytest.raises(DamagedArchive):
        check_image(without_table)


def test_jpeg_that_claims_more_rows_than_decoders_draw_is_damaged() -> None:
    content = bytearray(jpeg("L"))
    height = content.index(b"\xff\xc0") + 5
    content[height : height + 2] = b"\xff\xfe"
    assert not is_decoded(bytes(content))
    with pytest.raises(DamagedArchive):
        check_image(bytes(content))


def test_baseline_with_more_than_one_scan_is_decoded_whole() -> None:
    content = jpeg("L")
    second = content[content.index(b"\xff\xda") :]
    assert without_data(content[:-2] + second) is None


def test_bytes_after_the_end_are_no_damage() -> None:
    assert check_image(jpeg() + b"\xff\xd9 and more").width == 64


def test_progressive_jpeg_without_sampling_is_damaged() -> None:
    content = bytearray(jpeg("L", progressive=True))
    frame = content.index(b"\xff\xc2")
    content[frame + 11] = 0
    with pytest.raises(DamagedArchive):
        check_image(bytes(content))

"""What decoding takes: small where the format allows it, refused where it does not."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, features

from comicmaintainer.comics.images import decoding, webp_decoder
from comicmaintainer.comics.images.decoding import check_image, thumbnail
from comicmaintainer.comics.images.model import PageCodec
from comicmaintainer.errors import DamagedArchive, TooCostly
from tests.comics.images.test_decoding import drawn, encoded

WITHIN = Path(__file__).with_name("decode_within.py")
SIDE = 4_400  # 19 million pixels: 81 MB as a picture
MEMORY_MIB = 96

needs_webp = pytest.mark.skipif(not features.check("webp"), reason="Pillow has no WebP")


def test_large_images_are_decoded_within_the_memory_of_the_process_or_refused(
    tmp_path: Path,
) -> None:
    picture = Image.new("RGB", (SIDE, SIDE), "navy")
    made: dict[str, tuple[str, dict[str, Any]]] = {
        "a.jpg": ("JPEG", {"quality": 50}),
        "b.jpg": ("JPEG", {"quality": 50, "progressive": True}),
        "c.png": ("PNG", {"compress_level": 1}),
        "d.gif": ("GIF", {}),
        "e.tif": ("TIFF", {"compression": "tiff_deflate"}),
    }
    expected = {
        "a.jpg": "ok ok", "b.jpg": "too_costly too_costly", "c.png": "too_costly too_costly",
        "d.gif": "ok too_costly", "e.tif": "too_costly too_costly",
    }  # fmt: skip
    if features.check("webp"):
        made["f.webp"] = ("WEBP", {"quality": 20, "method": 0})
        expected["f.webp"] = "ok ok"
    if features.check("jpg_2000"):
        made["g.jp2"] = ("JPEG2000", {"quality_mode": "rates", "quality_layers": [2000]})
        expected["g.jp2"] = "ok ok"
    if features.check("avif"):
        made["h.avif"] = ("AVIF", {"quality": 1, "speed": 10})
        expected["h.avif"] = "too_costly too_costly"
    for name, (kind, options) in made.items():
        (tmp_path / name).write_bytes(encoded(picture, kind, **options))
    done = subprocess.run(
        [sys.executable, str(WITHIN), str(MEMORY_MIB), *(str(tmp_path / name) for name in made)],
        check=True,
        capture_output=True,
        text=True,
    )
    found = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert found == expected


def test_a_refusal_names_the_size_and_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "available_bytes", lambda: 100 << 10)
    with pytest.raises(TooCostly, match=r"p1\.png: 300 by 450 pixels take 0 MiB .* no more than 0"):
        check_image(encoded(drawn()), name="p1.png")


def test_pages_too_large_to_recode_stay_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    content = encoded(drawn())
    assert decoding.recode(content, PageCodec.WEBP, quality=50) is not None
    monkeypatch.setattr(decoding, "available_bytes", lambda: 100 << 10)
    assert decoding.recode(content, PageCodec.WEBP, quality=50) is None


@needs_webp
@pytest.mark.parametrize("options", [{"quality": 90}, {"lossless": True}], ids=["lossy", "exact"])
def test_webp_is_reduced_like_with_pillow(options: dict[str, object]) -> None:
    picture = drawn(800, 1200)
    found = webp_decoder.decoded(encoded(picture, "WEBP", **options), (200, 300))
    wanted = picture.resize((200, 300), Image.Resampling.BOX)
    worst = max(
        abs(one - other) for one, other in zip(found.tobytes(), wanted.tobytes(), strict=True)
    )
    assert worst < 40


@needs_webp
def test_webp_is_rotated_by_its_exif() -> None:
    exif = Image.Exif()
    exif[0x112] = 6
    small = thumbnail(encoded(drawn(300, 600), "WEBP", exif=exif), max_side_px=100)
    with Image.open(io.BytesIO(small)) as image:
        assert image.size == (100, 50)


@needs_webp
def test_animated_webp_is_left_to_pillow() -> None:
    frames = [drawn(shift=number * 40) for number in range(4)]
    content = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    assert webp_decoder.picture_size(content) is None
    assert check_image(content).width == 300


@needs_webp
@pytest.mark.parametrize("length", [10, 30, 2_000])
def test_webp_that_is_cut_off_is_damaged(length: int) -> None:
    content = encoded(drawn(), "WEBP", quality=90)
    with pytest.raises(DamagedArchive):
        check_image(content[:length])

"""Pages that have more in them than 8-bit colours: shown rightly, and left alone by recoding."""

from __future__ import annotations

import io
import struct
import zlib
from array import array
from functools import cache

import pytest
from PIL import Image, ImageCms

from comicmaintainer.comics.images.decoding import image_picture, recode, thumbnail
from comicmaintainer.comics.images.model import PageCodec
from comicmaintainer.comics.pages.likeness import hash_distance
from comicmaintainer.errors import DamagedArchive

SIDES = (64, 96)
BOTH = pytest.mark.parametrize("codec", list(PageCodec))
SIXTEEN_BITS = ("I;16", "I;16B")
LONG = ("I", "F")


def grey() -> Image.Image:
    """Four bars of grey, of which none is white."""
    row = bytes((20, 80, 140, 200)[x * 4 // SIDES[0]] for x in range(SIDES[0]))
    return Image.frombytes("L", SIDES, row * SIDES[1])


def coloured() -> Image.Image:
    return Image.effect_noise(SIDES, 60).convert("RGB")


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def of_many_bits(mode: str, white: int = 65_535) -> Image.Image:
    values = [value * white / 255 for value in grey().tobytes()]
    if mode in SIXTEEN_BITS:
        order = ">" if mode == "I;16B" else "<"
        data = struct.pack(f"{order}{len(values)}H", *(round(value) for value in values))
    else:
        numbers = values if mode == "F" else [round(value) for value in values]
        data = array("f" if mode == "F" else "i", numbers).tobytes()
    return Image.frombytes(mode, SIDES, data)


def png_of_16_bit_colours(kind: int, bands: int) -> bytes:
    pixel = struct.pack(f">{bands}H", *range(0x1234, 0x1234 + bands * 0x1357, 0x1357))
    header = struct.pack(">IIBBBBB", *SIDES, 16, kind, 0, 0, 0)
    rows = (b"\0" + pixel * SIDES[0]) * SIDES[1]
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


@cache
def profile(space: bytes) -> bytes:
    """A profile that says to be for these colours; made once, since it holds the time."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    data[16:20] = space
    return bytes(data)


def bars(content: bytes) -> list[int]:
    """The grey in the middle of each of the four bars."""
    with Image.open(io.BytesIO(content)) as image:
        shown = image.convert("L")
        row = shown.tobytes()[shown.width * (shown.height // 2) :]
        return [row[shown.width * place // 8] for place in (1, 3, 5, 7)]


@pytest.mark.parametrize(
    ("mode", "white", "kind"),
    [
        ("I;16", 65_535, "PNG"),
        ("I;16", 65_535, "TIFF"),
        ("I;16B", 65_535, "TIFF"),
        *((mode, white, "TIFF") for mode in LONG for white in (65_535, 255)),
        ("F", 1, "TIFF"),
    ],
)
def test_grey_of_many_bits_is_converted_to_8_bit_grey(mode: str, white: int, kind: str) -> None:
    content = encoded(of_many_bits(mode, white), kind)
    for seen, meant in zip(
        bars(thumbnail(content, max_side_px=96)), bars(encoded(grey())), strict=True
    ):
        assert abs(seen - meant) <= 4
    assert image_picture(content) == image_picture(encoded(grey()))


@pytest.mark.parametrize("mode", LONG)
def test_values_outside_the_usual_ranges_are_stretched(mode: str) -> None:
    seen = bars(thumbnail(encoded(of_many_bits(mode, 2_000_000), "TIFF"), max_side_px=96))
    assert seen == sorted(seen)
    assert seen[0] < 10
    assert seen[3] > 245


def test_grey_of_16_bits_looks_like_its_copy_of_8_bits() -> None:
    ramp = Image.linear_gradient("L").rotate(90).resize(SIDES)
    wide = Image.frombytes("I;16", SIDES, b"".join(bytes((v, v)) for v in ramp.tobytes()))
    copies = image_picture(encoded(wide)), image_picture(encoded(ramp, "JPEG"))
    assert hash_distance(copies[0].hash, copies[1].hash) <= 4


@BOTH
@pytest.mark.parametrize(
    "content",
    [
        encoded(of_many_bits("I;16")),
        *(encoded(of_many_bits(mode), "TIFF") for mode in (*SIXTEEN_BITS, *LONG)),
        encoded(of_many_bits("I;16"), "JPEG2000"),
        png_of_16_bit_colours(2, 3),
        png_of_16_bit_colours(4, 2),
        png_of_16_bit_colours(6, 4),
        encoded(coloured().convert("CMYK"), "TIFF"),
        encoded(coloured().convert("CMYK"), "JPEG", quality=100, icc_profile=profile(b"CMYK")),
        encoded(coloured().convert("LAB"), "TIFF"),
    ],
)
def test_pages_that_would_lose_something_are_not_recoded(codec: PageCodec, content: bytes) -> None:
    assert recode(content, codec, quality=30) is None


@BOTH
@pytest.mark.parametrize("kind", ["BMP", "JPEG2000"])
def test_pages_of_8_bits_are_recoded_from_every_format(codec: PageCodec, kind: str) -> None:
    assert recode(encoded(coloured(), kind), codec, quality=30) is not None


@BOTH
def test_a_profile_for_the_images_colours_is_kept(codec: PageCodec) -> None:
    content = encoded(coloured(), icc_profile=profile(b"RGB "))
    recoded = recode(content, codec, quality=30)
    assert recoded is not None
    with Image.open(io.BytesIO(recoded.content)) as image:
        assert image.info["icc_profile"] == profile(b"RGB ")


def test_a_grey_profile_is_kept_for_grey_images() -> None:
    noise = Image.effect_noise((300, 400), 60)
    content = encoded(noise, icc_profile=profile(b"GRAY"))
    assert recode(content, PageCodec.WEBP, quality=30) is None
    recoded = recode(content, PageCodec.JPEG, quality=30)
    assert recoded is not None
    with Image.open(io.BytesIO(recoded.content)) as image:
        assert (image.mode, image.info["icc_profile"]) == ("L", profile(b"GRAY"))


@BOTH
@pytest.mark.parametrize("space", [b"CMYK", b"GRAY"])
def test_a_profile_for_other_colours_is_left_out(codec: PageCodec, space: bytes) -> None:
    recoded = recode(encoded(coloured(), icc_profile=profile(space)), codec, quality=30)
    assert recoded is not None
    with Image.open(io.BytesIO(recoded.content)) as image:
        assert "icc_profile" not in image.info


@pytest.mark.parametrize(("codec", "height"), [(PageCodec.WEBP, 16_384), (PageCodec.JPEG, 65_501)])
def test_a_page_too_long_for_the_format_stays_as_it_is(codec: PageCodec, height: int) -> None:
    assert recode(encoded(Image.new("RGB", (8, height)), "BMP"), codec, quality=50) is None
    fitting = recode(encoded(Image.new("RGB", (8, height - 1)), "BMP"), codec, quality=50)
    assert fitting is not None
    assert (fitting.width, fitting.height) == (8, height - 1)


def test_refusal_by_an_encoder_is_not_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("encoding error 5")

    content = encoded(coloured(), "BMP")
    monkeypatch.setattr(Image.Image, "save", refuse)
    assert recode(content, PageCodec.WEBP, quality=50) is None


def test_damage_of_a_page_to_recode_is_still_damage() -> None:
    content = encoded(coloured())
    with pytest.raises(DamagedArchive):
        recode(content[: len(content) // 2], PageCodec.WEBP, quality=50)


@BOTH
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_a_page_rotated_by_its_exif_is_recoded_upright(codec: PageCodec, kind: str) -> None:
    exif = Image.Exif()
    exif[0x112] = 6
    content = encoded(grey().rotate(90, expand=True), kind, exif=exif)
    content += bytes(20_000)  # what follows an image is not looked at
    recoded = recode(content, codec, quality=80)
    assert recoded is not None
    assert (recoded.width, recoded.height) == SIDES
    for seen, meant in zip(bars(recoded.content), bars(encoded(grey())), strict=True):
        assert abs(seen - meant) <= 6
    with Image.open(io.BytesIO(recoded.content)) as image:
        assert 0x112 not in image.getexif()


@BOTH
@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_animated_pages_are_not_recoded(codec: PageCodec, kind: str) -> None:
    others = [coloured() for _ in range(2)]
    content = encoded(coloured(), kind, save_all=True, append_images=others)
    assert recode(content, codec, quality=5) is None

"""Page images within bounds: checked, made small, recoded, hashed."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from comicmaintainer.comics.images import decoding
from comicmaintainer.comics.images.decoding import (
    check_image,
    image_picture,
    page_thumbnail,
    probe_image,
    recode,
    thumbnail,
)
from comicmaintainer.comics.images.model import PageCodec
from comicmaintainer.comics.pages.likeness import hash_distance, is_distinctive
from comicmaintainer.errors import (
    DamagedArchive,
    EmptyArchive,
    HostileArchive,
)


def drawn(width: int = 300, height: int = 450, *, shift: int = 0) -> Image.Image:
    image = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(image)
    for number in range(6):
        left = (number * 53 + shift) % width
        pen.ellipse((left, number * 60, left + 90, number * 60 + 110), fill=(40 * number, 90, 20))
    return image


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png_header_claiming(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1_000))))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_format_and_size_of_undamaged_images_are_reported(kind: str) -> None:
    facts = check_image(encoded(drawn(), kind))
    assert (facts.format, facts.width, facts.height) == (kind.lower(), 300, 450)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_image_that_is_cut_off_is_damaged(kind: str) -> None:
    content = encoded(drawn(), kind)
    assert probe_image(content).width == 300
    with pytest.raises(DamagedArchive):
        check_image(content[: len(content) * 2 // 3])


def test_text_under_an_image_name_is_damaged() -> None:
    with pytest.raises(DamagedArchive, match=r"1\.jpg"):
        check_image(b"<html>not found</html>", name="1.jpg")


@pytest.mark.parametrize("side", [9_500, 14_000, 60_000])
def test_image_bomb_is_refused_by_its_header(side: int) -> None:
    with pytest.raises(HostileArchive):
        probe_image(png_header_claiming(side, side))
    with pytest.raises(HostileArchive):
        thumbnail(png_header_claiming(side, side), max_side_px=100)


def test_programs_disguised_as_images_are_not_decoded() -> None:
    postscript = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n"
    with pytest.raises(DamagedArchive):
        probe_image(postscript)


@pytest.mark.parametrize(("orientation", "size"), [(1, (267, 400)), (6, (400, 267))])
def test_thumbnail_of_a_large_jpeg_is_as_sharp_as_from_all_pixels(
    orientation: int, size: tuple[int, int]
) -> None:
    page = drawn(1600, 2400)
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(page, "JPEG", quality=90, exif=exif)
    with Image.open(io.BytesIO(thumbnail(content, max_side_px=400))) as small:
        assert small.size == size
        upright = page if orientation == 1 else page.transpose(Image.Transpose.ROTATE_270)
        best = upright.resize(size, Image.Resampling.LANCZOS)
        differences = ImageChops.difference(small.convert("RGB"), best)
        assert max(ImageStat.Stat(differences).mean) < 4


def test_thumbnail_fits_its_square() -> None:
    with Image.open(io.BytesIO(thumbnail(encoded(drawn()), max_side_px=120))) as small:
        assert small.size == (80, 120)
        assert small.format == "WEBP"


def test_cover_is_the_first_page_in_reading_order(tmp_path: Path) -> None:
    path = tmp_path / "comic.cbz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("10.png", encoded(drawn(100, 100)))
        archive.writestr("2.png", encoded(drawn(100, 200)))
    with Image.open(io.BytesIO(page_thumbnail(path, max_side_px=50))) as cover:
        assert cover.size == (25, 50)
    with Image.open(io.BytesIO(page_thumbnail(path, max_side_px=50, number=1))) as page:
        assert page.size == (50, 50)


def test_comic_without_pages_has_no_cover(tmp_path: Path) -> None:
    path = tmp_path / "comic.cbz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ComicInfo.xml", b"<ComicInfo/>")
    with pytest.raises(EmptyArchive):
        page_thumbnail(path, max_side_px=50)


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [(PageCodec.WEBP, ".webp"), (PageCodec.AVIF, ".avif"), (PageCodec.JPEG, ".jpg")],
)
def test_recoding_keeps_whichever_is_smaller(codec: PageCodec, suffix: str) -> None:
    large = encoded(drawn(), "BMP")
    recoded = recode(large, codec, quality=80)
    assert recoded is not None
    assert recoded.suffix == suffix
    assert len(recoded.content) < len(large)
    assert recode(recoded.content, codec, quality=100) is None


def test_transparency_and_animation_survive_recoding() -> None:
    clear = encoded(Image.effect_noise((90, 90), 50).convert("RGBA"))
    assert recode(clear, PageCodec.JPEG, quality=50) is None
    webp = recode(clear, PageCodec.WEBP, quality=50)
    assert webp is not None
    frames = [drawn(shift=10 * number) for number in range(3)]
    animated = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert recode(animated, PageCodec.WEBP, quality=10) is None


def test_transparency_survives_in_avif_and_what_needs_too_much_memory_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    picture = Image.effect_noise((90, 90), 50).convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize((90, 90)))
    clear = encoded(picture)
    made = recode(clear, PageCodec.AVIF, quality=40)
    assert made is not None
    with Image.open(io.BytesIO(made.content)) as image:
        assert (image.format, image.mode, image.size) == ("AVIF", "RGBA", (90, 90))
    monkeypatch.setattr(decoding, "available_bytes", lambda: 90 * 90 * 40)
    assert recode(clear, PageCodec.AVIF, quality=40) is None
    assert recode(clear, PageCodec.WEBP, quality=40) is not None


def test_hash_recognises_a_recoded_picture_and_no_other() -> None:
    original = image_picture(encoded(drawn()))
    copy = image_picture(encoded(drawn().resize((200, 300)), "JPEG", quality=40))
    other = image_picture(encoded(drawn(shift=150)))
    assert hash_distance(original.hash, copy.hash) <= 6
    assert hash_distance(original.hash, other.hash) > 10
    assert (original.width, original.height) == (300, 450)
    assert (copy.width, copy.height) == (200, 300)


@pytest.mark.parametrize("shade", ["white", "black", "grey"])
def test_blank_pages_hash_alike_in_every_encoding(shade: str) -> None:
    noisy = Image.blend(
        Image.new("RGB", (300, 450), shade), Image.effect_noise((300, 450), 40).convert("RGB"), 0.1
    )
    assert not is_distinctive(image_picture(encoded(noisy, "JPEG", quality=30)).hash)

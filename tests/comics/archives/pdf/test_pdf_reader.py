"""Pages of a PDF: damage shows, JPEGs stay as they are, others are drawn as finely as they were."""

from __future__ import annotations

import io
import random
import zlib
from pathlib import Path

import pytest
from PIL import Image

from comicmaintainer.comics.archives.pdf.pdf_drawing import MAX_DRAWN_PIXELS
from comicmaintainer.comics.archives.reader import open_archive
from comicmaintainer.comics.pages.verification import verify_archive
from comicmaintainer.errors import DamagedArchive
from tests.comics.archives.drawn_pdf import (
    FLATE,
    FULL_PAGE,
    JPEG,
    RGB,
    SIDE,
    DrawnPage,
    drawn_pdf,
    encoded,
)

HIDDEN_TEXT = b" BT /F 9 Tf 3 Tr 5 5 Td (words) Tj ET"
SHOWN_TEXT = b" BT /F 9 Tf 0 Tr 5 5 Td (words) Tj ET"
SIZE = (300, 300)  # pixels, on a page of one inch
PICTURE = Image.radial_gradient("L").resize(SIZE).convert("RGB")
PICTURE_JPEG = encoded(PICTURE)
SMALL = (16, 32)
SMALL_NOISE = random.Random(1).randbytes(16 * 32 * 3)
SMALL_PICTURE = Image.frombytes("RGB", SMALL, SMALL_NOISE)
SMALL_JPEG = encoded(SMALL_PICTURE)
SMALL_JPX = encoded(SMALL_PICTURE, "JPEG2000")
SMALL_FLATE = zlib.compress(SMALL_NOISE)
GREY = b"/BitsPerComponent 8/ColorSpace/DeviceGray"
BILEVEL = b"/BitsPerComponent 1/ColorSpace/DeviceGray"
CCITT = BILEVEL + b"/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 16/Rows 32>>"
INDEXED = b"/BitsPerComponent 2/ColorSpace[/Indexed/DeviceRGB 3<000000ff000000ff000000ff>]"
PREDICTED = FLATE + b"/DecodeParms<</Predictor 15/Colors 3/Columns 16>>"
EMPTY_JBIG2 = bytes.fromhex("000000003000010000001300000010000000200000000000000000000000")
INLINE = b"q 72 0 0 72 0 0 cm BI /W 16 /H 32 /BPC 8 /CS /G %s ID %s EI Q"


def read_pages(path: Path) -> list[bytes]:
    with open_archive(path) as archive:
        return [archive.read(page) for page in archive.pages]


def read_size(content: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(content)) as image:
        return image.size


def unfinished(content: bytes) -> bytes:
    deflater = zlib.compressobj()
    return deflater.compress(content) + deflater.flush(zlib.Z_SYNC_FLUSH)


DAMAGED = {
    "jpeg_head": (JPEG, bytes(400) + SMALL_JPEG[400:]),
    "jpeg_cut_off": (JPEG, SMALL_JPEG[:-200]),
    "flate_zeros": (FLATE, bytes(500)),
    "flate_cut_off": (FLATE, SMALL_FLATE[:700]),
    "flate_overwritten": (FLATE, SMALL_FLATE[:2] + b"\xff" * 200 + SMALL_FLATE[202:]),
    "jpx_head": (b"/Filter/JPXDecode", bytes(100) + SMALL_JPX[100:]),
    "jpx_cut_off": (b"/Filter/JPXDecode", SMALL_JPX[: len(SMALL_JPX) // 2]),
    "jbig2": (BILEVEL + b"/Filter/JBIG2Decode", b"\xff" * 90),
    "run_length_cut_off": (GREY + b"/Filter/RunLengthDecode", b"\x81\0\x80"),
}

SOUND = {
    "jpeg": (JPEG, SMALL_JPEG),
    "jpeg_after_other_bytes": (JPEG, b"\n\0" + SMALL_JPEG),
    "jpeg_before_other_bytes": (JPEG, SMALL_JPEG + bytes(9)),
    "jpeg_cmyk": (
        b"/BitsPerComponent 8/ColorSpace/DeviceCMYK/Filter/DCTDecode",
        encoded(SMALL_PICTURE.convert("CMYK")),
    ),
    "jpeg_in_flate": (RGB + b"/Filter[/FlateDecode/DCTDecode]", zlib.compress(SMALL_JPEG)),
    "flate": (FLATE, SMALL_FLATE),
    "flate_without_checksum": (FLATE, SMALL_FLATE[:-4]),
    "flate_with_wrong_checksum": (FLATE, SMALL_FLATE[:-4] + bytes(4)),
    "flate_without_end": (FLATE, unfinished(SMALL_NOISE)),
    "flate_without_end_1_bit": (BILEVEL + b"/Filter/FlateDecode", unfinished(bytes(64))),
    "flate_too_long": (FLATE, unfinished(bytes(1_000_000))),
    "flate_predicted": (PREDICTED, unfinished((b"\0" + bytes(48)) * 32)),
    "flate_16_bits": (
        b"/BitsPerComponent 16/ColorSpace/DeviceRGB/Filter/FlateDecode",
        unfinished(bytes(16 * 32 * 6)),
    ),
    "flate_in_hex": (
        GREY + b"/Filter[/ASCIIHexDecode/FlateDecode]",
        zlib.compress(bytes(512)).hex().encode() + b">",
    ),
    "indexed": (INDEXED + b"/Filter/FlateDecode", zlib.compress(bytes(128))),
    "bare": (RGB, SMALL_NOISE),
    "run_length": (GREY + b"/Filter/RunLengthDecode", b"\x81\0" * 4 + b"\x80"),
    "jpx": (b"/Filter/JPXDecode", SMALL_JPX),
    "jbig2": (BILEVEL + b"/Filter/JBIG2Decode", EMPTY_JBIG2),
    "ccitt": (CCITT, b"\0\x10\x01\0\x10\x01"),
    "mask": (b"/ImageMask true/BitsPerComponent 1/Filter/FlateDecode", zlib.compress(bytes(64))),
    "mask_without_depth": (b"/ImageMask true/Filter/FlateDecode", zlib.compress(bytes(64))),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_an_image_that_cannot_be_decoded_is_damage_of_its_page(tmp_path: Path, name: str) -> None:
    sound, damaged = DrawnPage(JPEG, PICTURE_JPEG, SIZE), DrawnPage(*DAMAGED[name], SMALL)
    path = drawn_pdf(tmp_path / "a.pdf", [sound, damaged])
    with open_archive(path) as archive:
        assert archive.read(archive.pages[0]) == PICTURE_JPEG
        with pytest.raises(DamagedArchive, match=r"a\.pdf: page 2: its image can't be decoded"):
            archive.read(archive.pages[1])
    assert [(each.name, each.problem) for each in verify_archive(path).broken] == [
        ("0002.jpg", "page 2: its image can't be decoded")
    ]


def test_a_damaged_image_inside_a_form_is_found(tmp_path: Path) -> None:
    page = DrawnPage(FLATE, bytes(500), SMALL, content=b"/M Do", form=FULL_PAGE)
    assert not verify_archive(drawn_pdf(tmp_path / "a.pdf", [page])).is_sound


@pytest.mark.parametrize("name", SOUND)
def test_undamaged_images_of_any_kind_are_accepted(tmp_path: Path, name: str) -> None:
    path = drawn_pdf(tmp_path / "a.pdf", [DrawnPage(*SOUND[name], SMALL)])
    assert verify_archive(path).is_sound


@pytest.mark.parametrize(
    "content",
    [
        INLINE % (b"", bytes(512)),
        INLINE % (b"/F /Fl", zlib.compress(bytes(512))),
        b"/Missing Do",
        b"q 0 0 0 0 0 0 cm /I Do Q",
        b"",
    ],
)
def test_unusually_drawn_pages_are_accepted(tmp_path: Path, content: bytes) -> None:
    page = DrawnPage(FLATE, SMALL_FLATE, SMALL, content=content)
    assert verify_archive(drawn_pdf(tmp_path / "a.pdf", [page])).is_sound


def test_an_image_without_pixels_is_accepted(tmp_path: Path) -> None:
    path = drawn_pdf(tmp_path / "a.pdf", [DrawnPage(GREY, b"", (0, 0))])
    assert verify_archive(path).is_sound


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "LA", "RGBA"])
def test_documents_of_another_program_are_accepted(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.pdf"
    Image.effect_noise((60, 90), 50).convert(mode).save(path)
    assert verify_archive(path).is_sound


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (FULL_PAGE, None),
        (FULL_PAGE + HIDDEN_TEXT, None),
        (HIDDEN_TEXT + FULL_PAGE, None),
        (FULL_PAGE + b" /M Do", HIDDEN_TEXT),
        (b"/M Do", FULL_PAGE),
        (b"q 4 0 0 4 0 0 cm /M Do Q", b"q 18 0 0 18 0 0 cm /I Do Q"),
    ],
)
def test_a_jpeg_that_alone_is_visible_keeps_its_bytes(
    tmp_path: Path, content: bytes, form: bytes | None
) -> None:
    page = DrawnPage(JPEG, PICTURE_JPEG, SIZE, content=content, form=form)
    assert read_pages(drawn_pdf(tmp_path / "a.pdf", [page])) == [PICTURE_JPEG]


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (FULL_PAGE + SHOWN_TEXT, None),
        (FULL_PAGE + b" /M Do", SHOWN_TEXT),
        (FULL_PAGE + b" 0 0 9 9 re f", None),
        (b"q 0 72 -72 0 72 0 cm /I Do Q", None),
        (b"q 72 0 0 -72 0 72 cm /I Do Q", None),
    ],
)
def test_a_partial_jpeg_is_rendered_at_its_resolution(
    tmp_path: Path, content: bytes, form: bytes | None
) -> None:
    page = DrawnPage(JPEG, PICTURE_JPEG, SIZE, content=content, form=form)
    (found,) = read_pages(drawn_pdf(tmp_path / "a.pdf", [page]))
    assert found != PICTURE_JPEG
    assert read_size(found) == SIZE


def test_a_lossless_page_keeps_every_pixel(tmp_path: Path) -> None:
    noise = Image.frombytes("RGB", SIZE, random.Random(2).randbytes(SIZE[0] * SIZE[1] * 3))
    picture = Image.blend(PICTURE, noise, 0.2)
    page = DrawnPage(FLATE, zlib.compress(picture.tobytes()), SIZE)
    (found,) = read_pages(drawn_pdf(tmp_path / "a.pdf", [page]))
    with Image.open(io.BytesIO(found)) as image:
        assert (image.format, image.mode) == ("PNG", "RGB")
        assert image.tobytes() == picture.tobytes()


def test_a_scan_in_black_and_white_stays_black_and_white(tmp_path: Path) -> None:
    picture = PICTURE.convert("1")
    page = DrawnPage(BILEVEL + b"/Filter/FlateDecode", zlib.compress(picture.tobytes()), SIZE)
    (found,) = read_pages(drawn_pdf(tmp_path / "a.pdf", [page]))
    with Image.open(io.BytesIO(found)) as image:
        assert (image.format, image.mode) == ("PNG", "1")
        assert image.tobytes() == picture.tobytes()


def test_lossless_encoding_does_not_enlarge_a_page(tmp_path: Path) -> None:
    shades = b" ".join(b"%.3f 0 %.3f rg 0 %d 72 1 re f" % (n / 72, n / 90, n) for n in range(72))
    text = b" ".join(b"BT /F 3 Tf %d %d Td (x) Tj ET" % (x, x * 7 % 70) for x in range(70))
    page = DrawnPage(JPEG, SMALL_JPEG, SMALL, content=shades + b" " + text)
    (found,) = read_pages(drawn_pdf(tmp_path / "a.pdf", [page]))
    with Image.open(io.BytesIO(found)) as image:
        other = encoded(image.convert("RGB"), "JPEG" if image.format == "PNG" else "PNG")
    assert len(found) <= len(other) * 1.5


def test_a_page_with_a_coarse_image_is_rendered_at_its_resolution(tmp_path: Path) -> None:
    (found,) = read_pages(drawn_pdf(tmp_path / "a.pdf", [DrawnPage(FLATE, SMALL_FLATE, SMALL)]))
    assert read_size(found) == (32, 32)


@pytest.mark.parametrize("content", [FULL_PAGE + SHOWN_TEXT, b"q 36 0 0 72 0 0 cm /I Do Q", b""])
def test_a_page_with_more_than_a_coarse_image_is_rendered_at_200_dpi(
    tmp_path: Path, content: bytes
) -> None:
    page = DrawnPage(FLATE, SMALL_FLATE, SMALL, content=content)
    (found,) = read_pages(drawn_pdf(tmp_path / "a.pdf", [page]))
    assert read_size(found) == (200, 200)


def test_a_small_fine_image_does_not_set_the_resolution(tmp_path: Path) -> None:
    logo = b" q 0.1 0 0 0.1 9 9 cm BI /W 16 /H 32 /BPC 8 /CS /G ID %s EI Q" % bytes(512)
    page = DrawnPage(
        FLATE, zlib.compress(PICTURE.tobytes()), SIZE, content=FULL_PAGE + logo + SHOWN_TEXT
    )
    (found,) = read_pages(drawn_pdf(tmp_path / "a.pdf", [page]))
    assert read_size(found) == SIZE


def test_a_page_with_a_too_fine_image_is_rendered_within_bounds(tmp_path: Path) -> None:
    content = b"q %f 0 0 %f 0 0 cm /I Do Q" % (SIDE / 100, SIDE / 100)
    page = DrawnPage(FLATE, zlib.compress(PICTURE.tobytes()), SIZE, content=content)
    (found,) = read_pages(drawn_pdf(tmp_path / "a.pdf", [page]))
    width_px, height_px = read_size(found)
    assert width_px * height_px == pytest.approx(MAX_DRAWN_PIXELS, rel=0.001)

"""What a page of a PDF shows is what it becomes, whatever the document does to its image."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageCms, ImageDraw, ImageOps

from comicmaintainer.comics.archives.reader import open_archive
from tests.comics.archives.drawn_pdf import FLATE, JPEG, RGB, DrawnPage, drawn_pdf, encoded, stream

SIZE = (120, 200)
FULL = b"q 120 0 0 200 0 0 cm /I Do Q"
BOX = (120.0, 200.0)
ALIKE = 12  # of 255, in the mean of a tenth of the page
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
ORIENTATION = 0x0112


def marked(size: tuple[int, int] = SIZE) -> Image.Image:
    """A picture that looks different turned, mirrored, cropped and in other colours."""
    image = Image.new("RGB", size, (250, 250, 250))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, size[0] // 2, size[1] // 4), fill=(220, 20, 20))
    draw.rectangle((size[0] - 30, size[1] - 60, size[0], size[1]), fill=(20, 20, 220))
    draw.rectangle((0, size[1] - 40, 30, size[1]), fill=(90, 160, 60))
    draw.line((0, 0, *size), fill=(0, 0, 0), width=3)
    return image


def jpeg(image: Image.Image | None = None, **options: object) -> bytes:
    buffer = io.BytesIO()
    (image or marked()).save(buffer, "JPEG", quality=90, **options)
    return buffer.getvalue()


def exif(orientation: int) -> Image.Exif:
    found = Image.Exif()
    found[ORIENTATION] = orientation
    return found


def profile_with_swapped_colours() -> bytes:
    """sRGB with the primaries of red and blue exchanged."""
    (count,) = struct.unpack(">I", SRGB[128:132])
    tags = {}
    for at in range(132, 132 + 12 * count, 12):
        name, offset, length = struct.unpack(">4sII", SRGB[at : at + 12])
        tags[name] = slice(offset, offset + length)
    swapped = bytearray(SRGB)
    swapped[tags[b"rXYZ"]], swapped[tags[b"bXYZ"]] = SRGB[tags[b"bXYZ"]], SRGB[tags[b"rXYZ"]]
    return bytes(swapped)


def page(
    data: bytes | None = None,
    keys: bytes = JPEG,
    size: tuple[int, int] = SIZE,
    content: bytes = FULL,
    side: tuple[float, float] = BOX,
    page_keys: bytes = b"",
    resources: bytes = b"",
    extra: tuple[bytes, ...] = (),
    form: bytes | None = None,
    form_keys: bytes = b"",
    catalog: bytes = b"",
) -> DrawnPage:
    return DrawnPage(
        keys,
        jpeg() if data is None else data,
        size,
        content,
        form,
        side,
        page_keys,
        resources,
        extra,
        form_keys,
        catalog,
    )


def icc(profile: bytes, parts: int = 3) -> bytes:
    return stream(b"/N %d/Filter/FlateDecode" % parts, zlib.compress(profile))


def mask(levels: bytes, size: tuple[int, int], more: bytes = b"") -> bytes:
    keys = b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray" % size
    return stream(keys + b"/BitsPerComponent 8" + more, levels)


BY_PROFILE = b"/BitsPerComponent 8/ColorSpace[/ICCBased @1 ]/Filter/DCTDecode"
HALF_HOLE = b"\0" * 4 + b"\xff" * 4
STENCIL = b"/Type/XObject/Subtype/Image/ImageMask true/Width 8/Height 8/BitsPerComponent 1"
STAMP = stream(b"/Type/XObject/Subtype/Form/BBox[0 0 60 60]", b"0 0.4 0 rg 0 0 60 60 re f")
ANNOTATION = b"/Annots[<</Type/Annot/Subtype/%s/Rect[20 90 80 150]/F %d/AP<</N @1 >>>>]"
LAYERS = b"/OCProperties<</OCGs[@1 ]/D<</OFF[@1 ]>>>>"
LAYER = b"<</Type/OCG/Name(Art)>>"
FONT = b" BT /F 40 Tf %d Tr 10 100 Td (Zoom) Tj ET"

KEPT = {
    "plain": page(),
    "grey": page(
        jpeg(marked().convert("L")), b"/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/DCTDecode"
    ),
    "progressive": page(jpeg(progressive=True)),
    "fine": page(jpeg(marked((720, 1200))), size=(720, 1200)),
    "a little larger than the page": page(content=b"q 120.4 0 0 200.4 -.2 -.2 cm /I Do Q"),
    "decoded as it is": page(keys=JPEG + b"/Decode[0 1 0 1 0 1]"),
    "profile of the screen": page(keys=BY_PROFILE, extra=(icc(SRGB),)),
    "profile of the screen in both": page(
        jpeg(icc_profile=SRGB), BY_PROFILE, extra=(icc(SRGB),)
    ),
    "orientation that turns nothing": page(jpeg(exif=exif(1))),
    "turned by the page and back by the matrix": page(
        content=b"q 0 120 -200 0 200 0 cm /I Do Q", side=(200.0, 120.0), page_keys=b"/Rotate 90"
    ),
    "box that does not begin at zero": page(
        content=b"q 120 0 0 200 40 50 cm /I Do Q",
        side=(400.0, 400.0),
        page_keys=b"/CropBox[40 50 160 250]",
    ),
    "packed once more": page(zlib.compress(jpeg()), RGB + b"/Filter[/FlateDecode/DCTDecode]"),
    "mask without a hole": page(keys=JPEG + b"/SMask @1 ", extra=(mask(b"\xff" * 4, (2, 2)),)),
    "inside a form": page(content=b"/M Do", form=FULL),
    "under hidden text": page(content=FULL + FONT % 3),
    "links": page(page_keys=b"/Annots[<</Type/Annot/Subtype/Link/Rect[20 90 80 150]>>]"),
    "hidden stamp": page(page_keys=ANNOTATION % (b"Stamp", 2), extra=(STAMP,)),
    "larger user units": page(page_keys=b"/UserUnit 3"),
    "clip around all of it": page(content=b"0 0 120 200 re W n " + FULL),
}  # fmt: skip

REDRAWN = {
    "inverted": page(keys=JPEG + b"/Decode[1 0 1 0 1 0]"),
    "darkened": page(keys=JPEG + b"/Decode[0 .8 0 .8 0 .8]"),
    "orientation that viewers of PDFs ignore": page(jpeg(exif=exif(6))),
    "mirrored by its orientation": page(jpeg(exif=exif(2))),
    "turned by orientation and page": page(
        jpeg(marked((200, 120)), exif=exif(6)),
        size=(200, 120),
        content=b"q 200 0 0 120 0 0 cm /I Do Q",
        side=(200.0, 120.0),
        page_keys=b"/Rotate 90",
    ),
    "half of a spread": page(
        jpeg(marked((240, 200))), size=(240, 200), content=b"q 240 0 0 200 -120 0 cm /I Do Q"
    ),
    "page turned": page(page_keys=b"/Rotate 90"),
    "page upside down": page(page_keys=b"/Rotate 180"),
    "turned by the matrix": page(
        content=b"q 0 120 -200 0 200 0 cm /I Do Q", side=(200.0, 120.0)
    ),
    "mirrored": page(content=b"q -120 0 0 200 120 0 cm /I Do Q"),
    "upside down": page(content=b"q 120 0 0 -200 0 200 cm /I Do Q"),
    "stretched": page(content=b"q 240 0 0 200 0 0 cm /I Do Q", side=(240.0, 200.0)),
    "smaller than the page": page(content=b"q 110 0 0 184 0 8 cm /I Do Q"),
    "cropped": page(page_keys=b"/CropBox[10 20 110 190]"),
    "clipped": page(content=b"10 20 100 150 re W n " + FULL),
    "clipped by a circle of sorts": page(
        content=b"60 0 m 120 100 l 60 200 l 0 100 l h W n " + FULL
    ),
    "soft mask": page(
        keys=JPEG + b"/SMask @1 ", extra=(mask(HALF_HOLE, (4, 2)),)
    ),
    "small hole in a soft mask": page(
        keys=JPEG + b"/SMask @1 ", extra=(mask(b"\xff" * 170 + b"\0" + b"\xff" * 229, (20, 20)),)
    ),
    "stencil mask": page(
        keys=JPEG + b"/Mask @1 ", extra=(stream(STENCIL, bytes([0xF0] * 8)),)
    ),
    "colours left out": page(keys=JPEG + b"/Mask[240 255 240 255 240 255]"),
    "half transparent": page(
        content=b"/G gs " + FULL, resources=b"/ExtGState<</G<</ca 0.5>>>>"
    ),
    "multiplied": page(
        content=b"1 1 0 rg 0 0 120 200 re f /G gs " + FULL,
        resources=b"/ExtGState<</G<</BM/Multiply>>>>",
    ),
    "difference to the paper": page(
        content=b"/G gs " + FULL, resources=b"/ExtGState<</G<</BM/Difference>>>>"
    ),
    "hidden layer": page(
        content=b"/OC /L BDC " + FULL + b" EMC",
        resources=b"/Properties<</L @1 >>",
        extra=(LAYER,),
        catalog=LAYERS,
    ),
    "hidden layer over it": page(
        content=FULL + b" /OC /L BDC 1 0 0 rg 0 0 120 200 re f EMC",
        resources=b"/Properties<</L @1 >>",
        extra=(LAYER,),
        catalog=LAYERS,
    ),
    "colours of another profile": page(
        keys=BY_PROFILE, extra=(icc(profile_with_swapped_colours()),)
    ),
    "profile that only the JPEG has": page(jpeg(icc_profile=profile_with_swapped_colours())),
    "ink instead of light": page(
        jpeg(marked().convert("L")),
        b"/BitsPerComponent 8/ColorSpace[/Separation/Black/DeviceGray<</FunctionType 2"
        b"/Domain[0 1]/C0[1]/C1[0]/N 1>>]/Filter/DCTDecode",
    ),
    "inks": page(
        jpeg(marked().convert("CMYK")),
        b"/BitsPerComponent 8/ColorSpace/DeviceCMYK/Filter/DCTDecode",
    ),
    "inks inverted as Adobe does": page(
        jpeg(ImageChops.invert(marked().convert("CMYK"))),
        b"/BitsPerComponent 8/ColorSpace/DeviceCMYK/Filter/DCTDecode/Decode[1 0 1 0 1 0 1 0]",
    ),
    "text over it": page(content=FULL + FONT % 0),
    "lines over it": page(content=FULL + b" 8 w 0 100 m 120 100 l S"),
    "stamp": page(page_keys=ANNOTATION % (b"Stamp", 4), extra=(STAMP,)),
    "form over it": page(content=FULL + b" /M Do", form=b"0 1 1 rg 10 10 60 60 re f"),
    "transparent form": page(
        content=b"/G gs /M Do",
        form=FULL,
        form_keys=b"/Group<</S/Transparency>>",
        resources=b"/ExtGState<</G<</ca 0.3>>>>",
    ),
    "two tiles": page(
        content=b"q 120 0 0 100 0 0 cm /I Do Q q 120 0 0 100 0 100 cm /I Do Q"
    ),
    "no image": page(content=b"0 0 1 rg 20 20 40 40 re f"),
    "nothing at all": page(content=b""),
    "without loss": page(zlib.compress(marked().tobytes()), FLATE),
    "JPEG 2000": page(encoded(marked(), "JPEG2000"), b"/Filter/JPXDecode"),
}  # fmt: skip


def drawn_by_pdfium(path: Path) -> Image.Image:
    with pypdfium2.PdfDocument(path) as document:
        return document[0].render(scale=2).to_pil().convert("RGB")


def read(path: Path) -> bytes:
    with open_archive(path) as archive:
        return archive.read(archive.pages[0])


def difference(content: bytes, shown: Image.Image) -> int:
    """The largest, of the means of a tenth of the page, as a viewer of images shows `content`."""
    with Image.open(io.BytesIO(content)) as image:
        viewed = ImageOps.exif_transpose(image).convert("RGB")
    assert viewed.width / viewed.height == pytest.approx(shown.width / shown.height, rel=0.02)
    small = [each.resize((10, 10), Image.Resampling.BOX) for each in (viewed, shown)]
    return max(ImageChops.difference(*small).tobytes())


@pytest.mark.parametrize("name", KEPT)
def test_a_jpeg_that_is_what_the_page_shows_keeps_its_bytes(tmp_path: Path, name: str) -> None:
    path = drawn_pdf(tmp_path / "a.pdf", [KEPT[name]])
    content = read(path)
    with Image.open(io.BytesIO(content)) as image:
        assert image.format == "JPEG"
    assert content in {KEPT[name].data, jpeg()}
    assert difference(content, drawn_by_pdfium(path)) <= ALIKE


@pytest.mark.parametrize("name", REDRAWN)
def test_any_other_page_becomes_what_it_shows(tmp_path: Path, name: str) -> None:
    path = drawn_pdf(tmp_path / "a.pdf", [REDRAWN[name]])
    content = read(path)
    assert content != REDRAWN[name].data
    assert difference(content, drawn_by_pdfium(path)) <= ALIKE

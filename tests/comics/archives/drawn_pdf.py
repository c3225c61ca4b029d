"""PDF documents made by hand: one image to the page, drawn by the content stream a test gives."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

SIDE = 72  # points: a page of one inch
FULL_PAGE = b"q 72 0 0 72 0 0 cm /I Do Q"
RGB = b"/BitsPerComponent 8/ColorSpace/DeviceRGB"
FLATE = RGB + b"/Filter/FlateDecode"
JPEG = RGB + b"/Filter/DCTDecode"


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """`keys` and `data` are the image `/I`, `form` is the form `/M`; `content` draws them."""

    keys: bytes
    data: bytes
    size_px: tuple[int, int]
    content: bytes = FULL_PAGE
    form: bytes | None = None


def drawn_pdf(path: Path, pages: Sequence[DrawnPage]) -> Path:
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b""]
    kids = []
    for page in pages:
        number = len(objects) + 1
        resources = (
            b"/Resources<</XObject<</I %d 0 R/M %d 0 R>>"
            b"/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>" % (number, number + 1)
        )
        size = b"/Width %d/Height %d" % page.size_px
        box = b"[0 0 %d %d]" % (SIDE, SIDE)
        objects.append(_stream(b"/Type/XObject/Subtype/Image" + size + page.keys, page.data))
        form_keys = b"/Type/XObject/Subtype/Form/BBox" + box + resources
        objects.append(_stream(form_keys, page.form or b""))
        objects.append(_stream(b"", page.content))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox%s%s/Contents %d 0 R>>"
            % (box, resources, number + 2)
        )
        kids.append(b"%d 0 R" % (number + 3))
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(kids))
    path.write_bytes(_document(objects))
    return path


def encoded(image: Image.Image, kind: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def _stream(keys: bytes, data: bytes) -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (keys, len(data), data)


def _document(objects: Sequence[bytes]) -> bytes:
    content = b"%PDF-1.4\n"
    rows = [b"0000000000 65535 f \n"]
    for number, each in enumerate(objects, 1):
        rows.append(b"%010d 00000 n \n" % len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n" % (len(rows), len(content))
    return content + b"xref\n0 %d\n%s%s%%%%EOF\n" % (len(rows), b"".join(rows), trailer)

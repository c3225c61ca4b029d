"""PDF documents made by hand: one image to the page, drawn by the content stream a test gives.

In the keys of images and pages `@1` refers to the first of the page's `extra` objects.
"""

from __future__ import annotations

import io
import re
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
    """`keys` and `data` are the image `/I`, `form` is the form `/M`; `content` draws them.

    `side` is the page's width and height in points; `page_keys` and `resources` are more of the
    page, `extra` are objects of their own, `catalog` is more of the document.
    """

    keys: bytes
    data: bytes
    size_px: tuple[int, int]
    content: bytes = FULL_PAGE
    form: bytes | None = None
    side: tuple[float, float] = (SIDE, SIDE)
    page_keys: bytes = b""
    resources: bytes = b""
    extra: tuple[bytes, ...] = ()
    form_keys: bytes = b""
    catalog: bytes = b""


def drawn_pdf(path: Path, pages: Sequence[DrawnPage]) -> Path:
    objects = [b"", b""]
    kids = []
    catalog = b""
    for page in pages:
        number = len(objects) + 1
        extras = number + 4
        resources = (
            b"/Resources<</XObject<</I %d 0 R/M %d 0 R>>"
            b"/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>%s>>"
            % (number, number + 1, referring(page.resources, extras))
        )
        size = b"/Width %d/Height %d" % page.size_px
        box = b"[0 0 %g %g]" % page.side
        image_keys = b"/Type/XObject/Subtype/Image" + size + referring(page.keys, extras)
        form_keys = b"/Type/XObject/Subtype/Form/BBox" + box + resources + page.form_keys
        objects += [
            stream(image_keys, page.data),
            stream(form_keys, page.form or b""),
            stream(b"", page.content),
            b"<</Type/Page/Parent 2 0 R/MediaBox%s%s/Contents %d 0 R%s>>"
            % (box, resources, number + 2, referring(page.page_keys, extras)),
            *page.extra,
        ]
        catalog += referring(page.catalog, extras)
        kids.append(b"%d 0 R" % (number + 3))
    objects[0] = b"<</Type/Catalog/Pages 2 0 R%s>>" % catalog
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(kids))
    path.write_bytes(_document(objects))
    return path


def referring(keys: bytes, first: int) -> bytes:
    """The keys with real references; the first of the extra objects has the number `first`."""
    return re.sub(rb"@(\d)", lambda found: b"%d 0 R" % (first + int(found[1]) - 1), keys)


def encoded(image: Image.Image, kind: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def stream(keys: bytes, data: bytes) -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (keys, len(data), data)


def _document(objects: Sequence[bytes]) -> bytes:
    content = b"%PDF-1.4\n"
    rows = [b"0000000000 65535 f \n"]
    for number, each in enumerate(objects, 1):
        rows.append(b"%010d 00000 n \n" % len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n" % (len(rows), len(content))
    return content + b"xref\n0 %d\n%s%s%%%%EOF\n" % (len(rows), b"".join(rows), trailer)

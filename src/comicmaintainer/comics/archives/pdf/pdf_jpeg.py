"""Extracts the JPEG of a PDF page, byte for byte, if it is the picture that the page shows.

Used by pdf_page, under PDFium's lock. One JPEG must be the only visible object, fill the page and
be upright, and a small rendering of the page must look like the JPEG in an image viewer. The
rendering shows everything a PDF may do to an image: `/Decode`, colour spaces and profiles, masks,
clips, page boxes, hidden layers. None of them is looked up in the document. Lengths on the page
are in points.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium_raw
from PIL import Image, ImageChops, ImageCms, ImageStat

from comicmaintainer.comics.archives.pdf.pdf_images import (
    PILLOW_ERRORS,
    is_invisible,
    jpeg_of,
    matrix_of,
)

EDGE_SHARE = 0.005  # of the page: how far an image's edge may be from the page's edge
ASPECT_SHARE = 0.02  # how much the image may be stretched
PLAIN_MODES = frozenset({"L", "RGB"})
ORIENTATION_TAG = 0x0112
TURNED = range(2, 9)  # the orientations that an image viewer applies by rotating or mirroring

# Measured on rendered pages: screentones, stripes, noise and lines differ by at most 6 in a block.
# An Adobe RGB profile that the JPEG lacks differs by 23 in the worst block, and by 9 on average.
COMPARED_PX = 256
BLOCK_PX = 16
MAX_BLOCK_DIFFERENCE = 12  # of 255, in the mean of a block
MAX_MEAN_DIFFERENCE = 4
LEAST_ALPHA = 250
RIM_PX = 2  # of the rendering: the image may end slightly before the page does

ROUNDING = 1 - 1e-6  # the binding rounds sizes up
SILENT_ANNOTATIONS = frozenset({pdfium_raw.FPDF_ANNOT_LINK, pdfium_raw.FPDF_ANNOT_POPUP})
UNSEEN_FLAGS = pdfium_raw.FPDF_ANNOT_FLAG_HIDDEN | pdfium_raw.FPDF_ANNOT_FLAG_NOVIEW


@dataclass(frozen=True, slots=True)
class ViewedJpeg:
    """A reduced JPEG as viewers show it: with its colour profile, and without."""

    size_px: tuple[int, int]
    pictures: tuple[Image.Image, ...]


def page_jpeg(page: Any, objects: Sequence[Any]) -> bytes | None:
    """The JPEG that the page shows and nothing else; None if there is none or it is damaged.

    Invisible text, which OCR programs lay over a scan, is ignored.
    """
    image = only_image(objects)
    if image is None:
        return None
    if _is_blended(image) or _has_annotations(page) or not _fills_upright(image, page):
        return None
    content = jpeg_of(image)
    viewed = None if content is None else _viewed(content)
    if viewed is None or not _has_aspect_of(page, viewed.size_px):
        return None
    return content if _looks_like(page, viewed) else None


def only_image(objects: Sequence[Any]) -> Any | None:
    """The image of a page on which nothing else is visible."""
    shown = [each for each in objects if not is_invisible(each)]
    is_one = len(shown) == 1 and shown[0].type == pdfium_raw.FPDF_PAGEOBJ_IMAGE
    return shown[0] if is_one else None


def _is_blended(image: Any) -> bool:
    """Whether the image, or a form around it, is blended with what it covers."""
    each = image
    while each is not None:
        if pdfium_raw.FPDFPageObj_HasTransparency(each):
            return True
        each = each.container
    return False


def _has_annotations(page: Any) -> bool:
    """Whether the page may show annotations such as stamps; links and closed notes don't count."""
    for index in range(pdfium_raw.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium_raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            is_silent = pdfium_raw.FPDFAnnot_GetSubtype(annotation) in SILENT_ANNOTATIONS
            if not is_silent and not pdfium_raw.FPDFAnnot_GetFlags(annotation) & UNSEEN_FLAGS:
                return True
        finally:
            pdfium_raw.FPDFPage_CloseAnnot(annotation)
    return False


def _fills_upright(image: Any, page: Any) -> bool:
    """Whether the corners of the image are those of the page, after page rotation."""
    matrix = matrix_of(image)
    left, bottom, right, top = page.get_bbox()
    if right <= left or top <= bottom:
        return False
    for corner in ((0, 0), (1, 0), (0, 1)):
        x, y = corner
        across = (matrix.a * x + matrix.c * y + matrix.e - left) / (right - left)
        up = (matrix.b * x + matrix.d * y + matrix.f - bottom) / (top - bottom)
        for _ in range(page.get_rotation() // 90):
            across, up = up, 1 - across
        if abs(across - x) > EDGE_SHARE or abs(up - y) > EDGE_SHARE:
            return False
    return True


def _has_aspect_of(page: Any, size_px: tuple[int, int]) -> bool:
    width, height = page.get_size()
    width_px, height_px = size_px
    return bool(abs(width_px * height / (height_px * width) - 1) <= ASPECT_SHARE)


def _viewed(content: bytes) -> ViewedJpeg | None:
    """The JPEG, fully decoded and reduced; None if it is damaged, rotated or in ink colours."""
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as image:
            if image.mode not in PLAIN_MODES or image.getexif().get(ORIENTATION_TAG) in TURNED:
                return None
            size_px, profile = image.size, image.info.get("icc_profile")
            image.draft(None, (COMPARED_PX, COMPARED_PX))
            image.load()
            pictures = [image.convert("RGB")]
            managed = _managed(image, profile) if profile else None
            if managed is not None:
                pictures.append(managed)
            return ViewedJpeg(size_px, tuple(pictures))
    except PILLOW_ERRORS:
        return None


def _managed(image: Image.Image, profile: bytes) -> Image.Image | None:
    """The picture converted by its colour profile; None if the profile can't be used."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        screen = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, source, screen, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def _looks_like(page: Any, viewed: ViewedJpeg) -> bool:
    longest_px = min(COMPARED_PX, max(viewed.size_px))
    scale = longest_px / max(page.get_size()) * ROUNDING
    drawn = page.render(scale=scale, fill_color=(0, 0, 0, 0), rev_byteorder=True).to_pil()
    if not _is_covered(drawn):
        return False
    paper = Image.new("RGBA", drawn.size, "white")
    shown = Image.alpha_composite(paper, drawn).convert("RGB")
    return all(_is_alike(shown, picture) for picture in viewed.pictures)


def _is_covered(drawn: Image.Image) -> bool:
    """Whether the paper is covered everywhere."""
    rim = RIM_PX if min(drawn.size) > 4 * RIM_PX else 0
    inner = (rim, rim, drawn.width - rim, drawn.height - rim)
    least, _ = drawn.getchannel("A").crop(inner).getextrema()
    return int(least) >= LEAST_ALPHA  # type: ignore[arg-type]  # of one band: numbers


def _is_alike(shown: Image.Image, picture: Image.Image) -> bool:
    blocks = (max(1, shown.width // BLOCK_PX), max(1, shown.height // BLOCK_PX))
    as_large = picture.resize(shown.size, Image.Resampling.BOX)
    difference = ImageChops.difference(
        shown.resize(blocks, Image.Resampling.BOX), as_large.resize(blocks, Image.Resampling.BOX)
    )
    worst = max(high for _, high in difference.getextrema())  # type: ignore[misc]  # of three bands
    mean = max(ImageStat.Stat(difference).mean)
    return worst <= MAX_BLOCK_DIFFERENCE and mean <= MAX_MEAN_DIFFERENCE

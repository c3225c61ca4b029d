"""The page list of a conversion that re-encodes pages, and pages that it leaves as they are."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.kit.comics import cbt, picture
from tests.operations.workbench import Workbench, details, tags

CODECS = pytest.mark.parametrize("images", ["webp", "jpeg"])


def first_the_tags(path: Path, pages: dict[str, bytes], xml: str) -> Path:
    """A CBT in which the ComicInfo comes before the pages."""
    return cbt(path, {"ComicInfo.xml": f"<ComicInfo>{xml}</ComicInfo>".encode(), **pages})


def sizes(path: Path) -> list[int]:
    with zipfile.ZipFile(path) as archive:
        return [each.file_size for each in archive.infolist() if each.filename != "ComicInfo.xml"]


def turned(seed: str) -> bytes:
    exif = Image.Exif()
    exif[0x112] = 6
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(picture(seed, side=400))) as image:
        image.crop((0, 0, 400, 200)).save(buffer, "PNG", exif=exif)
    return buffer.getvalue()


@CODECS
@pytest.mark.parametrize("put", [cbt, first_the_tags])
def test_the_page_list_has_the_present_sizes_of_the_pages(
    bench: Workbench, images: str, put: Callable[..., Path]
) -> None:
    small = picture("small", side=8, kind="WEBP", quality=1)
    pages = {"p1.png": picture("one", side=400), "p2.webp": small, "p3.png": turned("three")}
    listed = "".join(
        f'<Page Image="{number}" ImageSize="{len(content)}" Bookmark="b{number}"'
        f' ImageWidth="400" ImageHeight="200" x="{number}"/>'
        for number, content in enumerate(pages.values())
    )
    path = put(bench.library / "a.cbt", pages, f"<Series>Batman</Series><Pages>{listed}</Pages>")
    (result,) = bench.run("convert", [path], {"images": images, "quality": 50})
    assert "tags_from" not in details(result)["changes"][0]
    target = path.with_suffix(".cbz")
    found = tags(target)
    assert [page.image_size for page in found.pages] == sizes(target)
    assert [page.bookmark for page in found.pages] == ["b0", "b1", "b2"]
    assert [(page.width, page.height) for page in found.pages] == [
        (400, 400),
        (400, 200),
        (200, 400),
    ]
    assert (found.series, found.page_count) == ("Batman", 3)
    with zipfile.ZipFile(target) as archive:
        assert archive.read("ComicInfo.xml").count(b' x="') == 3


@CODECS
@pytest.mark.parametrize("pages", ["", '<Pages><Page Image="0" Type="FrontCover"/></Pages>'])
def test_tags_stay_the_same_bytes_where_no_listed_page_was_re_encoded(
    bench: Workbench, images: str, pages: str
) -> None:
    xml = f"<Series>Batman</Series>{pages}"
    size = 400 if not pages else 8
    path = cbt(bench.library / "a.cbt", {"p1.webp": picture("x", side=size, kind="WEBP")}, xml)
    bench.run("convert", [path], {"images": images, "quality": 100})
    with zipfile.ZipFile(path.with_suffix(".cbz")) as archive:
        assert archive.read("ComicInfo.xml").decode() == f"<ComicInfo>{xml}</ComicInfo>"


def test_a_page_list_that_does_not_fit_the_pages_is_corrected(bench: Workbench) -> None:
    listed = "".join(f'<Page Image="{n}" ImageSize="{n + 1}"/>' for n in range(36))
    pages = {f"p{n}.png": picture(str(n), side=300) for n in range(2)}
    path = cbt(bench.library / "a.cbt", pages, f"<PageCount>36</PageCount><Pages>{listed}</Pages>")
    bench.run("convert", [path], {"images": "webp", "quality": 50})
    target = path.with_suffix(".cbz")
    assert [page.image_size for page in tags(target).pages] == sizes(target)
    assert tags(target).page_count == 2


@CODECS
def test_pages_that_would_be_spoilt_arrive_as_they_are(bench: Workbench, images: str) -> None:
    def png(image: Image.Image) -> bytes:
        buffer = io.BytesIO()
        image.save(buffer, "PNG")
        return buffer.getvalue()

    wide = Image.frombytes("I;16", (64, 64), bytes(range(64)) * 128)
    tall = Image.effect_noise((4, 66_000), 50)
    pages = {"p1.png": png(wide), "p2.png": png(tall), "p3.png": picture("x", side=400)}
    path = cbt(bench.library / "a.cbt", pages)
    bench.run("convert", [path], {"images": images, "quality": 50})
    with zipfile.ZipFile(path.with_suffix(".cbz")) as archive:
        assert archive.namelist()[:2] == ["p1.png", "p2.png"]
        assert archive.namelist()[2] != "p3.png"
        assert [archive.read(name) for name in archive.namelist()[:2]] == list(pages.values())[:2]

"""Pages as a list, and their contents in one pass."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from comicmaintainer.comics.archives.model import ArchiveFormat
from comicmaintainer.comics.pages.page_contents import read_pages
from comicmaintainer.comics.pages.page_list import list_pages
from comicmaintainer.errors import (
    DamagedArchive,
    EmptyArchive,
    HostileArchive,
    PageMissing,
)
from tests.kit.comics import cbt, cbz

TAGS = """<ComicInfo><Manga>YesAndRightToLeft</Manga><Pages>
  <Page Image="0" Type="Other"/><Page Image="1" Type="FrontCover" Bookmark="Start"/>
  <Page Image="2" Type="Deleted" ImageWidth="7" ImageHeight="9"/>
</Pages></ComicInfo>"""


def drawn(width: int = 40, height: int = 60, colour: str = "teal") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, "PNG")
    return buffer.getvalue()


def four_pages() -> dict[str, bytes]:
    pages = {f"{number}.png": drawn(40 + number) for number in (10, 1, 2)}
    return {**pages, "3.jpg": b"<script>", "ComicInfo.xml": TAGS.encode()}


def test_pages_are_listed_with_facts_of_archive_tags_and_images(tmp_path: Path) -> None:
    found = list_pages(cbz(tmp_path / "a.cbz", four_pages()))
    assert [page.name for page in found.pages] == ["1.png", "2.png", "3.jpg", "10.png"]
    assert [page.number for page in found.pages] == [0, 1, 2, 3]
    assert [page.width for page in found.pages] == [41, 42, 7, 50]
    assert found.pages[0].size_bytes == len(drawn(41))
    assert found.right_to_left
    shown = found.to_json()["pages"]
    assert [page["type"] for page in shown] == ["Other", "FrontCover", "Deleted", "Story"]
    assert [page["deleted"] for page in shown] == [False, False, True, False]
    assert shown[1]["tagged"]["bookmark"] == "Start"
    assert shown[3]["tagged"] is None
    assert "image format is not known" in shown[2]["problem"]


def test_cover_is_the_page_tagged_as_cover(tmp_path: Path) -> None:
    assert list_pages(cbz(tmp_path / "a.cbz", four_pages())).cover.name == "2.png"


@pytest.mark.parametrize(("deleted", "cover"), [([], "1.png"), ([0], "2.png"), ([0, 1], "1.png")])
def test_cover_without_a_tag_is_the_first_page_not_deleted(
    tmp_path: Path, deleted: list[int], cover: str
) -> None:
    marks = "".join(f'<Page Image="{number}" Type="Deleted"/>' for number in deleted)
    xml = f"<ComicInfo><Pages>{marks}</Pages></ComicInfo>".encode()
    pages = {"1.png": drawn(), "2.png": drawn(), "ComicInfo.xml": xml}
    assert list_pages(cbz(tmp_path / "a.cbz", pages)).cover.name == cover


def test_other_formats_are_listed_without_pixels(tmp_path: Path) -> None:
    found = list_pages(cbt(tmp_path / "a.cbt", four_pages()))
    assert (found.format, len(found.pages)) == (ArchiveFormat.CBT, 4)
    assert (found.pages[0].size_bytes, found.pages[0].width) == (len(drawn(41)), None)


def test_heads_are_read_only_while_there_is_time(tmp_path: Path) -> None:
    times = iter([0.0, 0.1, 0.2, 5.0])
    found = list_pages(cbz(tmp_path / "a.cbz", four_pages()), now=lambda: next(times))
    assert [page.width for page in found.pages] == [41, 42, 7, None]


def test_damaged_head_is_the_problem_of_its_page_only(tmp_path: Path) -> None:
    path = cbz(tmp_path / "a.cbz", four_pages())
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo("2.png").header_offset
    data[at : at + 4] = b"oops"
    path.write_bytes(data)
    problems = [page.problem for page in list_pages(path).pages]
    assert [problem is not None for problem in problems] == [False, True, True, False]


def test_comic_without_pages_has_no_list(tmp_path: Path) -> None:
    with pytest.raises(EmptyArchive):
        list_pages(cbz(tmp_path / "a.cbz", {"ComicInfo.xml": TAGS.encode()}))


def test_cbz_reads_only_the_page(tmp_path: Path) -> None:
    path = cbz(tmp_path / "a.cbz", four_pages())
    assert list(read_pages(path, [1, 3], 10_000)) == [(1, "2.png", drawn(42))]


def test_one_pass_also_reads_the_pages_after(tmp_path: Path) -> None:
    path = cbt(tmp_path / "a.cbt", four_pages())
    found = {page.name: page.content for page in read_pages(path, [0, 3, 1], 10_000)}
    assert found == {f"{number}.png": drawn(40 + number) for number in (10, 1, 2)}


@pytest.mark.parametrize("make", [cbz, cbt])
def test_page_that_is_not_there_is_missing(tmp_path: Path, make: object) -> None:
    path = make(tmp_path / "a", four_pages())  # type: ignore[operator]
    with pytest.raises(PageMissing):
        list(read_pages(path, [4], 10_000))


def test_pages_beyond_the_limit_are_refused(tmp_path: Path) -> None:
    path = cbz(tmp_path / "a.cbz", {"1.png": drawn()}, method=zipfile.ZIP_STORED)
    with pytest.raises(HostileArchive):
        list(read_pages(path, [0], 20))
    (page,) = read_pages(cbt(tmp_path / "a.cbt", {"1.png": drawn()}), [0], 20)
    assert isinstance(page.content, HostileArchive)


def test_cut_off_archive_is_damaged(tmp_path: Path) -> None:
    path = cbt(tmp_path / "a.cbt", {f"{n}.png": drawn(40 + n) for n in range(3)})
    path.write_bytes(path.read_bytes()[:1400])  # in the middle of the second page
    with pytest.raises(DamagedArchive):
        list(read_pages(path, [0, 1], 10_000))


def test_tags_follow_a_moved_page(tmp_path: Path) -> None:
    first, last = drawn(30), drawn(300, 400)
    xml = f"""<ComicInfo><Pages><Page Image="0" ImageSize="{len(first)}"/>
      <Page Image="1" ImageSize="1"/><Page Image="2" ImageSize="{len(last)}" Type="Deleted"/>
    </Pages></ComicInfo>"""
    pages = {"1.png": first, "3.png": last, "ComicInfo.xml": xml.encode()}
    found = list_pages(cbz(tmp_path / "a.cbz", pages))
    assert [page.to_json()["deleted"] for page in found.pages] == [False, True]


def test_tags_of_a_replaced_page_do_not_give_its_pixels(tmp_path: Path) -> None:
    xml = b'<ComicInfo><Pages><Page Image="0" ImageSize="1" ImageWidth="7"/></Pages></ComicInfo>'
    (page,) = list_pages(
        cbz(tmp_path / "a.cbz", {"1.png": drawn(), "ComicInfo.xml": xml}), with_pixels=False
    ).pages
    assert page.width is None

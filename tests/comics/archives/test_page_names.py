"""Which names are pages, and their order."""

from __future__ import annotations

import random

import pytest

from comicmaintainer.comics.archives.page_names import in_reading_order, is_page


@pytest.mark.parametrize(
    "ordered",
    [
        ["1.jpg", "2.jpg", "10.jpg"],
        ["page-001.jpg", "page-002.jpg", "page-010.jpg"],
        ["a1b10.jpg", "a2b1.jpg", "a10b1.jpg"],
        ["Chapter 2/1.png", "Chapter 2/12.png", "chapter 10/1.png"],
        ["cover.jpg", "cover1.jpg"],
        ["9" * 5_000 + ".jpg", "9" * 5_001 + ".jpg"],
        ["x-01.jpg", "x-02.jpeg", "x-03.png"],
        [],
    ],
)
def test_pages_are_read_in_natural_order(ordered: list[str]) -> None:
    shuffled = random.Random(1).sample(ordered, len(ordered))
    assert in_reading_order(shuffled) == ordered


@pytest.mark.parametrize("name", ["a.jpg", "A.JPEG", "x/y/003.webp", "p.avif", "dir.zip/1.png"])
def test_images_are_pages(name: str) -> None:
    assert is_page(name)


@pytest.mark.parametrize(
    "name",
    [
        "ComicInfo.xml",
        "__MACOSX/._1.jpg",
        "__MACOSX/1.jpg",
        "x/._1.jpg",
        "._1.jpg",
        "Thumbs.db",
        ".DS_Store",
        "@eaDir/1.jpg",
        "jpg",
        "folder.jpg/readme",
        "",
    ],
)
def test_everything_else_is_not(name: str) -> None:
    assert not is_page(name)

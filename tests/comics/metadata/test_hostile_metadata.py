"""Metadata made to be slow or large: read in time that grows with its length, or refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from comicmaintainer.comics.metadata import ComicMetadata, Credit, PageInfo, StoryArc
from comicmaintainer.comics.metadata.document_limits import MAX_LIST_ITEMS
from comicmaintainer.comics.metadata.metroninfo import read_metroninfo, write_metroninfo
from comicmaintainer.comics.metadata.sources import read_metadata, updated_members
from tests.comics.metadata.written_members import written
from tests.kit.processor_limit import processor_limit

pytestmark = pytest.mark.slow


MANY = 8_000
NAMES = tuple(f"name {number}" for number in range(MANY))


@pytest.mark.parametrize(
    "wanted",
    [
        ComicMetadata(series="A", characters=NAMES),
        ComicMetadata(series="A", credits=tuple(Credit(name, ("Writer",)) for name in NAMES)),
        ComicMetadata(series="A", story_arcs=tuple(StoryArc(name, "1") for name in NAMES)),
    ],
    ids=["characters", "credits", "arcs"],
)
def test_long_lists_of_metroninfo_are_written_and_reversed_in_moderate_time(
    wanted: ComicMetadata,
) -> None:
    with processor_limit(30):
        first = write_metroninfo(None, wanted)
        turned = replace(
            wanted,
            characters=wanted.characters[::-1],
            credits=wanted.credits[::-1],
            story_arcs=wanted.story_arcs[::-1],
        )
        second = write_metroninfo(first, turned)
        assert read_metroninfo(second) == turned
        assert write_metroninfo(second, wanted) == first


def test_a_page_list_in_another_order_is_written_in_moderate_time() -> None:
    pages = tuple(PageInfo(number, image_size=number + 1) for number in range(20_000))
    with processor_limit(30):
        first = written(updated_members({}, ComicMetadata(pages=pages[::-1]), ["comicinfo"]))
        second = written(updated_members(first, ComicMetadata(pages=pages), ["comicinfo"]))
        assert read_metadata(second).merged.pages == pages


@pytest.mark.parametrize(
    ("inner", "problem"),
    [
        ("<a/>" * 150_000, "tags"),
        ("<Pages><Page " + "Image='' " * 160_000 + "/></Pages>", "attributes"),
        (f"<Writer>{',' * 110_000}</Writer>", "commas"),
        (f"<Writer>{','.join(map(str, range(MAX_LIST_ITEMS + 1)))}</Writer>", "credits"),
        (f"<Web>{' '.join(f'http://a/{n}' for n in range(MAX_LIST_ITEMS + 1))}</Web>", "web"),
    ],
    ids=["tags", "attributes", "commas", "people", "addresses"],
)
def test_documents_of_too_many_parts_are_refused_by_name(inner: str, problem: str) -> None:
    data = f"<ComicInfo><Series>A</Series>{inner}</ComicInfo>".encode()
    with processor_limit(30):
        read = read_metadata({"x/ComicInfo.xml": data})
    (found,) = read.problems
    assert str(found).startswith("x/ComicInfo.xml")
    assert problem in str(found)


def test_the_longest_honest_page_list_is_read_and_written() -> None:
    pages = tuple(
        PageInfo(n, "Story", True, 500_000, f"key {n}", f"mark {n}", 1200, 1800)
        for n in range(12_000)
    )
    members = written(updated_members({}, ComicMetadata(series="A", pages=pages), ["comicinfo"]))
    assert read_metadata(members).problems == ()
    assert read_metadata(members).merged.pages == pages


def test_an_arc_whose_number_has_thousands_of_digits_is_written_without_it() -> None:
    wanted = ComicMetadata(series="A", story_arcs=(StoryArc("Dawn", "9" * 5_000),))
    assert read_metroninfo(write_metroninfo(None, wanted)).story_arcs == (StoryArc("Dawn"),)

"""How alike two comics look, by the hashes of a few of their pages."""

from __future__ import annotations

import random

import pytest

from comicmaintainer.comics.pages.likeness import (
    MAX_SAMPLED_PAGES,
    hash_distance,
    is_as_long,
    likeness,
    sampled_pages,
)

CHANCE = random.Random(7)
PAGES = [CHANCE.getrandbits(64) for _ in range(40)]


def sampled(pages: list[int]) -> dict[int, int]:
    return {number: pages[number] for number in sampled_pages(len(pages))}


def blurred(page: int, bits: int) -> int:
    for bit in random.Random(page).sample(range(64), bits):
        page ^= 1 << bit
    return page


@pytest.mark.parametrize("count", [0, 1, 2, 9, 10, 11, 22, 30, 500])
def test_a_few_pages_are_sampled_including_the_cover(count: int) -> None:
    pages = sampled_pages(count)
    assert min(count, 8) <= len(pages) <= MAX_SAMPLED_PAGES
    assert list(pages) == sorted(set(pages))
    assert all(0 <= page < count for page in pages)
    assert count == 0 or pages[0] == 0


@pytest.mark.parametrize("count", [12, 18, 22, 30, 40])
@pytest.mark.parametrize("added", [1, 2, 3])
def test_pages_added_before_or_after_or_left_out_keep_copies_near(count: int, added: int) -> None:
    pages = PAGES[:count]
    extra = [random.Random(number).getrandbits(64) for number in range(added)]
    for other in (extra + pages, pages + extra, pages[added:], pages[:-added]):
        assert likeness(sampled(pages), sampled(other)).is_near


def test_pages_agree_up_to_ten_bits() -> None:
    pages = PAGES[:22]
    near = likeness(sampled(pages), sampled([blurred(page, 10) for page in pages]))
    assert (near.cover_distance, near.alike, near.compared) == (10, 9, 9)
    far = likeness(sampled(pages), sampled([blurred(page, 11) for page in pages]))
    assert (far.alike, far.is_near) == (0, False)
    assert hash_distance(0b1011, 0b0010) == 2


def test_a_shared_cover_alone_does_not_make_copies() -> None:
    shared = likeness(sampled(PAGES[:20]), sampled(PAGES[:1] + PAGES[20:39]))
    assert (shared.cover_distance, shared.alike, shared.is_near) == (0, 1, False)


def test_another_cover_does_not_separate_copies() -> None:
    variant = likeness(sampled(PAGES[:20]), sampled(PAGES[39:] + PAGES[1:20]))
    assert variant.alike == variant.compared - 1
    assert variant.is_near


def test_comics_with_only_a_cover_are_compared_by_it() -> None:
    assert likeness({0: PAGES[0]}, {0: PAGES[0]}).is_near
    assert not likeness({0: PAGES[0]}, {0: PAGES[1]}).is_near
    assert not likeness({0: PAGES[0], 1: PAGES[1]}, {0: PAGES[0], 1: PAGES[2]}).is_near
    assert not likeness({}, {0: PAGES[0]}).is_near
    assert likeness({1: PAGES[1]}, {0: PAGES[0]}).cover_distance is None


def test_an_issue_is_not_as_long_as_its_collection() -> None:
    assert is_as_long(22, 25)
    assert not is_as_long(22, 26)
    assert is_as_long(200, 230)
    assert not is_as_long(200, 240)
    assert is_as_long(None, 22)

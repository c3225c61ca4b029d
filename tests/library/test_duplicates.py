from __future__ import annotations

import random
from dataclasses import replace

import pytest
from library_clock import Clock

from comicmaintainer.database import Database
from comicmaintainer.errors import InvalidInput
from comicmaintainer.library.catalogue import Catalogue
from comicmaintainer.library.copy_score import CopyFacts, judge
from comicmaintainer.library.duplicates import Duplicates
from comicmaintainer.library.model import FileFacts, FileState, SeenFile


@pytest.fixture
def duplicates(database: Database) -> Duplicates:
    return Duplicates(database)


def comic(
    name: str, pages: str, *, page_count: int = 20, kind: str = "cbz", **tags: object
) -> SeenFile:
    facts = FileFacts(
        format=kind, page_count=page_count, tags=tags, fingerprint=pages.encode(), series=name
    )
    return SeenFile(f"/comics/{name}.{kind}", 10, 1, 1, 1, facts)


def test_files_with_equal_pages_are_one_group_with_the_better_one_first(
    catalogue: Catalogue, duplicates: Duplicates
) -> None:
    catalogue.upsert(
        [comic("a", "1"), comic("b", "1", series="B", issue="1"), comic("c", "2"), comic("d", "3")]
    )
    groups, next_key = duplicates.groups()
    assert next_key is None
    assert [[file.path for file in group.files] for group in groups] == [
        ["/comics/b.cbz", "/comics/a.cbz"]
    ]
    assert groups[0].reason == "it has more tags"
    assert duplicates.count() == (1, 1)
    assert [file.path for file in duplicates.copies_of("/comics/a.cbz")] == ["/comics/b.cbz"]
    assert duplicates.copies_of("/comics/c.cbz") == []


def test_groups_are_paged(catalogue: Catalogue, duplicates: Duplicates) -> None:
    catalogue.upsert([comic(f"{n}{x}", str(n)) for n in range(7) for x in "ab"])
    seen: list[str] = []
    groups, key = duplicates.groups(limit=3)
    seen += [group.fingerprint for group in groups]
    while key is not None:
        groups, key = duplicates.groups(limit=3, after_key=key)
        seen += [group.fingerprint for group in groups]
    assert len(seen) == len(set(seen)) == 7
    with pytest.raises(InvalidInput):
        duplicates.groups(after_key="no key")


@pytest.mark.parametrize("distance", [0, 1, 4, 7, 10, 11])
def test_near_covers_are_found_at_every_distance_up_to_the_limit(
    catalogue: Catalogue, duplicates: Duplicates, distance: int
) -> None:
    chance = random.Random(distance)
    catalogue.upsert([comic(f"{n}", str(n)) for n in range(40)])
    base = chance.getrandbits(64)
    duplicates.set_cover_hash("/comics/0.cbz", base)
    for number in range(1, 20):
        flipped = base
        for bit in chance.sample(range(64), distance):
            flipped ^= 1 << bit
        duplicates.set_cover_hash(f"/comics/{number}.cbz", flipped)
    for number in range(20, 40):
        duplicates.set_cover_hash(f"/comics/{number}.cbz", chance.getrandbits(64))
    near = duplicates.near("/comics/0.cbz", max_distance=distance)
    assert len(near) == 19
    assert {copy.distance for copy in near} == {distance}
    if distance:
        assert duplicates.near("/comics/0.cbz", max_distance=distance - 1) == []


def test_covers_that_say_nothing_or_belong_to_other_lengths_are_not_near(
    catalogue: Catalogue, duplicates: Duplicates
) -> None:
    catalogue.upsert([comic("a", "1"), comic("b", "2"), comic("book", "3", page_count=160)])
    for name in ("a", "b"):
        assert duplicates.set_cover_hash(f"/comics/{name}.cbz", 0)
    assert duplicates.near("/comics/a.cbz") == []
    for name in ("a", "book"):
        duplicates.set_cover_hash(f"/comics/{name}.cbz", 0x0F0F_F0F0_1234_5678)
    assert duplicates.near("/comics/a.cbz") == []
    assert duplicates.near("/comics/unknown.cbz") == []
    assert not duplicates.set_cover_hash("/comics/unknown.cbz", 1)


def test_a_cover_is_forgotten_when_the_pages_change(
    catalogue: Catalogue, duplicates: Duplicates
) -> None:
    catalogue.upsert([comic("a", "1"), comic("b", "2")])
    for name in ("a", "b"):
        duplicates.set_cover_hash(f"/comics/{name}.cbz", -(0x0F0F_F0F0_1234_5678))
    assert len(duplicates.near("/comics/a.cbz")) == 1
    catalogue.upsert([replace(comic("b", "2", series="tagged"), mtime_ns=2)])
    assert len(duplicates.near("/comics/a.cbz")) == 1
    catalogue.upsert([replace(comic("b", "other pages"), mtime_ns=3)])
    assert duplicates.near("/comics/a.cbz") == []


GOOD = CopyFacts(
    "/b", page_count=20, pixels=4_000_000, format="cbz", tag_count=5, size_bytes=9, added_at=1.0
)


@pytest.mark.parametrize(
    ("worse", "reason"),
    [
        ({"is_damaged": True, "page_count": 99}, "it is not damaged"),
        ({"page_count": 19, "pixels": 9_000_000}, "it has more pages"),
        ({"pixels": 1_000_000, "tag_count": 9}, "its pages are larger"),
        ({"format": "cbr", "tag_count": 9}, "its format can be tagged in place"),
        ({"tag_count": 4, "size_bytes": 99}, "it has more tags"),
        ({"is_marked": True, "size_bytes": 99}, "the other is marked as the duplicate"),
        ({"size_bytes": 8, "added_at": 0.0}, "it is larger"),
        ({"added_at": 2.0}, "it was here first"),
        ({"path": "/c"}, "nothing tells them apart; the first by path is kept"),
    ],
)
def test_the_copy_to_keep_is_chosen_for_a_stated_reason(
    worse: dict[str, object], reason: str
) -> None:
    other = replace(GOOD, **{"path": "/a", **worse})  # type: ignore[arg-type]
    for copies in ([GOOD, other], [other, GOOD]):
        verdict = judge(copies)
        assert (verdict.keep, verdict.reason) == (GOOD, reason)


def test_a_marked_duplicate_and_a_failed_file_lose(
    catalogue: Catalogue, duplicates: Duplicates, clock: Clock
) -> None:
    catalogue.upsert([comic("a", "1")])
    clock.at += 1
    catalogue.upsert([comic("b", "1")])
    catalogue.set_state("/comics/a.cbz", FileState.DUPLICATE)
    (group,), _ = duplicates.groups()
    assert group.files[0].path == "/comics/b.cbz"
    catalogue.set_state("/comics/b.cbz", FileState.FAILED, reason="damaged")
    (group,), _ = duplicates.groups()
    assert group.files[0].path == "/comics/a.cbz"

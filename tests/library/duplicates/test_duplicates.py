from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest

from comicmaintainer.database import Database
from comicmaintainer.errors import InvalidInput
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.model import FileFacts, FileState, SeenFile
from comicmaintainer.library.duplicates.best_copy import CopyFacts, judge
from comicmaintainer.library.duplicates.copy_place import CopyPlace
from comicmaintainer.library.duplicates.duplicates import Duplicates
from tests.kit.clock import Clock


@pytest.fixture
def duplicates(database: Database) -> Duplicates:
    return Duplicates(database)


INODES = count(1)


def comic(
    name: str, pages: str, *, page_count: int = 20, kind: str = "cbz", **tags: object
) -> SeenFile:
    facts = FileFacts(
        format=kind, page_count=page_count, tags=tags, fingerprint=pages.encode(), series=name
    )
    return SeenFile(f"/comics/{name}.{kind}", 10, 1, 1, next(INODES), facts)


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


def test_several_names_of_one_file_are_not_copies(
    catalogue: Catalogue, duplicates: Duplicates
) -> None:
    one, two, other = comic("a", "1"), comic("b", "1"), comic("c", "1")
    two = replace(two, inode=one.inode)
    catalogue.upsert([one, two])
    assert (duplicates.groups(), duplicates.count()) == (((), None), (0, 0))
    catalogue.upsert([other])
    (group,), _ = duplicates.groups()
    assert sorted(file.path for file in group.files) == [one.path, other.path]
    assert duplicates.count() == (1, 1)


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


GOOD = CopyFacts(
    "/b",
    page_count=20,
    pixels=4_000_000,
    format="cbz",
    place=CopyPlace(is_in_series_folder=True),
    tag_count=5,
    size_bytes=9,
    is_verified=True,
    modified_ns=1_700_000_000_000_000_000,
)
ELSEWHERE = CopyPlace()


@pytest.mark.parametrize(
    ("worse", "reason"),
    [
        ({"is_damaged": True, "page_count": 99}, "it is not damaged"),
        ({"page_count": 19, "pixels": 9_000_000}, "it has more pages"),
        ({"pixels": 1_000_000, "tag_count": 9}, "its pages are larger"),
        ({"format": "cbr", "tag_count": 9}, "its format can be tagged in place"),
        (
            {"place": CopyPlace(unsorted=1, is_in_series_folder=True), "tag_count": 9},
            "the other is in a folder of unsorted files",
        ),
        (
            {"place": CopyPlace(is_named_as_copy=True, is_in_series_folder=True), "tag_count": 9},
            "the other is named as a copy",
        ),
        ({"place": ELSEWHERE, "tag_count": 9}, "it is in the folder of its series"),
        ({"tag_count": 4, "size_bytes": 99}, "it has more tags"),
        ({"is_marked": True, "size_bytes": 99}, "the other is marked as the duplicate"),
        ({"size_bytes": 8, "modified_ns": 0}, "it is larger"),
        ({"is_verified": False, "modified_ns": 0}, "its pages were found sound"),
        ({"modified_ns": 1_700_000_000_000_000_001}, "its file is older"),
        ({"path": "/c"}, "they are equal; the first by path is kept"),
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

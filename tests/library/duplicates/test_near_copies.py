"""Groups of files that look alike: how they form, are paged, and fall apart."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from comicmaintainer.comics.pages.likeness import ComicPictures, sampled_pages
from comicmaintainer.database import Database
from comicmaintainer.errors import InvalidInput
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.model import FileFacts, SeenFile
from comicmaintainer.library.duplicates.near_copies import NearCopies
from comicmaintainer.library.duplicates.near_index import LOOKED_UP_FILES, MAX_GROUP_FILES

PAGES = 20


@pytest.fixture
def near(database: Database) -> NearCopies:
    return NearCopies(database)


Put = Callable[..., None]


@pytest.fixture
def put(catalogue: Catalogue, near: NearCopies) -> Put:
    """Catalogue a file and store what it looks like: pages of a story, with some bits turned."""

    def put(
        name: str, story: str, *, bits: int = 0, pages: str | None = None, width: int = 1000,
        count: int = PAGES, cover: str | None = None, unreadable: int = 0,
    ) -> None:  # fmt: skip
        catalogue.upsert([seen(name, pages or name, count)])
        row = catalogue.by_path(f"/comics/{name}.cbz")
        assert row is not None
        hashes = hashes_of(story, bits, random.Random(name))
        if cover is not None:
            hashes[0] = random.Random(cover).getrandbits(64)
        assert near.store(row, ComicPictures(hashes, width, width * 3 // 2, unreadable))

    return put


def seen(name: str, pages: str, count: int = PAGES) -> SeenFile:
    facts = FileFacts(
        format="cbz", page_count=count, tags={}, fingerprint=pages.encode(), series=name
    )
    return SeenFile(f"/comics/{name}.cbz", 10, 1, 1, 1, facts)


def hashes_of(stories: str, bits: int, chance: random.Random) -> dict[int, int]:
    """The sampled pages of a story, or of several joined by `+`, one after the other."""
    found = {}
    for number, story in enumerate(stories.split("+")):
        source = random.Random(story)
        drawn = [source.getrandbits(64) for _ in range(PAGES)]
        for page in sampled_pages(PAGES):
            found[number * PAGES + page] = turned(drawn[page], bits, chance)
    return found


def turned(page_hash: int, bits: int, chance: random.Random) -> int:
    for bit in chance.sample(range(64), bits):
        page_hash ^= 1 << bit
    return page_hash


def grouped(near: NearCopies) -> list[list[str]]:
    return [sorted(each.file.name for each in group.files) for group in near.groups()[0]]


@pytest.mark.parametrize("bits", [0, 1, 3, 6])
def test_copies_are_found_among_other_comics(near: NearCopies, put: Put, bits: int) -> None:
    for number in range(60):
        put(f"stranger {number}", f"story {number}")
    put("small", "story 7", bits=bits, width=500)
    assert grouped(near) == [["small.cbz", "stranger 7.cbz"]]
    (group,) = near.groups()[0]
    assert group.reason == "its pages are larger"
    best, other = group.files
    assert (best.file.name, best.width, best.height) == ("stranger 7.cbz", 1000, 1500)
    assert best.has_same_pages
    assert not other.has_same_pages
    assert (other.likeness.cover_distance, other.likeness.alike) == (bits, 9)
    assert near.count() == (1, 1)


def test_a_shared_cover_or_another_length_does_not_make_a_copy(near: NearCopies, put: Put) -> None:
    put("a", "one", cover="publisher")
    put("b", "two", cover="publisher")
    put("book", "one", count=160)
    assert near.groups() == ((), None)
    assert near.count() == (0, 0)
    assert near.has_compared()


def test_another_cover_does_not_separate_copies(near: NearCopies, put: Put) -> None:
    put("a", "one")
    put("variant", "one", cover="variant")
    assert grouped(near) == [["a.cbz", "variant.cbz"]]


def test_exact_copies_form_a_group_only_with_one_that_differs(near: NearCopies, put: Put) -> None:
    put("a", "one", pages="same")
    put("a copy", "one", pages="same")
    assert near.groups() == ((), None)
    put("recoded", "one", bits=2)
    assert grouped(near) == [["a copy.cbz", "a.cbz", "recoded.cbz"]]
    group = near.group_of("/comics/a.cbz")
    assert [(each.file.name, each.has_same_pages) for each in group] == [
        ("a.cbz", True),
        ("a copy.cbz", True),
        ("recoded.cbz", False),
    ]


def test_a_file_that_looks_like_two_groups_merges_them(near: NearCopies, put: Put) -> None:
    put("a1", "one")
    put("a2", "one")
    put("b1", "two")
    put("b2", "two")
    assert len(grouped(near)) == 2
    put("both", "one+two")
    assert grouped(near) == [["a1.cbz", "a2.cbz", "b1.cbz", "b2.cbz", "both.cbz"]]


def test_files_that_left_or_changed_drop_out(
    near: NearCopies, put: Put, catalogue: Catalogue
) -> None:
    for name in "abcd":
        put(name, "one", bits=1)
    catalogue.remove(["/comics/d.cbz"])
    assert grouped(near) == [["a.cbz", "b.cbz", "c.cbz"]]
    catalogue.upsert([replace(seen("c", "other pages"), mtime_ns=2)])
    assert grouped(near) == [["a.cbz", "b.cbz"]]
    catalogue.remove(["/comics/b.cbz"])
    assert near.groups() == ((), None)
    assert near.group_of("/comics/a.cbz") == []


def test_a_group_with_only_exact_copies_left_is_dissolved(
    near: NearCopies, put: Put, catalogue: Catalogue
) -> None:
    put("a", "one", pages="same")
    put("b", "one", pages="same")
    put("recoded", "one")
    catalogue.remove(["/comics/recoded.cbz"])
    assert near.groups() == ((), None)


def test_renames_rescans_and_tag_writes_leave_groups_as_they_are(
    near: NearCopies, put: Put, catalogue: Catalogue
) -> None:
    put("a", "one")
    put("b", "one")
    catalogue.move("/comics/b.cbz", "/comics/c.cbz")
    tagged = replace(seen("c", "b"), mtime_ns=2, size_bytes=11)
    catalogue.upsert([tagged, seen("a", "a")])
    assert grouped(near) == [["a.cbz", "c.cbz"]]
    row = catalogue.by_path("/comics/c.cbz")
    assert row is not None
    assert near.is_known(row)


def test_a_file_without_checksums_is_read_again_when_it_was_written(
    near: NearCopies, catalogue: Catalogue
) -> None:
    facts = FileFacts(format="cbt", page_count=PAGES, tags={})
    file = SeenFile("/comics/a.cbt", 10, 1, 1, 1, facts)
    catalogue.upsert([file])
    row = catalogue.by_path(file.path)
    assert row is not None
    assert near.store(row, ComicPictures({}, 10, 10, 0))
    assert near.is_known(row)
    catalogue.upsert([replace(file, mtime_ns=2)])
    assert not near.is_known(row)


def test_a_file_with_undecodable_pages_is_read_again_after_it_was_healed(
    near: NearCopies, put: Put, catalogue: Catalogue
) -> None:
    put("a", "one", unreadable=1)
    row = catalogue.by_path("/comics/a.cbz")
    assert row is not None
    assert near.is_known(row)
    assert not near.is_known(replace(row, mtime_ns=2))


def test_a_damaged_copy_is_not_the_one_to_keep(near: NearCopies, put: Put) -> None:
    put("broken", "one", width=2000, unreadable=1)
    put("whole", "one")
    (group,) = near.groups()[0]
    assert (group.files[0].file.name, group.reason) == ("whole.cbz", "it is not damaged")


def test_a_file_written_since_its_hashing_is_not_stored(
    near: NearCopies, put: Put, catalogue: Catalogue
) -> None:
    put("a", "one")
    row = catalogue.by_path("/comics/a.cbz")
    assert row is not None
    assert not near.store(replace(row, mtime_ns=9), ComicPictures({}, 1, 1, 0))
    assert not near.store(replace(row, file_id=99), ComicPictures({}, 1, 1, 0))


def test_groups_are_paged_by_key(near: NearCopies, put: Put) -> None:
    for number in range(7):
        put(f"a{number}", f"story {number}")
        put(f"b{number}", f"story {number}")
    found: list[int] = []
    groups, key = near.groups(limit=3)
    found += [group.group_id for group in groups]
    while key is not None:
        groups, key = near.groups(limit=3, after_key=key)
        found += [group.group_id for group in groups]
    assert len(found) == len(set(found)) == 7
    for wrong in ("no key", "-1", "9" * 30):
        with pytest.raises(InvalidInput):
            near.groups(after_key=wrong)


def test_a_group_has_an_upper_bound(near: NearCopies, put: Put) -> None:
    for number in range(MAX_GROUP_FILES + 5):
        put(f"{number:02}", "one")
    assert sorted(len(names) for names in grouped(near)) == [5, MAX_GROUP_FILES]


def test_a_page_that_many_comics_share_hides_no_copies(near: NearCopies, put: Put) -> None:
    for number in range(LOOKED_UP_FILES * 3):
        put(f"{number:03}", f"story {number}", cover="scanner")
    put("copy", "story 1", cover="scanner")
    assert grouped(near) == [["001.cbz", "copy.cbz"]]

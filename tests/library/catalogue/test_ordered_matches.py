"""Matches of words in series order, on a server too, whose index has none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from comicmaintainer.library.catalogue import ordered_matches
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.catalogue.model import FileFacts, FileMark, FileState, SeenFile

pytestmark = pytest.mark.both_databases

SERIES = [f"{letter}{letter} {word}" for letter in "abcdefghij" for word in ("otter", "owl")]
ISSUES = 5


@pytest.fixture(params=[False, True], ids=["as it is", "in small steps"])
def _steps(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param:
        small = {"_WALKED": 3, "_FIRST_CHUNK": 1, "_SERIES_AT_ONCE": (2, 4)}
        small |= {"_LOOKED_AT": 3, "_FEW": 30}
        for name, value in small.items():
            monkeypatch.setattr(ordered_matches, name, value)


@pytest.fixture
def names(catalogue: Catalogue, _steps: None) -> list[str]:
    """The names of all files in series order. They were added in another one."""
    names = [f"{series} {issue:03}" for series in SERIES for issue in range(1, ISSUES + 1)]
    files = [
        SeenFile(
            f"/comics/{name}.cbz", 1, 1, 1, 1,
            FileFacts(format="cbz", series=name[:-4], issue=name[-3:], title=f"rare{number % 7}"),
        )
        for number, name in enumerate(names)
    ]  # fmt: skip
    for part in range(3):
        catalogue.upsert(files[part::3])
    catalogue.set_marks(
        [(file.path, FileMark(FileState.FAILED)) for file in files if "otter 003" in file.path]
    )
    return names


def pages(listing: Listing, wanted: FileFilter, *, is_reversed: bool) -> Iterator[str]:
    """Yield the names of the files on all pages."""
    key = None
    while True:
        page = listing.page(wanted, after_key=key, limit=4, is_reversed=is_reversed)
        yield from (file.name.removesuffix(".cbz") for file in page.files)
        key = page.next_key
        if key is None:
            return


@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize("text", ["otter", "owl 2", "rare3", "hh", "ot rare1", "jj 5", "nothing"])
def test_pages_of_words_are_in_series_order_and_whole(
    listing: Listing, names: list[str], text: str, is_reversed: bool
) -> None:
    titles = {name: f"rare{number % 7}" for number, name in enumerate(names)}

    def matches(name: str) -> bool:
        series, _, issue = name.rpartition(" ")
        words = [*series.split(), titles[name]]
        return all(
            int(issue) == int(term) if term.isdigit() else any(w.startswith(term) for w in words)
            for term in text.split()
        )

    expected = [name for name in names if matches(name)]
    found = list(pages(listing, FileFilter(text=text), is_reversed=is_reversed))
    assert found == expected[:: -1 if is_reversed else 1]


def test_words_and_a_state_are_both_required(listing: Listing, names: list[str]) -> None:
    wanted = FileFilter(text="otter", states=(FileState.FAILED,))
    found = list(pages(listing, wanted, is_reversed=False))
    assert found == [name for name in names if "otter 003" in name]


def test_a_file_that_was_renamed_is_found_by_its_new_words_only(
    catalogue: Catalogue, listing: Listing, names: list[str]
) -> None:
    file = SeenFile(
        "/comics/aa otter 001.cbz", 2, 2, 1, 1, FileFacts(format="cbz", series="Zebra", issue="1")
    )
    catalogue.upsert([file])
    assert len(list(pages(listing, FileFilter(text="zebra"), is_reversed=False))) == 1
    assert (
        list(pages(listing, FileFilter(text="rare0 aa"), is_reversed=False))
        == [name for name in names if name.startswith("aa") and names.index(name) % 7 == 0][1:]
    )

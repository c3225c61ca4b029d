"""Pages of filters without words in series order, also where few files of many places match."""

from __future__ import annotations

import pytest

from comicmaintainer.database import Database
from comicmaintainer.library.catalogue import ordered_matches, placed_files
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.catalogue.model import FileFacts, FileMark, FileState, SeenFile
from comicmaintainer.library.series_figures import SeriesFigures
from tests.library.catalogue.test_ordered_matches import pages

pytestmark = pytest.mark.both_databases

SERIES = [f"{letter}{word}" for letter in "abcdefgh" for word in ("otter", "owl", "ox")]
ISSUES = (1, 2, 4)
PUBLISHERS = ("Lantern", "lantern", "Tide")


@pytest.fixture(params=[0, 1_000], ids=["by places", "by facets"])
def _ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make few series too many for the search, or all of them few."""
    monkeypatch.setattr(ordered_matches, "_LOOKED_AT", request.param)
    monkeypatch.setattr(placed_files, "_FIRST_PLACES", 1)
    monkeypatch.setattr(placed_files, "_MOST_PLACES", 7)


@pytest.fixture
def files(catalogue: Catalogue, database: Database, _ways: None) -> list[SeenFile]:
    """All files in series order; every third series has no gap, every fifth file has failed."""
    files: list[SeenFile] = []
    for number, series in enumerate(SERIES):
        for issue in (1, 2, 3) if number % 3 == 0 else ISSUES:
            at = len(files)
            publisher = PUBLISHERS[at % 3] if at % 2 else None
            facts = FileFacts(
                format="cbr" if at % 4 == 0 else "cbz", series=series, issue=str(issue),
                year=1990 + at % 10, publisher=publisher,
                tags={"series": series} | ({"publisher": publisher} if publisher else {}),
            )  # fmt: skip
            path = f"/comics/{series[0]}/{series}/{series} {issue:03}.cbz"
            files.append(SeenFile(path, 1000 * at, 1, 1, at, facts))
    for part in range(3):
        catalogue.upsert(files[part::3])
    catalogue.set_marks([(file.path, FileMark(FileState.FAILED)) for file in files[::5]])
    SeriesFigures(database).catch_up()
    return files


def facts_of(file: SeenFile) -> FileFacts:
    assert file.facts is not None
    return file.facts


FILTERS = {
    "state": FileFilter(states=(FileState.FAILED,)),
    "format and years": FileFilter(formats=("cbr",), year_from=1994, year_to=1996),
    "publisher": FileFilter(publisher="LANTERN"),
    "publisher and size": FileFilter(publisher="tide", size_from=20_000, size_to=60_000),
    "size": FileFilter(size_from=20_000),
    "state and missing": FileFilter(states=(FileState.FAILED,), missing=("publisher",)),
    "missing": FileFilter(missing=("publisher",)),
    "missing nowhere": FileFilter(missing=("series",)),
    "folder": FileFilter(folder="/comics/c"),
    "folder and state": FileFilter(folder="/comics/d", states=(FileState.FAILED,)),
    "words and size": FileFilter(text="botter", size_from=10_000),
    "gaps": FileFilter(gaps=True),
    "gaps and state": FileFilter(gaps=True, states=(FileState.FAILED,)),
    "gaps, publisher and size": FileFilter(gaps=True, publisher="Lantern", size_to=60_000),
}


def has(wanted: FileFilter, number: int, file: SeenFile) -> bool:
    """Tell whether the file is one of the filter, without the catalogue."""
    facts = facts_of(file)
    publisher = (facts.publisher or "").lower()
    return all(
        (
            not wanted.states or number % 5 == 0,
            not wanted.formats or facts.format in wanted.formats,
            wanted.year_from is None or wanted.year_from <= (facts.year or 0) <= 1996,
            wanted.publisher is None or publisher == wanted.publisher.lower(),
            wanted.size_from is None or file.size_bytes >= wanted.size_from,
            wanted.size_to is None or file.size_bytes <= wanted.size_to,
            "publisher" not in wanted.missing or not publisher,
            "series" not in wanted.missing,
            wanted.text in (facts.series or ""),
            wanted.folder is None or file.path.startswith(f"{wanted.folder}/"),
            not wanted.gaps or SERIES.index(facts.series or "") % 3 != 0,
        )
    )


@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize("name", FILTERS)
def test_pages_of_filters_are_in_series_order_and_whole(
    listing: Listing, files: list[SeenFile], name: str, is_reversed: bool
) -> None:
    wanted = FILTERS[name]
    expected = [
        file.path.rpartition("/")[2].removesuffix(".cbz")
        for number, file in enumerate(files)
        if has(wanted, number, file)
    ]
    found = list(pages(listing, wanted, is_reversed=is_reversed))
    assert found == expected[:: -1 if is_reversed else 1]
    assert listing.count(wanted).files == len(expected)

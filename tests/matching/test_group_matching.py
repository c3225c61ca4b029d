from __future__ import annotations

from comicmaintainer.matching.model import Level, Match
from comicmaintainer.matching.questions import IssueList, SeriesSearch
from tests.matching.invented_catalogue import InventedCatalogue


def issue_ids(match: Match) -> dict[str, str]:
    assert match.best is not None
    return {key: issue.id for key, issue in match.best.issues.items()}


def test_a_group_is_matched_as_one_with_a_search_and_a_list() -> None:
    catalogue = InventedCatalogue()
    series = catalogue.add("Harbour Lights", 2016, range(1, 13))

    (match,) = catalogue.match_names(
        "Harbour Lights (2016)",
        *(f"Harbour Lights 00{number} (2016).cbz" for number in (1, 2, 3, 4)),
    )

    assert match.level is Level.CERTAIN
    assert match.best is not None
    assert match.best.series is series
    assert issue_ids(match)["Harbour Lights 003 (2016).cbz"] == f"{series.id}-3"
    assert catalogue.questions == [SeriesSearch("Harbour Lights"), IssueList(series.id)]


def test_a_number_that_the_series_does_not_have_stays_unknown() -> None:
    catalogue = InventedCatalogue()
    catalogue.add("Harbour Lights", 2016, range(1, 13))

    known, unknown = catalogue.match_names(
        "Harbour Lights (2016)", "Harbour Lights 001 (2016).cbz", "Harbour Lights 917 (1901).cbz"
    )

    assert known.level is Level.CERTAIN
    assert known.files == ("Harbour Lights 001 (2016).cbz",)
    assert unknown.level is Level.UNKNOWN
    assert unknown.files == ("Harbour Lights 917 (1901).cbz",)
    assert unknown.candidates == ()


def test_a_cover_decides_between_series_of_one_name() -> None:
    catalogue = InventedCatalogue()
    catalogue.add("Harbour Lights", 1984, range(1, 5))
    second = catalogue.add("Harbour Lights", 2016, range(1, 5))
    catalogue.file_covers["Harbour Lights 002.cbz"] = catalogue.images[f"{second.id}-2.jpg"] ^ 5

    (without,) = catalogue.match_names("New", "Harbour Lights 002.cbz")
    (with_covers,) = catalogue.match_names("New", "Harbour Lights 002.cbz", covers=True)

    assert without.level is Level.LIKELY
    assert len(without.candidates) == 2
    assert with_covers.level is Level.CERTAIN
    assert issue_ids(with_covers) == {"Harbour Lights 002.cbz": f"{second.id}-2"}

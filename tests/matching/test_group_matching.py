from __future__ import annotations

from dataclasses import replace

from comicmaintainer.matching.groups import group_files
from comicmaintainer.matching.model import Level, Match
from comicmaintainer.matching.questions import (
    CoverHash,
    FileCoverHashes,
    IssueList,
    IssueLists,
    IssuesNumbered,
    SeriesSearch,
)
from tests.matching.invented_catalogue import SOURCE, InventedCatalogue, read_names


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
    assert catalogue.questions == [SeriesSearch("harbour lights"), IssueList(series.id)]


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


def test_one_search_and_one_number_serve_a_single_file() -> None:
    catalogue = InventedCatalogue()
    for start_year in (1968, 1984, 1998, 2016):
        catalogue.add("Harbour Lights", start_year, range(1, 13))

    (match,) = catalogue.match_names("New", "Harbour Lights 003 (1998).cbz")

    assert match.level is Level.CERTAIN
    assert catalogue.requests == 2


def test_many_series_of_one_name_cost_a_group_few_requests() -> None:
    catalogue = InventedCatalogue()
    for start_year in range(1960, 2020, 6):
        catalogue.add("Harbour Lights", start_year, range(1, 25))
    names = [
        f"Harbour Lights {number:03} ({1990 + (number - 1) // 12}).cbz" for number in range(1, 9)
    ]

    (match,) = catalogue.match_names("New", *names)

    assert match.level is Level.CERTAIN
    assert match.best is not None
    assert match.best.series.start_year == 1990
    assert catalogue.requests <= len(names) / 2


def test_the_numbers_of_a_group_tell_series_apart() -> None:
    catalogue = InventedCatalogue()
    long = catalogue.add("Harbour Lights", 2001, range(1, 40))
    catalogue.add("Harbour Lights", 2002, range(1, 6))
    names = [f"Harbour Lights {number:03} (2002).cbz" for number in (13, 14, 15, 16)]

    (match,) = catalogue.match_names("New", *names)

    assert match.level is Level.CERTAIN
    assert match.best is not None
    assert match.best.series.id == long.id


def test_other_words_are_searched_if_nothing_has_the_name() -> None:
    catalogue = InventedCatalogue()
    series = catalogue.add("Glass-Tram/Iron Orchard", 2016, range(1, 5))

    (match,) = catalogue.match_names("New", "Glass-TramIron Orchard 002 (2016).cbz")

    assert match.level is Level.CERTAIN
    assert match.best is not None
    assert match.best.series.id == series.id
    assert len(catalogue.asked(SeriesSearch)) > 1


def test_other_words_are_searched_if_the_series_found_do_not_fit() -> None:
    """ComicVine's filter finds "Harbour Lights Parade", but not "Harbour Lights: Parade"."""
    catalogue = InventedCatalogue()
    catalogue.add("Harbour Lights Parade", 1984, [1])
    series = catalogue.add("Harbour Lights: Parade", 2016, range(1, 5))
    catalogue.hidden[series.id] = {"harbour lights parade"}

    (match,) = catalogue.match_names("New", "Harbour Lights Parade 002 (2016).cbz")

    assert match.level is Level.CERTAIN
    assert match.best is not None
    assert match.best.series.id == series.id
    assert len(catalogue.asked(SeriesSearch)) == 2


def test_a_name_that_no_series_has_is_unknown() -> None:
    (match,) = InventedCatalogue().match_names("New", "Harbour Lights 002 (2016).cbz")
    assert match.level is Level.UNKNOWN
    assert "Harbour Lights" in match.reason


def test_a_file_without_a_number_is_the_only_issue_of_its_series() -> None:
    catalogue = InventedCatalogue()
    special = catalogue.add("Harbour Lights Holiday", 2016, [1])
    catalogue.add("Harbour Lights Parade", 2016, range(1, 5))

    (match,) = catalogue.match_names("New", "Harbour Lights Holiday (2016).cbz")
    (several,) = catalogue.match_names("New", "Harbour Lights Parade (2016).cbz")

    assert match.level is Level.CERTAIN
    assert match.best is not None
    assert match.best.series.id == special.id
    assert several.level is Level.UNKNOWN


def test_an_annual_may_be_numbered_by_its_year() -> None:
    catalogue = InventedCatalogue()
    series = catalogue.add("Harbour Lights Annual", 1974, range(1974, 1990), a_year=1)

    (match,) = catalogue.match_names(
        "Harbour Lights Annual (1974)", "Harbour Lights Annual 1981.cbz"
    )

    assert match.level is Level.CERTAIN
    assert issue_ids(match) == {"Harbour Lights Annual 1981.cbz": f"{series.id}-1981"}


def test_the_source_s_own_hash_saves_a_download() -> None:
    catalogue = InventedCatalogue()
    first = catalogue.add("Harbour Lights", 2013, range(1, 14))
    second = catalogue.add("Harbour Lights", 2014, range(1, 13))
    catalogue.change(f"{first.id}-4", cover_hash=0x1234_5678_9ABC_DEF0)
    catalogue.change(f"{second.id}-4", cover_hash=0x0FED_CBA9_8765_4321)
    name = "Harbour Lights 004 (2013).cbz"
    catalogue.file_covers[name] = 0x0FED_CBA9_8765_4321

    (match,) = catalogue.match_names("New", name, covers=True)

    assert match.best is not None
    assert match.best.series.id == second.id
    assert catalogue.asked(CoverHash) == []


def test_covers_are_not_asked_where_names_and_years_decide() -> None:
    catalogue = InventedCatalogue()
    catalogue.add("Harbour Lights", 1984, range(1, 5))
    catalogue.add("Harbour Lights", 2016, range(1, 5))
    catalogue.match_names("New", "Harbour Lights 003 (2016).cbz", covers=True)
    assert catalogue.asked(FileCoverHashes) == []


def test_at_most_three_files_of_a_group_are_decoded() -> None:
    catalogue = InventedCatalogue()
    catalogue.add("Harbour Lights", 2013, range(1, 14))
    catalogue.add("Harbour Lights", 2014, range(1, 13))
    names = [f"Harbour Lights {number:03} (2013).cbz" for number in range(1, 9)]
    catalogue.file_covers = dict.fromkeys(names, 0x0F0F_0F0F_0F0F_0F0F)

    (match,) = catalogue.match_names("New", *names, covers=True)

    assert match.level is Level.LIKELY
    assert len(catalogue.asked(FileCoverHashes)) == 3


def test_an_id_in_the_tags_is_checked_without_a_search() -> None:
    catalogue = InventedCatalogue()
    series = catalogue.add("Harbour Lights", 2016, range(1, 13))

    (match,) = catalogue.match_names(
        "New", "hl 003.cbz", number="3", issue_ids={SOURCE: f"{series.id}-3"}
    )

    assert match.level is Level.CERTAIN
    assert issue_ids(match) == {"hl 003.cbz": f"{series.id}-3"}
    assert catalogue.asked(SeriesSearch) == []


def test_one_id_serves_the_files_beside_it() -> None:
    catalogue = InventedCatalogue()
    series = catalogue.add("Harbour Lights", 2016, range(1, 13))
    files = read_names("New", *(f"Harbour Lights 00{number} (2016).cbz" for number in range(1, 6)))
    files[2] = replace(files[2], issue_ids={SOURCE: f"{series.id}-3"})
    (group,) = group_files(files)

    (match,) = catalogue.match(group)

    assert len(match.files) == 5
    assert match.level is Level.CERTAIN
    assert catalogue.requests == 3


def test_the_id_of_a_folder_names_the_series_in_another_language() -> None:
    catalogue = InventedCatalogue()
    series = catalogue.add("Phares du port", 2016, range(1, 13), id_="123")

    (match,) = catalogue.match_names("Harbour Lights [cv-123]", "Harbour Lights 003 (2016).cbz")

    assert match.level is Level.CERTAIN
    assert match.best is not None
    assert match.best.series is series


def test_an_id_tells_which_of_two_issues_of_one_number_it_is() -> None:
    catalogue = InventedCatalogue()
    series = catalogue.add("Harbour Lights", 2016, range(1, 13))
    first = catalogue.issues[series.id][0]
    catalogue.issues[series.id].append(replace(first, id="other-1"))
    names = ("Harbour Lights 001 (2016).cbz", "Harbour Lights 002 (2016).cbz")
    (group,) = group_files(read_names("New", *names))
    files = (replace(group.files[0], issue_ids={SOURCE: "other-1"}), group.files[1])

    (match,) = catalogue.match(replace(group, files=files))

    assert match.level is Level.CERTAIN
    assert issue_ids(match) == {names[0]: "other-1", names[1]: f"{series.id}-2"}


def test_a_fraction_is_asked_as_sources_write_it() -> None:
    catalogue = InventedCatalogue()
    catalogue.add("Harbour Lights", 1984, ["½", *range(1, 200)])
    catalogue.add("Harbour Lights", 2016, range(1, 200))
    (match,) = catalogue.match_names("New", "Harbour Lights #½ (1984).cbz")
    assert match.level is Level.CERTAIN
    assert {each.number for each in catalogue.asked(IssuesNumbered)} == {"½"}


def test_a_series_that_had_ended_is_not_asked_about() -> None:
    catalogue = InventedCatalogue()
    catalogue.add("Harbour Lights", 1984, range(1, 13), end_year=1985)
    series = catalogue.add("Harbour Lights", 2001, range(1, 13))
    catalogue.match_names("New", "Harbour Lights 003 (2001).cbz")
    assert catalogue.asked(IssueList) == [IssueList(series.id)]


def test_a_wrong_id_is_not_believed() -> None:
    catalogue = InventedCatalogue()
    wrong = catalogue.add("Iron Orchard", 1990, range(1, 3))
    right = catalogue.add("Harbour Lights", 2016, range(1, 13))

    (match,) = catalogue.match_names(
        "New", "Harbour Lights 003 (2016).cbz", issue_ids={SOURCE: f"{wrong.id}-1"}
    )

    assert match.level is Level.CERTAIN
    assert match.best is not None
    assert match.best.series.id == right.id


def test_an_id_that_the_source_no_longer_has_is_ignored() -> None:
    catalogue = InventedCatalogue()
    catalogue.add("Harbour Lights", 2016, range(1, 13))
    (match,) = catalogue.match_names(
        "New [cv-999]", "Harbour Lights 003 (2016).cbz", issue_ids={SOURCE: "gone"}
    )
    assert match.level is Level.CERTAIN


def test_every_file_is_in_one_match() -> None:
    catalogue = InventedCatalogue()
    catalogue.add("Harbour Lights", 2016, range(1, 13))
    names = [f"Harbour Lights {number}.cbz" for number in ("001", "002", "044", "055", "x")]
    matches = catalogue.match_names("Harbour Lights (2016)", *names)
    assert sorted(key for match in matches for key in match.files) == sorted(names)


def test_evidence_names_both_values() -> None:
    catalogue = InventedCatalogue()
    catalogue.add("The Harbour Lights", 2016, range(1, 13))
    (match,) = catalogue.match_names("Harbour Lights (2016)", "Harbour Lights 003 (2015).cbz")
    assert match.best is not None
    evidence = {each.name: each for each in match.best.evidence}
    assert (evidence["year"].ours, evidence["year"].theirs) == ("2015", "2016")
    assert evidence["series_name"].penalty == 0
    assert match.best.distance == evidence["year"].penalty * evidence["year"].weight


def test_short_lists_of_all_near_series_are_one_question_where_a_source_lists_them_together() -> (
    None
):
    catalogue = InventedCatalogue(together=True)
    old = catalogue.add("Harbour Lights", 1984, range(1, 41))
    catalogue.add("Harbour Lights", 1978, range(1, 41))

    (match,) = catalogue.match_names("New", *(f"Harbour Lights 00{n} (1984).cbz" for n in "234"))

    assert match.level is Level.CERTAIN
    assert match.best is not None
    assert match.best.series.id == old.id
    assert catalogue.requests == 2
    (asked,) = catalogue.asked(IssueLists)
    assert {(each.series_id, each.count) for each in asked.lists} == {("100", 40), ("101", 40)}


def test_a_number_is_asked_of_farther_series_too_where_that_costs_nothing() -> None:
    """Else the next series would be asked about a number that none has, and the next."""
    catalogue = InventedCatalogue(together=True)
    catalogue.add("Harbour Lights", 1984, range(1, 91))
    catalogue.add("Harbour Lights", 1978, range(1, 91))
    catalogue.add("Harbour Lights Annual", 1984, range(1, 91))

    (match,) = catalogue.match_names("New", "Harbour Lights 917 (1986).cbz")

    assert match.level is Level.UNKNOWN
    (asked,) = catalogue.asked(IssuesNumbered)
    assert asked.series_ids == ("100", "101", "102")
    assert catalogue.asked(IssueList) == []

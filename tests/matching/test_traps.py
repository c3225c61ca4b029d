"""Mistakes that users of other programs have reported, on an invented catalogue.

Each test names the report. Covers are off unless the test is about them.
"""

from __future__ import annotations

from dataclasses import replace

from comicmaintainer.matching.model import Level, Match
from tests.matching.invented_catalogue import InventedCatalogue


def best_id(match: Match) -> str:
    assert match.best is not None
    return match.best.series.id


def is_sure_of(match: Match, series_id: str) -> bool:
    return match.level is Level.CERTAIN and best_id(match) == series_id


def test_a_cover_year_may_be_off_by_one() -> None:
    """ComicTagger #638, Kapowarr #118: the year of sale and the year on the cover differ."""
    catalogue = InventedCatalogue()
    old = catalogue.add("Harbour Lights", 1984, range(1, 5))
    catalogue.add("Harbour Lights", 2016, range(1, 5))

    (before,) = catalogue.match_names("New", "Harbour Lights 003 (1983).cbz")
    (after,) = catalogue.match_names("New", "Harbour Lights 003 (1985).cbz")

    assert is_sure_of(before, old.id)
    assert is_sure_of(after, old.id)


def test_a_start_year_may_be_off_by_one_but_the_cover_has_to_confirm_it() -> None:
    """CBL-ReadingLists #58: a series is of 2021 for its publisher, and of 2022 at ComicVine."""
    catalogue = InventedCatalogue()
    series = catalogue.add("Harbour Lights", 2022, range(1, 5))
    name = "Harbour Lights 002 (2022).cbz"
    catalogue.file_covers[name] = catalogue.images[f"{series.id}-2.jpg"]

    (without,) = catalogue.match_names("Harbour Lights (2021)", name)
    (confirmed,) = catalogue.match_names("Harbour Lights (2021)", name, covers=True)

    assert without.level is Level.LIKELY
    assert best_id(without) == series.id
    assert is_sure_of(confirmed, series.id)


def test_a_reboot_is_told_by_the_year_that_names_the_series() -> None:
    """Mylar #627, Codex #83: comics of a reboot got the tags of the first series of this name."""
    catalogue = InventedCatalogue()
    catalogue.add("Harbour Lights", 1975, range(1, 63))
    catalogue.add("Harbour Lights", 2013, range(1, 28))
    newest = catalogue.add("Harbour Lights", 2019, range(1, 13))

    (by_folder,) = catalogue.match_names("Harbour Lights (2019)", "Harbour Lights 003.cbz")
    (by_volume,) = catalogue.match_names("New", "Harbour Lights v2019 003.cbz")
    (by_cover_year,) = catalogue.match_names("New", "Harbour Lights 003 (2019).cbz")

    assert is_sure_of(by_folder, newest.id)
    assert is_sure_of(by_volume, newest.id)
    assert is_sure_of(by_cover_year, newest.id)


def test_two_reboots_within_a_year_are_a_question_unless_the_start_year_is_given() -> None:
    """Mylar #2036, comixed #16: two series of one name began in the same or the next year."""
    catalogue = InventedCatalogue()
    first = catalogue.add("Harbour Lights", 2013, range(1, 14))
    catalogue.add("Harbour Lights", 2014, range(1, 13))

    (unclear,) = catalogue.match_names("New", "Harbour Lights 004 (2013).cbz")
    (clear,) = catalogue.match_names("Harbour Lights (2013)", "Harbour Lights 004 (2013).cbz")

    assert unclear.level is Level.LIKELY
    assert [each.series.start_year for each in unclear.candidates] == [2013, 2014]
    assert is_sure_of(clear, first.id)


def test_a_cover_decides_between_two_reboots_within_a_year() -> None:
    """comic-vine-scraper #363: the wrong one of two series was chosen though covers differ."""
    catalogue = InventedCatalogue()
    catalogue.add("Harbour Lights", 2013, range(1, 14))
    second = catalogue.add("Harbour Lights", 2014, range(1, 13))
    name = "Harbour Lights 004 (2013).cbz"
    catalogue.file_covers[name] = catalogue.images[f"{second.id}-4.jpg"] ^ 0b111

    (match,) = catalogue.match_names("New", name, covers=True)

    assert is_sure_of(match, second.id)


def test_a_variant_cover_decides_too() -> None:
    catalogue = InventedCatalogue()
    catalogue.add("Harbour Lights", 2013, range(1, 14))
    second = catalogue.add("Harbour Lights", 2014, range(1, 13))
    catalogue.images["variant.jpg"] = 0x5A5A_1234_9876_F00D
    catalogue.change(f"{second.id}-4", variants=("variant.jpg",))
    name = "Harbour Lights 004 (2013).cbz"
    catalogue.file_covers[name] = 0x5A5A_1234_9876_F00D

    (match,) = catalogue.match_names("New", name, covers=True)

    assert is_sure_of(match, second.id)


def test_an_advertisement_in_front_decides_nothing() -> None:
    catalogue = InventedCatalogue()
    catalogue.add("Harbour Lights", 2013, range(1, 14))
    catalogue.add("Harbour Lights", 2014, range(1, 13))
    name = "Harbour Lights 004 (2013).cbz"
    catalogue.file_covers[name] = 0x0F0F_0F0F_0F0F_0F0F

    (match,) = catalogue.match_names("New", name, covers=True)

    assert match.level is Level.LIKELY
    assert len(match.candidates) == 2


def test_a_collected_edition_is_not_its_first_issue() -> None:
    """ComicTagger #675 and #834: a collected edition has the first issue's name and cover."""
    catalogue = InventedCatalogue()
    issues = catalogue.add("Harbour Lights", 2016, range(1, 7))
    name, marked = "Harbour Lights 001 (2016).cbz", "Harbour Lights TPB 01 (2016).cbz"
    for each in (name, marked):
        catalogue.file_covers[each] = catalogue.images[f"{issues.id}-1.jpg"]

    (by_size,) = catalogue.match_names("New", name, covers=True, page_count=148)
    (by_format,) = catalogue.match_names("New", marked, covers=True)
    (single,) = catalogue.match_names("New", name, covers=True, page_count=24)

    assert by_size.level is Level.LIKELY
    assert "collected edition" in by_size.reason
    assert by_format.level is Level.LIKELY
    assert is_sure_of(single, issues.id)


def test_a_collected_edition_is_found_if_the_source_says_what_it_is() -> None:
    catalogue = InventedCatalogue()
    catalogue.add("Harbour Lights", 2016, range(1, 7))
    book = catalogue.add("Harbour Lights", 2016, [1], format="Trade Paperback")

    (match,) = catalogue.match_names("New", "Harbour Lights TPB 01 (2016).cbz", page_count=148)

    assert is_sure_of(match, book.id)


def test_page_counts_tell_an_issue_from_a_book_of_the_same_number() -> None:
    catalogue = InventedCatalogue()
    issues = catalogue.add("Harbour Lights", 2016, [1])
    book = catalogue.add("Harbour Lights", 2016, [1])
    catalogue.change(f"{issues.id}-1", page_count=32)
    catalogue.change(f"{book.id}-1", page_count=160)
    name = "Harbour Lights 001 (2016).cbz"

    (small,) = catalogue.match_names("New", name, page_count=24)
    (large,) = catalogue.match_names("New", name, page_count=156)

    assert is_sure_of(small, issues.id)
    assert is_sure_of(large, book.id)


def test_a_reprint_that_keeps_the_first_date_is_told_by_the_year_of_its_series() -> None:
    """BookOrbit #1238: a reprint abroad of the same name won over the series itself."""
    catalogue = InventedCatalogue()
    first = catalogue.add("Harbour Lights", 1994, range(1, 76))
    reprint = catalogue.add("Harbour Lights", 1997, range(1, 25), years={"1": 1994})
    catalogue.images[f"{reprint.id}-1.jpg"] = catalogue.images[f"{first.id}-1.jpg"]
    names = [f"Harbour Lights 01{year}.cbz" for year in (" (1994)", " (1997)", "")]
    catalogue.file_covers = dict.fromkeys(names, catalogue.images[f"{first.id}-1.jpg"])

    ((old,), (new,), (undated,)) = (
        catalogue.match_names("New", name, covers=True) for name in names
    )

    assert is_sure_of(old, first.id)
    assert is_sure_of(new, reprint.id)
    assert undated.level is Level.LIKELY
    assert {each.series.id for each in undated.candidates} == {first.id, reprint.id}


def test_the_language_tells_a_translation_from_the_series() -> None:
    """BookOrbit #1238, with a source that knows languages."""
    catalogue = InventedCatalogue()
    english = catalogue.add("Harbour Lights", 1994, range(1, 76), language="en")
    catalogue.add("Harbour Lights", 1994, range(1, 25), language="fr")

    (match,) = catalogue.match_names("New", "Harbour Lights 01 (1994).cbz", language="en")

    assert is_sure_of(match, english.id)


def test_a_publisher_alone_does_not_decide() -> None:
    """Komga #1424: two series have one name and different publishers."""
    catalogue = InventedCatalogue()
    catalogue.add("Harbour Lights", 1992, range(1, 42), publisher="Lamp Comics")
    second = catalogue.add("Harbour Lights", 1992, range(1, 26), publisher="Quay Press")

    (match,) = catalogue.match_names("Quay/New", "Harbour Lights 001 (1992).cbz", publisher="Quay")

    assert match.level is Level.LIKELY
    assert best_id(match) == second.id


def test_a_spin_off_does_not_outrank_its_parent() -> None:
    """CLU #501: three spin-offs with the number and the year came before the series itself."""
    catalogue = InventedCatalogue()
    catalogue.add("Harbour Lights: Night Watch", 2024, range(1, 6))
    catalogue.add("Harbour Lights: Black, White, and Green", 2024, range(1, 6))
    parent = catalogue.add("Harbour Lights", 2024, range(1, 13))
    catalogue.add("Harbour Lights: The Last Lamp", 2024, range(1, 6))

    (match,) = catalogue.match_names("New", "Harbour Lights 003 (2024).cbz")

    assert is_sure_of(match, parent.id)


def test_a_spin_off_does_not_stand_in_for_a_parent_that_lacks_the_number() -> None:
    """CLU #501: where the parent was missing, the spin-off was taken."""
    catalogue = InventedCatalogue()
    catalogue.add("Harbour Lights: Night Watch", 2024, range(1, 6))
    catalogue.add("Harbour Lights", 2024, [1])

    (match,) = catalogue.match_names("New", "Harbour Lights 003 (2024).cbz")

    assert match.level is not Level.CERTAIN


def test_an_annual_is_not_an_issue_of_the_series() -> None:
    """Mylar #2235: issues that share a number were told by nothing else."""
    catalogue = InventedCatalogue()
    catalogue.add("Harbour Lights", 2016, range(1, 13))
    annual = catalogue.add("Harbour Lights Annual", 2016, [1])

    matches = catalogue.match_names("Harbour Lights (2016)", "Harbour Lights Annual 001 (2016).cbz")

    assert is_sure_of(matches[0], annual.id)


def test_one_folder_with_two_series_of_one_name_is_split() -> None:
    """comic-vine-scraper #132: all files got the series that the first of them was given."""
    catalogue = InventedCatalogue()
    old = catalogue.add("Harbour Lights", 1963, range(1, 403))
    new = catalogue.add("Harbour Lights", 2010, range(1, 35))
    names = (
        "Harbour Lights 142 (1974).cbz",
        "Harbour Lights 143 (1974).cbz",
        "Harbour Lights 144 (1974).cbz",
        "Harbour Lights 001 (2010).cbz",
        "Harbour Lights 002 (2010).cbz",
    )

    matches = catalogue.match_names("New", *names)

    assert {best_id(match): match.files for match in matches} == {
        old.id: names[:3],
        new.id: names[3:],
    }
    assert all(match.level is Level.CERTAIN for match in matches)


def test_two_issues_of_one_number_are_a_question() -> None:
    """ComicTagger #448: a series has two issues with the number 0."""
    catalogue = InventedCatalogue()
    series = catalogue.add("Harbour Lights", 2011, [0, 1, 2])
    first = catalogue.issues[series.id][0]
    catalogue.issues[series.id].append(replace(first, id="other-0", year=2012))

    (match,) = catalogue.match_names("Harbour Lights (2011)", "Harbour Lights 000 (2012).cbz")
    (other,) = catalogue.match_names("Harbour Lights (2011)", "Harbour Lights 001 (2011).cbz")

    assert match.level is Level.LIKELY
    assert "several issues" in match.reason
    assert is_sure_of(other, series.id)


def test_a_series_that_the_source_lacks_is_not_another_of_its_name() -> None:
    """Many reports of wrong tags: the only series of a name is taken, whatever its years."""
    catalogue = InventedCatalogue()
    catalogue.add("Harbour Lights", 1975, range(1, 63))

    (dated,) = catalogue.match_names("New", "Harbour Lights 003 (2019).cbz")
    (folder,) = catalogue.match_names("Harbour Lights (2019)", "Harbour Lights 003.cbz")
    (undated,) = catalogue.match_names("New", "Harbour Lights 003.cbz")

    assert dated.level is Level.LIKELY
    assert "2019" in dated.reason
    assert "1975" in dated.reason
    assert folder.level is Level.LIKELY
    assert undated.level is Level.LIKELY


def test_a_cover_of_no_candidate_keeps_an_uncertain_year_a_question() -> None:
    catalogue = InventedCatalogue()
    catalogue.add("Harbour Lights", 2018, range(1, 6))
    name = "Harbour Lights 003 (2019).cbz"
    catalogue.file_covers[name] = 0x0F0F_0F0F_0F0F_0F0F

    (match,) = catalogue.match_names("New", name, covers=True)

    assert match.level is Level.LIKELY
    assert "cover" in match.reason


def test_lost_signs_do_not_hide_a_series() -> None:
    """ComicTagger #317: an accent that the file's name lacks hid the series."""
    catalogue = InventedCatalogue()
    series = catalogue.add("Smuggler's Cové/Moss & Ember", 2016, range(1, 5))

    (match,) = catalogue.match_names("New", "SMUGGLERS COVEMOSS AND EMBER 002 (2016).cbz")
    (capitals,) = catalogue.match_names("New", "Smugglers CoveMoss and Ember 002 (2016).cbz")

    assert is_sure_of(capitals, series.id)
    assert match.level in (Level.CERTAIN, Level.UNKNOWN)


def test_a_year_that_ends_the_name_is_the_number_of_an_annual() -> None:
    """ComicVine numbers some annuals by their year, and a cover's year may be off by one."""
    catalogue = InventedCatalogue()
    annual = catalogue.add("Harbour Lights Annual", 1974, range(1974, 1990), a_year=1)

    (match,) = catalogue.match_names("New", "Harbour Lights Annual 1987 (1986).cbz")

    assert best_id(match) == annual.id
    assert match.best is not None
    assert [issue.number for issue in match.best.issues.values()] == ["1987"]

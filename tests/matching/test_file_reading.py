from __future__ import annotations

from comicmaintainer.comics.filename.parser import parse_filename
from comicmaintainer.comics.metadata.model import ComicMetadata
from comicmaintainer.matching.file_reading import file_facts
from comicmaintainer.matching.model import FileFacts


def facts(name: str, *folders: str, tags: ComicMetadata | None = None) -> FileFacts:
    return file_facts(name, folders, parse_filename(name, "/".join(folders)), tags, 22)


def test_a_name_says_series_number_and_year() -> None:
    found = facts("Harbour Lights 003 (of 6) (2016) (digital).cbz", "Lamp Press", "Harbour Lights")
    assert (found.series, found.number, found.years) == ("Harbour Lights", "3", (2016,))
    assert (found.count, found.publisher, found.page_count) == (6, "Lamp Press", 22)
    assert found.folder == "Lamp Press/Harbour Lights"


def test_a_year_before_the_number_is_the_start_year() -> None:
    found = facts("Harbour Lights (2014) #003.cbz", "New")
    assert (found.start_year, found.years) == (2014, ())
    both = facts("Harbour Lights (2014) 003 (2016).cbz", "New")
    assert (both.start_year, both.years) == (2014, (2016,))


def test_a_volume_of_four_digits_is_the_start_year() -> None:
    found = facts("Harbour Lights v2014 003 (2016).cbz", "New")
    assert (found.start_year, found.volume) == (2014, None)
    assert facts("Harbour Lights v2 003.cbz").volume == 2


def test_the_year_of_a_folder_is_no_cover_year() -> None:
    assert facts("Harbour Lights 003.cbz", "Harbour Lights (2014)").years == ()


def test_tags_come_before_the_name_and_all_years_are_kept() -> None:
    tags = ComicMetadata(series="Harbour Lights", issue="4", year=2017, volume=2014)
    found = facts("hl 003 (2016).cbz", "New", tags=tags)
    assert (found.series, found.number, found.years) == ("Harbour Lights", "4", (2017, 2016))
    assert found.start_year == 2014


def test_ids_come_from_tags_folders_and_files_beside_it() -> None:
    tags = ComicMetadata(notes="ComicVine [CVDB12]")
    name = "Harbour Lights 003.cbz"
    found = file_facts(
        name,
        ("Harbour Lights [metron-4]",),
        parse_filename(name),
        tags,
        known_series_ids={"comicvine": "7"},
    )
    assert found.issue_ids == {"comicvine": "12"}
    assert found.series_ids == {"comicvine": "7", "metron": "4"}

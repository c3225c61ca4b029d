from __future__ import annotations

from comicmaintainer.matching.groups import group_files
from tests.matching.invented_catalogue import read_names


def keys(folder: str, *names: str) -> list[list[str]]:
    return [[file.key for file in group.files] for group in group_files(read_names(folder, *names))]


def test_files_of_one_series_are_one_group_however_they_are_written() -> None:
    files = read_names(
        "Harbour Lights (2014)",
        "Harbour Lights 001.cbz",
        "harbour_lights_002.cbz",
        "The Harbour Lights #3 (2015).cbz",
        "Harbour Lights 004.cbz",
    )
    (group,) = group_files(files)
    assert len(group.files) == 4
    assert group.name == "Harbour Lights"
    assert (group.folder_series, group.folder_year) == ("Harbour Lights", 2014)


def test_a_folder_of_many_series_is_many_groups() -> None:
    assert keys("New", "Moss 001.cbz", "Iron Orchard 001.cbz", "Moss 002.cbz") == [
        ["Moss 001.cbz", "Moss 002.cbz"],
        ["Iron Orchard 001.cbz"],
    ]


def test_different_start_years_are_different_groups() -> None:
    assert keys("New", "Moss (1990) 001.cbz", "Moss (2016) 001.cbz", "Moss 002.cbz") == [
        ["Moss (1990) 001.cbz"],
        ["Moss (2016) 001.cbz"],
        ["Moss 002.cbz"],
    ]


def test_files_without_a_start_year_join_the_only_one() -> None:
    assert keys("New", "Moss (2016) 001.cbz", "Moss 002.cbz") == [
        ["Moss (2016) 001.cbz", "Moss 002.cbz"]
    ]


def test_equal_names_in_two_folders_are_two_groups() -> None:
    files = [*read_names("One", "Moss 001.cbz"), *read_names("Two", "Moss 002.cbz")]
    assert [group.folder for group in group_files(files)] == ["One", "Two"]


def test_the_year_of_a_folder_of_another_series_does_not_count() -> None:
    (group,) = group_files(read_names("Bought (2014)", "Moss 001.cbz"))
    assert group.folder_year is None


def test_a_file_without_any_name_is_still_in_a_group() -> None:
    (group,) = group_files(read_names("", "003.cbz"))
    assert len(group.files) == 1

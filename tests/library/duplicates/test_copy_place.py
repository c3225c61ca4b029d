from __future__ import annotations

import pytest

from comicmaintainer.library.duplicates.copy_place import CopyPlace

SERIES = "The Tide Warden"


@pytest.mark.parametrize(
    "folder",
    ["The Tide Warden (2019)", "Tide Warden", "The Tide Warden/Volume 2", "the tide-warden/2019"],
)
def test_the_folder_of_the_series_is_recognised(folder: str) -> None:
    place = CopyPlace.of(f"/comics/Harbour House/{folder}/The Tide Warden 012.cbz", SERIES)
    assert place == CopyPlace(is_in_series_folder=True)


@pytest.mark.parametrize("folder", ["Harbour House", "The Tide Warden Annual", "Tides/2019"])
def test_another_folder_is_not_that_of_the_series(folder: str) -> None:
    assert CopyPlace.of(f"/comics/{folder}/The Tide Warden 012.cbz", SERIES) == CopyPlace()


@pytest.mark.parametrize(
    "folder",
    [
        "Inbox",
        "_unsorted",
        "Inbox/unsorted",
        "To Sort",
        "downloads/The Tide Warden",
        "Temp",
        "2sort",
    ],
)
def test_folders_of_unsorted_files_are_recognised(folder: str) -> None:
    assert CopyPlace.of(f"/comics/{folder}/The Tide Warden 012.cbz", SERIES).unsorted


@pytest.mark.parametrize("folder", ["Inboxer", "The Temp", "Sorted", "Backup Heroes"])
def test_series_with_similar_names_are_not_unsorted(folder: str) -> None:
    assert not CopyPlace.of(f"/comics/{folder}/001.cbz", folder).unsorted


@pytest.mark.parametrize(
    "name",
    [
        "copy of The Tide Warden 012",
        "Copy (2) of The Tide Warden 012",
        "Kopie von The Tide Warden 012",
        "The Tide Warden 012 - Copy",
        "The Tide Warden 012 - Copy (3)",
        "The Tide Warden 012 copy",
        "The Tide Warden 012 (1)",
    ],
)
def test_names_that_file_managers_give_to_copies_are_recognised(name: str) -> None:
    assert CopyPlace.of(f"/comics/{name}.cbz", SERIES).is_named_as_copy


@pytest.mark.parametrize(
    "name",
    [
        "The Tide Warden 012",
        "Copycat 001",
        "Copy That 003",
        "The Tide Warden (2019)",
        "Photocopy 1",
    ],
)
def test_other_names_are_not_taken_for_copies(name: str) -> None:
    assert not CopyPlace.of(f"/comics/{name}.cbz", SERIES).is_named_as_copy

"""Which spelling of a series' name is taken, of the file's, the folder's and the neighbours'."""

from __future__ import annotations

import pytest

from comicmaintainer.comics.filename import parse_filename
from comicmaintainer.comics.metadata import ComicMetadata
from comicmaintainer.comics.rules import RESPELLED, Source, derive, preset
from comicmaintainer.comics.spelling import respelled


@pytest.mark.parametrize(
    ("series", "folder", "expected"),
    [
        ("harbour lights", "Harbour Lights", "Harbour Lights"),
        ("HARBOUR LIGHTS", "Harbour Lights", "Harbour Lights"),
        ("Spider Man", "Spider-Man", "Spider-Man"),
        ("HarbourLights", "Harbour Lights", "Harbour Lights"),
        ("cafe\u0301", "Caf\u00e9", "Caf\u00e9"),
        ("Harbour Lights", "harbour lights", None),
        ("Harbour Lights", "HARBOUR LIGHTS", None),
        ("Harbour Lights", "Harbour Lights", None),
        ("Harbour Lights", "Harbour Light", None),
        ("Flash", "The Flash", None),
        ("進撃の巨人", "進撃の巨人", None),
        ("Harbour Lights", None, None),
    ],
)
def test_the_folder_spells_the_series(series: str, folder: str | None, expected: str) -> None:
    assert respelled(series, folder, {}) == expected


@pytest.mark.parametrize(
    ("series", "beside", "expected"),
    [
        ("harbour lights", {"Harbour Lights": 1}, "Harbour Lights"),
        ("harbour lights", {"Harbour Lights": 1, "harbour lights": 9}, "Harbour Lights"),
        ("harbour lights", {"HARBOUR LIGHTS": 1}, None),
        ("Spider Man", {"Spider-Man": 2}, "Spider-Man"),
        ("Spider Man", {"Spider-Man": 1}, None),
        ("Spider Man", {"Spider-Man": 2, "Spider Man": 1}, None),
        ("Spider Man", {"spider-man": 9}, None),
        ("Saga", {"Sagas": 9}, None),
    ],
)
def test_the_files_beside_spell_the_series(
    series: str, beside: dict[str, int], expected: str | None
) -> None:
    assert respelled(series, None, beside) == expected


def test_two_files_never_take_each_others_spelling() -> None:
    spellings = ["Foo Bar", "Foo bar", "foo bar", "FOO BAR", "Foo-Bar"]
    for one in spellings:
        for other in spellings:
            swapped = respelled(one, None, {other: 1}), respelled(other, None, {one: 1})
            assert one == other or swapped != (other, one)


def test_the_reason_tells_of_the_folder_and_tags_stay_as_they_are() -> None:
    parsed = parse_filename("harbour_lights_002.cbz")
    derived, why = derive(ComicMetadata(), parsed, ("Harbour Lights",), preset("comics"))
    assert (derived.series, why["series"]) == ("Harbour Lights", RESPELLED)
    assert why["series"] == "filename, spelled as in the folder"
    tagged = ComicMetadata(series="harbour lights")
    derived, why = derive(tagged, parsed, ("Harbour Lights",), preset("comics"))
    assert (derived.series, why["series"]) == ("harbour lights", Source.TAGS)

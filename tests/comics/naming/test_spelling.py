"""Which spelling of a series' name is taken, of the file's, the folder's and the neighbours'."""

from __future__ import annotations

from pathlib import Path

import pytest

from comicmaintainer.comics.metadata import ComicMetadata
from comicmaintainer.comics.naming.spelling import respelled
from comicmaintainer.comics.rules.derivation import derive
from comicmaintainer.comics.rules.evidence import RESPELLED, RESPELLED_FOLDER
from comicmaintainer.comics.rules.place import Place
from comicmaintainer.comics.rules.rules import Source, preset


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


@pytest.mark.parametrize(
    ("series", "folder", "beside", "expected"),
    [
        # A folder lacks what its name cannot hold.
        ("S.H.E.L.F.", "S.H.E.L.F", {}, None),
        ("S.H.E.L.F.", "S.H.E.L.F", {"S.H.E.L.F": 9}, None),
        ("shelf", "S.H.E.L.F", {"S.H.E.L.F.": 1}, "S.H.E.L.F."),
        ("Rain: Two", "Rain - Two", {}, None),
        # So does a name; the tags beside have it.
        ("Rain - Two", "Rain - Two", {"Rain: Two": 1}, "Rain: Two"),
        ("rain - two", "Rain - Two", {"Rain: Two": 1}, "Rain: Two"),
        ("What If", None, {"What If…?": 1}, None),
        ("What If", None, {"What If...?": 1}, "What If...?"),
        ("Rain - Two", None, {"Rain: Two": 1, "Rain - Two": 8}, "Rain: Two"),
    ],
)
def test_a_spelling_that_only_tags_can_hold_is_kept_and_taken(
    series: str, folder: str | None, beside: dict[str, int], expected: str | None
) -> None:
    assert respelled(series, folder, beside) == expected


@pytest.mark.parametrize("preset_name", ["comics", "manga"])
def test_the_folder_is_not_the_series_if_names_have_more(preset_name: str) -> None:
    rules = preset(preset_name)
    place = Place(Path("/c/S.H.E.L.F/S.H.E.L.F. 002.cbz"), Path("/c"))
    derived, _ = derive(ComicMetadata(), place, rules)
    assert derived.series == "S.H.E.L.F."
    numbered = Place(Path("/c/Rain - Two/c002.cbz"), Path("/c"))
    derived, why = derive(ComicMetadata(), numbered, rules, spellings=lambda _: {"Rain: Two": 1})
    assert (derived.series, why["series"]) == ("Rain: Two", RESPELLED_FOLDER)


def test_two_files_never_swap_spellings() -> None:
    spellings = ["Foo Bar", "Foo bar", "foo bar", "FOO BAR", "Foo-Bar"]
    for one in spellings:
        for other in spellings:
            swapped = respelled(one, None, {other: 1}), respelled(other, None, {one: 1})
            assert one == other or swapped != (other, one)


def test_the_reason_names_the_folder_and_tags_stay_unchanged() -> None:
    place = Place(Path("/c/Harbour Lights/harbour_lights_002.cbz"), Path("/c"))
    derived, why = derive(ComicMetadata(), place, preset("comics"))
    assert (derived.series, why["series"]) == ("Harbour Lights", RESPELLED)
    assert why["series"] == "filename, spelled as in the folder"
    tagged = ComicMetadata(series="harbour lights")
    derived, why = derive(tagged, place, preset("comics"))
    assert (derived.series, why["series"]) == ("harbour lights", Source.TAGS)

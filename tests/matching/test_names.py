from __future__ import annotations

import pytest

from comicmaintainer.matching.names import (
    LOOSE_PENALTY,
    OTHER_NAME_PENALTY,
    is_same_name,
    name_penalty,
    search_names,
)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Harbour Lights", "The Harbour Lights"),
        ("Harbour Lights, The", "The Harbour Lights"),
        ("HARBOUR LIGHTS", "Harbour Lights!"),
        ("Moss & Ember", "Moss and Ember"),
        ("MandE- The Moss and Ember", "M&E: The Moss & Ember"),
        ("Harbour Lights - Low Tide", "Harbour Lights: Low Tide"),
        ("Glass-TramIron Orchard", "Glass-Tram/Iron Orchard"),
        ("Smugglers Cove", "Smuggler's Cove"),
        ("SHELF", "S.H.E.L.F."),
        ("Emile", "Émile"),
        ("A Long Tide", "Long Tide"),
    ],
)
def test_the_same_name_has_no_penalty(ours: str, theirs: str) -> None:
    assert name_penalty(ours, [theirs]) == 0
    assert is_same_name(ours, theirs)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Harbour Lights Deluxe Edition", "Harbour Lights"),
        ("Harbour Lights", "Harbour Lights (Lamp Story)"),
        ("Moss Ember", "Moss and Ember"),
        ("Harbour Lights", "Harbour Lights: One-Shot"),
        ("Harbour Lights", "Harbour Lights Comics"),
    ],
)
def test_edition_words_and_notes_count_little(ours: str, theirs: str) -> None:
    assert name_penalty(ours, [theirs]) == LOOSE_PENALTY


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Harbour Lights", "Harbour Lights Annual"),
        ("Harbour Lights", "Harbour Light"),
        ("Harbour Lights", "Harbour Lights: Low Tide"),
        ("X+Y", "A+X+Y"),
        ("Free Day (Moss)", "Free Day (Ember)"),
        ("Moss", "鉄の果樹園"),
        ("", "Moss"),
    ],
)
def test_another_name_is_never_near(ours: str, theirs: str) -> None:
    assert name_penalty(ours, [theirs]) >= OTHER_NAME_PENALTY


def test_an_alias_counts_as_the_name() -> None:
    assert name_penalty("Phares du port", ["Harbour Lights", "Phares du port"]) == 0


def test_a_name_that_has_more_in_common_is_nearer() -> None:
    near = name_penalty("Harbour Lights Low Tide", ["Harbour Lights"])
    far = name_penalty("Harbour Lights Low Tide", ["Iron Orchard"])
    assert OTHER_NAME_PENALTY < near < far <= 1


def test_searches_leave_out_what_names_lose() -> None:
    assert search_names("The Moss & Ember", None)[0] == "moss ember"
    assert search_names("Long Tide, The", None)[0] == "long tide"


def test_other_searches_follow_for_lost_signs_folders_and_subtitles() -> None:
    assert "glass tram iron orchard" in search_names("GlassTram IronOrchard", None)
    assert "iron orchard" in search_names("Tram", "The Iron Orchard")
    assert "harbour lights" in search_names("Harbour Lights - Low", None)
    assert "smuggler cove" in search_names("Smugglers Cove", None)
    assert len(set(search_names("Moss", "Moss"))) == len(search_names("Moss", "Moss"))


def test_names_in_other_capitals_share_their_searches() -> None:
    assert search_names("HARBOUR LIGHTS", None) == search_names("Harbour Lights", None)


def test_nothing_is_searched_without_a_name() -> None:
    assert search_names("", None) == ()
    assert search_names("???", "-") == ()

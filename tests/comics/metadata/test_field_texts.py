"""The texts of field values, as forms and sheets show them."""

from __future__ import annotations

from typing import Any

import pytest

from comicmaintainer.comics.metadata import ComicMetadata, field_named, set_field, to_dict
from comicmaintainer.comics.metadata.field_texts import text_of, texts_of
from comicmaintainer.errors import InvalidInput

TEXTS = {
    "series": "The Tide Warden",
    "issue": "71.4",
    "year": "2019",
    "summary": "One line\nand another",
    "credits": "Ann (Writer, Inker); Bo (CoverArtist); Cy",
    "genres": "Drama, Noir",
    "story_arcs": "Storm:4, Calm",
    "language": "pt-BR",
    "community_rating": "4.25",
    "manga": "YesAndRightToLeft",
    "black_and_white": "no",
    "web": "https://a.example/x,y https://b.example/",
    "identifiers": "Metron: 4711 (primary); Comic Vine: 89",
    "alternative_names": "La Marea (es); Ebbe",
    "universes": "Harbour (Earth 616); Reef",
    "prices": "3.99 US; 4.99 CA",
    "store_date": "2024-05-31",
    "rating_count": "12",
}


@pytest.mark.parametrize(("name", "text"), TEXTS.items())
def test_a_typed_text_is_shown_as_it_was_typed(name: str, text: str) -> None:
    tags = to_dict(set_field(ComicMetadata(), name, text))
    assert text_of(field_named(name).kind, tags[name]) == text
    assert texts_of(tags)[name] == text


def test_roles_have_their_people_beside_the_credits() -> None:
    tags = to_dict(set_field(ComicMetadata(), "credits", TEXTS["credits"]))
    assert texts_of(tags) == {
        "credits": TEXTS["credits"],
        "writer": "Ann",
        "inker": "Ann",
        "cover_artist": "Bo",
    }


def test_empty_fields_and_lists_of_pages_have_no_text() -> None:
    assert texts_of({}) == {}
    assert texts_of({"genres": [], "series": None, "pages": [{"image": 0}]}) == {}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("identifiers", "4711", "Source: id"),
        ("universes", "Harbour (Earth", "designation"),
        ("prices", "3.99", "3.99 US"),
        ("alternative_names", "()", "language"),
    ],
)
def test_a_text_that_can_t_be_read_says_how_it_is_written(
    name: str, text: str, message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        set_field(ComicMetadata(), name, text)


@pytest.mark.parametrize("value", [True, 0, 2.0])
def test_values_that_count_as_false_elsewhere_have_a_text(value: Any) -> None:
    fields = {True: "black_and_white", 0: "volume", 2.0: "community_rating"}
    texts = {True: "yes", 0: "0", 2.0: "2"}
    assert text_of(field_named(fields[value]).kind, value) == texts[value]

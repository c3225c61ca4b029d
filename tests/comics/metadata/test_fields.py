"""The register of fields: setting, JSON and differences."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.comics.metadata import (
    FIELDS,
    ComicMetadata,
    Credit,
    FieldChange,
    Manga,
    PageInfo,
    ReadingDirection,
    StoryArc,
    diff,
    field_named,
    from_dict,
    parse_assignments,
    set_field,
    to_dict,
)
from comicmaintainer.comics.metadata.fields import ROLE_FIELDS
from comicmaintainer.errors import InvalidInput

EMPTY = ComicMetadata()


def test_register_lists_exactly_the_models_fields() -> None:
    assert [field.name for field in FIELDS] == [field.name for field in fields(ComicMetadata)]


def test_every_field_and_other_name_is_documented() -> None:
    document = (Path(__file__).parents[3] / "docs" / "metadata.md").read_text("utf-8")
    table = document[document.index("## Fields") :]
    names = [name for field in FIELDS for name in (field.name, *field.aliases)]
    assert [name for name in [*names, *ROLE_FIELDS] if f"`{name}`" not in table] == []


def test_names_and_aliases_are_unique() -> None:
    names = [name for field in FIELDS for name in (field.name, *field.aliases)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("number", "71.4", "issue", "71.4"),
        ("Issue", 71, "issue", "71"),
        ("language-iso", "pt-BR", "language", "pt-BR"),
        ("year", " 2019 ", "year", 2019),
        ("genre", "Drama, Noir,, Drama", "genres", ("Drama", "Noir")),
        ("tags", ["a, b", "c"], "tags", ("a, b", "c")),
        ("web", "https://a https://b", "web", ("https://a", "https://b")),
        ("manga", "rtl", "manga", Manga.YES_RIGHT_TO_LEFT),
        ("black_and_white", "yes", "black_and_white", True),
        ("rating", "4.25", "community_rating", 4.25),
        ("store_date", "2020-01-31", "store_date", "2020-01-31"),
        ("story_arcs", "Storm:4, Calm", "story_arcs", (StoryArc("Storm", "4"), StoryArc("Calm"))),
        (
            "credits",
            "Ann (Writer, Inker); Bo",
            "credits",
            (Credit("Ann", ("Writer", "Inker")), Credit("Bo")),
        ),
        ("pages", [{"image": 0, "double_page": True}], "pages", (PageInfo(0, double_page=True),)),
        ("summary", "a\r\nb", "summary", "a\nb"),
        ("series", "", "series", None),
        ("tags", [], "tags", ()),
    ],
)
def test_fields_are_set_by_name_or_alias(
    name: str, value: object, field: str, expected: object
) -> None:
    assert getattr(set_field(EMPTY, name, value), field) == expected


def test_role_is_set_for_exactly_the_named_people() -> None:
    before = ComicMetadata(credits=(Credit("Ann", ("Writer", "Inker")), Credit("Bo", ("Writer",))))
    after = set_field(before, "writer", "Cy, Ann")
    assert after.credits == (Credit("Ann", ("Writer", "Inker")), Credit("Cy", ("Writer",)))
    assert set_field(after, "writer", None).credits == (Credit("Ann", ("Inker",)),)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("colour", "x", "no metadata field 'colour'.*series"),
        ("year", "MMXX", r"Year can't be 'MMXX': it must be a whole number of 0 or more"),
        ("year", 12345, "1 to 9999"),
        ("month", 13, "1 to 12"),
        ("volume", "-1", "whole number"),
        ("count", True, "whole number"),
        ("rating", "6", "0 to 5"),
        ("rating", "NaN", "0 to 5"),
        ("language", "en us!", "code like"),
        ("store_date", "soon", "2024-05-31"),
        ("manga", "maybe", "YesAndRightToLeft"),
        ("black_and_white", "grey", "yes and no"),
        ("series", 4.5j, "text"),
        ("series", "x" * 100_001, "longer"),
        ("tags", {"a": 1}, "list"),
        ("tags", [1], "text"),
        ("pages", "1,2", "list of objects"),
        ("pages", [{"image": "1"}], "image must be int"),
        ("pages", [{"picture": 1}], "image, type"),
        ("pages", [{}], "lacks image"),
        ("credits", "Ann (Writer", "Name"),
        ("writer", 3, "names"),
    ],
)
def test_values_that_do_not_fit_are_refused(name: str, value: object, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        set_field(EMPTY, name, value)


def test_assignments_are_read_to_canonical_names() -> None:
    assert parse_assignments(["series=A=B", "number=71.4", "Writer=Ann", "title="]) == (
        ("series", "A=B"),
        ("issue", "71.4"),
        ("writer", "Ann"),
        ("title", ""),
    )


@pytest.mark.parametrize("assignment", ["series", "colour=red", "year=x"])
def test_bad_assignment_is_refused(assignment: str) -> None:
    with pytest.raises(InvalidInput):
        parse_assignments([assignment])


def test_json_omits_empty_fields_and_reads_back() -> None:
    metadata = ComicMetadata(
        series="Rain",
        manga=Manga.YES,
        credits=(Credit("Ann", ("Writer",)),),
        pages=(PageInfo(0, "FrontCover", image_size=3),),
    )
    values: dict[str, Any] = json.loads(json.dumps(to_dict(metadata)))
    assert values == {
        "series": "Rain",
        "credits": [{"person": "Ann", "roles": ["Writer"]}],
        "manga": "Yes",
        "pages": [{"image": 0, "type": "FrontCover", "image_size": 3}],
    }
    assert from_dict(values) == metadata
    assert to_dict(EMPTY) == {}


def test_diff_names_changed_fields_only() -> None:
    before = ComicMetadata(series="Rain", issue="1", genres=("Drama",))
    after = ComicMetadata(series="Rain", issue="2")
    assert diff(before, after) == (
        FieldChange("issue", "1", "2"),
        FieldChange("genres", ["Drama"], None),
    )


def test_reading_direction_comes_from_manga() -> None:
    assert EMPTY.reading_direction is None
    assert ComicMetadata(manga=Manga.NO).reading_direction is ReadingDirection.LEFT_TO_RIGHT
    rtl = ComicMetadata(manga=Manga.YES_RIGHT_TO_LEFT)
    assert rtl.reading_direction is ReadingDirection.RIGHT_TO_LEFT


def test_field_labels_exist() -> None:
    assert field_named("number").label == "Number"


def test_model_fields_rules_and_naming_load_no_xml_library() -> None:
    program = (
        "import sys, comicmaintainer.comics.metadata, comicmaintainer.comics.rules.rules, "
        "comicmaintainer.comics.metadata.members; "
        "sys.exit(any(name.split('.')[0] == 'lxml' for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", program], check=True)

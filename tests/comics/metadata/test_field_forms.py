"""What forms are told of the fields: all of them, with the lists of the published schemas."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from comicmaintainer.comics.metadata import FIELDS, ComicMetadata, set_field
from comicmaintainer.comics.metadata.comicinfo import FIELDS_CARRIED
from comicmaintainer.comics.metadata.field_forms import ONLY_METRONINFO, field_forms
from comicmaintainer.comics.metadata.fields import ROLE_FIELDS

FORMS = {form.name: form for form in field_forms()}
SCHEMAS = os.environ.get("COMICMAINTAINER_SCHEMAS")


def enumeration(schema: str, name: str) -> list[str]:
    """The values of a simple type of a published schema, without the one for an empty field."""
    if SCHEMAS is None:
        pytest.skip("COMICMAINTAINER_SCHEMAS names no folder with the schemas.")
    tree = ET.parse(Path(SCHEMAS) / schema)
    space = {"xs": "http://www.w3.org/2001/XMLSchema"}
    found = tree.findall(f".//xs:simpleType[@name='{name}']//xs:enumeration", space)
    return [value for each in found if (value := str(each.get("value"))) != "Unknown"]


def test_every_field_and_role_is_in_the_form_once() -> None:
    names = [form.name for form in field_forms()]
    assert len(names) == len(set(names))
    assert set(names) == {field.name for field in FIELDS} | set(ROLE_FIELDS)


def test_fields_that_comicinfo_has_no_element_for_are_said_to_be_of_metroninfo() -> None:
    assert {field.name for field in FIELDS} - FIELDS_CARRIED == ONLY_METRONINFO


@pytest.mark.parametrize("form", field_forms(), ids=lambda form: form.name)
def test_every_choice_and_suggestion_can_be_set(form) -> None:
    for value in [*(choice.value for choice in form.choices), *form.suggestions]:
        assert set_field(ComicMetadata(), form.name, value) != ComicMetadata()


@pytest.mark.parametrize(
    ("field", "schema", "name"),
    [
        ("age_rating", "ComicInfo-2.1-draft.xsd", "AgeRating"),
        ("manga", "ComicInfo-2.1-draft.xsd", "Manga"),
        ("format", "MetronInfo-1.0.xsd", "formatType"),
    ],
)
def test_lists_are_those_of_the_published_schemas(field: str, schema: str, name: str) -> None:
    form = FORMS[field]
    offered = [choice.value for choice in form.choices] or list(form.suggestions)
    assert offered == enumeration(schema, name)

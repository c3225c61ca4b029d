"""One series over HTTP, the neighbours of a comic, and the fields of tags."""

from __future__ import annotations

import pytest

from comicmaintainer.library.matches.identified_store import IdentifiedFile, put_identified
from tests.web.test_file_routes import catalogued


@pytest.fixture
def tide(parts, library) -> list[int]:
    """The numbers 0, 1 and 4 of a series; only one names the volume."""
    return [
        catalogued(
            parts,
            (library / "Saga" / "Saga 2.cbz").rename(library / "Saga" / "Tide 4.cbz")
            if number == 4
            else library / "Saga" / f"Saga {number}.cbz",
            series="The Tide Warden",
            issue=str(number),
            volume="2019" if number == 1 else None,
            year=2019 + number,
            publisher="Lantern",
            tags={"series": "The Tide Warden", "writer": "", "year": 2019 + number},
        )
        for number in (0, 1, 4)
    ]


def test_series_is_returned_in_order_of_number_with_its_gaps(client, tide):
    shelf = client.get("/api/series/tide%20warden/shelf").json()
    assert (shelf["name"], shelf["files"], shelf["is_capped"]) == ("The Tide Warden", 3, False)
    assert (shelf["first_year"], shelf["last_year"]) == (2019, 2023)
    assert shelf["publishers"] == {"Lantern": 3}
    (volume,) = shelf["volumes"]
    assert (volume["volume"], volume["missing"]) == ("2019", 2)
    assert [
        (place["number"], [file["file_id"] for file in place["files"]], place.get("last"))
        for place in volume["places"]
    ] == [("0", [tide[0]], None), ("1", [tide[1]], None), ("2", [], "3"), ("4", [tide[2]], None)]
    assert shelf["lacking"]["title"] == 3


def test_unknown_series_is_not_found(client):
    answer = client.get("/api/series/Heron/shelf")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_neighbours_of_a_comic(client, parts, library, tide):
    found = client.get(f"/api/files/{tide[1]}/neighbours").json()
    assert (found["before"]["file_id"], found["after"]["file_id"]) == (tide[0], tide[2])
    assert (found["position"], found["of"]) == (2, 3)
    alone = catalogued(parts, library / "Saga" / "Tide 4.cbz")
    assert client.get(f"/api/files/{alone}/neighbours").json()["of"] is None


def test_a_file_has_its_tags_as_texts_and_what_its_owner_edited(client, parts, library):
    tags = {"series": "Owl", "credits": [{"person": "Ann", "roles": ["Writer"]}], "year": 2019}
    file_id = catalogued(parts, library / "Saga" / "Saga 0.cbz", series="Owl", tags=tags)
    assert client.get(f"/api/files/{file_id}").json()["locked"] == []
    written = IdentifiedFile.of("metron", "7", {}, {**tags, "year": 2018}, ["series", "year"])
    with parts.database.transaction() as transaction:
        put_identified(transaction, [(file_id, written)], now=parts.now())
    file = client.get(f"/api/files/{file_id}").json()
    assert file["texts"] == {
        "series": "Owl",
        "year": "2019",
        "credits": "Ann (Writer)",
        "writer": "Ann",
    }
    assert file["locked"] == ["year"]


def test_fields_are_listed_with_what_a_form_needs(client):
    fields = {field["name"]: field for field in client.get("/api/fields").json()["fields"]}
    assert fields["month"] | {"hint": ""} == {
        "name": "month",
        "label": "Month",
        "kind": "whole",
        "section": "Issue",
        "hint": "",
        "low": 1,
        "high": 12,
        "choices": [],
        "suggestions": [],
        "formats": ["comicinfo", "metroninfo"],
        "is_of_file": False,
    }
    assert {"value": "Teen", "label": "Teen"} in fields["age_rating"]["choices"]
    assert "Omnibus" in fields["format"]["suggestions"]
    assert fields["pages"]["is_of_file"]


def test_tags_of_many_files_are_texts_in_the_order_that_was_asked_for(client, tide):
    answer = client.post("/api/tag-texts", json={"ids": [tide[2], 999, tide[0]], "named": True})
    assert answer.status_code == 200
    last, first = answer.json()["files"]
    assert (last["file_id"], first["file_id"]) == (tide[2], tide[0])
    assert last["texts"] == {"series": "The Tide Warden", "year": "2023"}
    assert last["named"] == {"series": "Tide", "issue": "4"}
    limited = client.post("/api/tag-texts", json={"ids": tide, "fields": ["year"]}).json()
    assert [file["texts"] for file in limited["files"]] == [
        {"year": "2019"},
        {"year": "2020"},
        {"year": "2023"},
    ]
    assert "named" not in limited["files"][0]
    assert limited["files"][0]["protected_by"] is None
    assert client.post("/api/tag-texts", json={"ids": []}).status_code == 400

"""How a name is read, asked over the API."""

from __future__ import annotations

import pytest


def test_every_piece_of_a_name_is_returned_with_its_role(client):
    name = "Saga v2 #007 (2012) (digital).cbz"
    told = client.get("/api/parse", params={"name": name}).json()
    fields = told["fields"]
    assert (fields["series"], fields["volume"], fields["issue"]) == ("Saga", "2", "7")
    assert all(name[one["start"] : one["end"]] == one["text"] for one in told["explanation"])
    assert {"series", "volume", "issue", "year"} <= {one["role"] for one in told["explanation"]}
    assert "title" not in fields


def test_the_folder_supplies_what_the_name_lacks(client):
    asked = {"name": "007.cbz", "folder": "Saga (2012)"}
    fields = client.get("/api/parse", params=asked).json()["fields"]
    assert (fields["series"], fields["issue"]) == ("Saga", "7")
    assert "series" in fields["from_folder"]


@pytest.mark.parametrize("asked", [{}, {"name": ""}, {"name": "7" * 1001}, {"name": "\0"}])
def test_an_invalid_name_is_refused(client, asked):
    answer = client.get("/api/parse", params=asked)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "name")


def test_a_name_of_any_letters_is_read(client):
    for name in ("\u202e…/../x.cbz", "第7巻", "(((((", "🦸 1.cbz"):
        assert client.get("/api/parse", params={"name": name}).status_code == 200

"""The example that shows what rules would make of a name."""

from __future__ import annotations


def test_what_rules_are_made_of_is_told(client):
    told = client.get("/api/rules").json()
    assert told["presets"]["manga"]["fields"]["series"]["sources"] == ["folder", "filename"]
    sources = {field["name"]: field["sources"] for field in told["fields"]}
    assert (sources["year"], sources["genres"]) == (["filename", "folder"], [])
    assert "pages" not in sources
    assert "comicinfo" in told["formats"]


def test_example_names_a_file_by_the_chosen_template(client, library):
    asked = {"file": "Saga/Saga 1.cbz", "params": {"template": "{issue} of {series}", "padding": 2}}
    found = client.post("/api/rules/example", json=asked).json()
    assert found == {
        "from": str(library / "Saga" / "Saga 1.cbz"),
        "to": str(library / "Saga" / "01 of Saga.cbz"),
        "missing": [],
    }


def test_example_says_what_a_name_lacks(client, library):
    (library / "Saga" / "Untold.cbz").touch()
    asked = {"file": "Saga/Untold.cbz", "params": {"template": "{series} {issue}", "tags": True}}
    found = client.post("/api/rules/example", json=asked).json()
    assert (found["to"], found["missing"]) == (found["from"], ["issue"])


def test_example_refuses_a_template_that_can_not_be_read(client):
    asked = {"file": "Saga/Saga 1.cbz", "params": {"template": "{series"}}
    response = client.post("/api/rules/example", json=asked)
    assert response.status_code == 400
    assert "template" in response.json()["error"]["message"]


def test_example_looks_at_no_file_outside_of_the_library(client, tmp_path):
    (tmp_path / "secret.cbz").touch()
    response = client.post("/api/rules/example", json={"file": str(tmp_path / "secret.cbz")})
    assert response.status_code == 400

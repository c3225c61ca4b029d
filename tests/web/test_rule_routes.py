"""The example that shows what rules would make of a name."""

from __future__ import annotations

from pathlib import Path

from comicmaintainer.library.catalogue.model import FileFacts, SeenFile


def test_parts_of_rules_are_listed(client):
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


def test_example_keeps_a_name_that_process_would_keep(client, library):
    """Tags are not written into a CBR, so its name must say the same again the next time."""
    for suffix in (".cbr", ".cbz"):
        (library / f"Mill v2 003{suffix}").touch()
    params = {"template": "{series} {volume} {issue:3}"}
    names = [
        client.post("/api/rules/example", json={"file": f"Mill v2 003{suffix}", "params": params})
        for suffix in (".cbr", ".cbz")
    ]
    assert [Path(name.json()["to"]).name for name in names] == [
        "Mill v2 003.cbr",
        "Mill 2 003.cbz",
    ]


def test_example_gives_the_suffix_of_what_the_file_is(client, library, parts):
    path = library / "Saga" / "Saga 1.cbz"
    facts = FileFacts(format="cbr")
    parts.catalogue.add_root(library)
    parts.catalogue.upsert([SeenFile(str(path), 9, 9, 1, 1, facts)])
    asked = {"file": "Saga/Saga 1.cbz", "params": {"template": "{series} {issue:3}"}}
    found = client.post("/api/rules/example", json=asked).json()
    assert found["to"] == str(library / "Saga" / "Saga 001.cbr")


def test_example_lists_fields_that_the_name_needs(client, library):
    (library / "Saga" / "Untold.cbz").touch()
    asked = {"file": "Saga/Untold.cbz", "params": {"template": "{series} {issue}", "tags": True}}
    found = client.post("/api/rules/example", json=asked).json()
    assert (found["to"], found["missing"]) == (found["from"], ["issue"])


def test_example_refuses_a_template_that_can_not_be_read(client):
    asked = {"file": "Saga/Saga 1.cbz", "params": {"template": "{series"}}
    response = client.post("/api/rules/example", json=asked)
    assert response.status_code == 400
    assert "Template" in response.json()["error"]["message"]


def test_example_refuses_files_outside_the_library(client, tmp_path):
    (tmp_path / "secret.cbz").touch()
    response = client.post("/api/rules/example", json={"file": str(tmp_path / "secret.cbz")})
    assert response.status_code == 400

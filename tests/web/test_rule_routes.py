"""The example that shows what rules would make of a name."""

from __future__ import annotations

from pathlib import Path

from comicmaintainer.library.catalogue.model import FileFacts, SeenFile


def test_parts_of_rules_are_listed(client):
    told = client.get("/api/rules").json()
    assert told["presets"]["manga"]["fields"]["series"]["sources"] == ["folder", "filename"]
    sources = {field["name"]: field["sources"] for field in told["fields"]}
    assert sources["year"] == ["filename", "folder", "identified"]
    assert sources["genres"] == ["identified"]
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


def test_own_rules_are_stored_renamed_and_removed(client):
    made = {"preset": "manga", "template": "{series} {issue}", "padding": 3}
    assert client.put("/api/rules/own/Weekly", json={"rules": made}).status_code == 200
    told = client.get("/api/rules").json()
    assert told["own"]["Weekly"]["padding"] == 3
    renamed = client.put("/api/rules/own/Chapters", json={"rules": made, "before": "Weekly"})
    assert renamed.json()["name"] == "Chapters"
    assert client.delete("/api/rules/own/weekly").status_code == 404
    assert client.delete("/api/rules/own/Chapters").status_code == 200
    assert client.get("/api/rules").json()["own"] == {}


def test_a_folder_gets_rules_and_loses_them(client, library):
    folder = str(library / "Saga")
    set_ = {"folder": folder, "rules": "manga", "new_files": "ask"}
    stored = client.put("/api/rules/folders", json=set_).json()
    assert stored == {**set_, "target": None, "folders": None, "is_there": True}
    found = client.get("/api/rules/of", params={"path": "Saga/Saga 1.cbz"}).json()
    assert (found["name"], found["folder"], found["new_files"]) == ("manga", folder, "ask")
    above = client.get("/api/rules/of", params={"path": str(library)}).json()
    assert (above["name"], above["folder"], above["new_files"]) == ("comics", "", "process")
    asked = {"file": "Saga/Saga 1.cbz"}
    name = Path(client.post("/api/rules/example", json=asked).json()["to"]).name
    assert name == "Saga - Chapter 0001.cbz"
    client.put("/api/rules/folders", json={"folder": folder})
    assert client.get("/api/rules").json()["folders"] == []


def test_an_entry_whose_folder_is_gone_is_told_and_can_be_removed(client, library):
    folder = library / "Gone"
    folder.mkdir()
    client.put("/api/rules/folders", json={"folder": str(folder), "rules": "manga"})
    folder.rmdir()
    (entry,) = client.get("/api/rules").json()["folders"]
    assert (entry["folder"], entry["is_there"]) == (str(folder), False)
    assert client.put("/api/rules/folders", json={"folder": str(folder)}).status_code == 200
    assert client.get("/api/rules").json()["folders"] == []


def test_folders_outside_the_library_are_refused(client):
    answer = client.put("/api/rules/folders", json={"folder": "/etc", "rules": "manga"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "outside_library")


def test_rules_in_use_can_not_be_removed(client, library):
    client.put("/api/rules/own/Weekly", json={"rules": {"padding": 3}})
    client.put("/api/rules/folders", json={"folder": str(library), "rules": "Weekly"})
    refused = client.delete("/api/rules/own/Weekly")
    assert (refused.status_code, str(library) in refused.json()["error"]["message"]) == (409, True)


def test_examples_are_readable_files_of_the_folder(client, library, parts):
    seen = [
        SeenFile(str(library / "Saga" / f"Saga {number}.cbz"), 9, 9, number, 1, FileFacts())
        for number in (1, 2)
    ]
    damaged = FileFacts(reason="It is damaged.")
    seen.append(SeenFile(str(library / "Saga" / "Saga 3.cbz"), 9, 9, 3, 1, damaged))
    parts.catalogue.add_root(library)
    parts.catalogue.upsert(seen)
    asked = {"rules": {"template": "{series} {issue:3}"}, "folder": "Saga"}
    answer = client.post("/api/rules/examples", json=asked).json()
    assert answer["problem"] is None
    assert [Path(one["to"]).name for one in answer["examples"]] == ["Saga 001.cbz", "Saga 002.cbz"]


def test_a_mistake_in_a_template_is_told_with_its_place(client):
    answer = client.post("/api/rules/examples", json={"rules": {"template": "{series} {nope}"}})
    problem = answer.json()["problem"]
    assert (answer.status_code, problem["field"]) == (200, "template")
    assert (problem["start"], problem["end"]) == (9, 15)
    assert "no such field" in problem["message"]


def test_a_setting_is_chosen_and_shown_with_its_origin(client):
    assert client.put("/api/settings/NEW_FILES", json={"value": "ask"}).json() == {
        "variable": "NEW_FILES",
        "value": "ask",
        "origin": "page",
    }
    told = {each["variable"]: each for each in client.get("/api/settings").json()["settings"]}
    assert (told["NEW_FILES"]["value"], told["NEW_FILES"]["origin"]) == ("ask", "page")
    assert told["WATCHED_DIR"]["origin"] == "environment"
    assert told["WEB_PORT"]["origin"] == "default"
    refused = client.put("/api/settings/WEB_PORT", json={"value": "80"})
    assert refused.status_code == 404


def test_an_inbox_is_shown_with_examples_before_it_is_one(client, library):
    asked = {"folder": "Saga", "target": "Sorted", "folders": "{series}/New"}
    found = client.post("/api/rules/filing-examples", json=asked).json()
    assert found == {"problem": None, "examples": [], "are_invented": False}
    wrong = client.post("/api/rules/filing-examples", json={**asked, "folders": "{serie}"}).json()
    assert (wrong["problem"]["field"], wrong["problem"]["start"]) == ("folders", 0)
    inside = client.post("/api/rules/filing-examples", json={**asked, "target": "Saga/x"}).json()
    assert inside["problem"]["field"] == "target"


def test_examples_of_an_inbox_are_its_own_comics_or_those_of_the_library(client, library, parts):
    path = library / "Saga" / "Saga 1.cbz"
    parts.catalogue.add_root(library)
    parts.catalogue.upsert([SeenFile(str(path), 9, 9, 1, 1, FileFacts(format="cbz"))])
    (library / "New").mkdir()
    asked = {"folder": "Saga", "target": "Sorted"}
    own = client.post("/api/rules/filing-examples", json=asked).json()
    filed = str(library / "Sorted" / "Saga" / "Saga #0001.cbz")
    assert not own["are_invented"]
    assert own["examples"] == [{"from": str(path), "to": filed, "missing": []}]
    empty = client.post("/api/rules/filing-examples", json={**asked, "folder": "New"}).json()
    assert empty["are_invented"]
    arrived = str(library / "New" / "Saga" / "Saga 1.cbz")
    assert empty["examples"] == [{"from": arrived, "to": filed, "missing": []}]


def test_the_example_of_a_job_that_files_follows_the_inbox(client, library):
    asked = {"file": "Saga/Saga 1.cbz", "kind": "file", "params": {"padding": 2}}
    stays = client.post("/api/rules/example", json=asked).json()
    assert stays["to"] == stays["from"]
    made = client.put("/api/rules/folders", json={"folder": "Saga", "target": "Sorted"})
    assert made.json()["target"] == str(library / "Sorted")
    filed = client.post("/api/rules/example", json=asked).json()
    assert filed["to"] == str(library / "Sorted" / "Saga" / "Saga #01.cbz")

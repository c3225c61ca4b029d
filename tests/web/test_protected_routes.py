"""Protecting folders by the API."""

from __future__ import annotations

from comicmaintainer.library.rule_book import FolderChoice
from comicmaintainer.settings import NewFiles
from tests.web.test_file_routes import catalogued


def test_a_folder_is_protected_and_released(client, parts, library):
    folder = str(library / "Saga")
    file_id = catalogued(parts, library / "Saga" / "Saga 1.cbz")
    assert client.get(f"/api/files/{file_id}").json()["protected_by"] is None
    answer = client.post("/api/protected-folders", json={"folder": "Saga"})
    assert [one["folder"] for one in answer.json()["folders"]] == [folder]
    assert client.get("/api/protected-folders").json() == answer.json()
    assert client.get(f"/api/files/{file_id}").json()["protected_by"] == folder
    assert client.delete("/api/protected-folders", params={"folder": folder}).status_code == 200
    assert client.get("/api/protected-folders").json() == {"folders": []}
    actions = [entry["action"] for entry in client.get("/api/audit").json()["entries"]]
    assert actions[:2] == ["folder_released", "folder_protected"]


def test_a_folder_outside_the_library_is_refused(client):
    assert client.post("/api/protected-folders", json={"folder": "/etc"}).status_code == 400
    absent = client.delete("/api/protected-folders", params={"folder": "/etc"})
    assert absent.status_code == 404


def test_new_files_in_a_protected_folder_are_only_catalogued(parts, library):
    inner = library / "Saga" / "in"
    parts.rule_book.assign(FolderChoice(str(inner), new_files=NewFiles.PROCESS))
    parts.protected.add(library / "Saga", 0.0)
    plan = parts.rule_book.new_files(NewFiles.PROCESS)
    assert plan.of(inner / "a.cbz") is NewFiles.CATALOGUE
    assert plan.of(library / "b.cbz") is NewFiles.PROCESS

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from comicmaintainer.library.catalogue.model import FileFacts, FileState, SeenFile
from comicmaintainer.library.journal import PlannedChange


def comic(path: Path, *, page: bytes | None = None) -> Path:
    """Write a comic of one drawn page."""
    if page is None:
        drawn = io.BytesIO()
        Image.new("RGB", (600, 900), "teal").save(drawn, "JPEG")
        page = drawn.getvalue()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("001.jpg", page)
    return path


def catalogued(parts, path: Path, **facts) -> int:
    """Record a file in the catalogue and return its id."""
    status = path.stat()
    seen = SeenFile(
        str(path),
        status.st_size,
        status.st_mtime_ns,
        status.st_dev,
        status.st_ino,
        FileFacts(format="cbz", **facts),
    )
    parts.catalogue.add_root(parts.roots.paths[0])
    parts.catalogue.upsert([seen])
    return parts.catalogue.by_path(path).file_id


@pytest.fixture
def saga(parts, library) -> list[int]:
    """Three catalogued issues of one series."""
    return [
        catalogued(
            parts,
            library / "Saga" / f"Saga {number}.cbz",
            series="Saga",
            issue=str(number),
            tags={"series": "Saga", "writer": ["Vaughan"]},
        )
        for number in range(3)
    ]


def test_files_are_listed_in_series_order_page_by_page(client, saga):
    first = client.get("/api/files", params={"limit": 2, "count": True}).json()
    rest = client.get("/api/files", params={"limit": 2, "after": first["next"]}).json()
    assert [file["issue"] for file in first["files"] + rest["files"]] == ["0", "1", "2"]
    assert first["count"] == {"files": 3, "is_capped": False}
    assert rest["next"] is None
    assert "count" not in rest


def test_files_are_searched_and_filtered(client, saga, parts, library):
    parts.catalogue.set_state(library / "Saga" / "Saga 1.cbz", FileState.FAILED, reason="damaged")
    found = client.get("/api/files", params={"text": "sag"}).json()["files"]
    assert len(found) == 3
    failed = client.get("/api/files", params={"state": ["failed", "duplicate"]}).json()["files"]
    assert [(file["name"], file["reason"]) for file in failed] == [("Saga 1.cbz", "damaged")]


@pytest.mark.parametrize(
    "query",
    [
        {"state": "odd"},
        {"limit": 0},
        {"limit": 100_000},
        {"after": "odd"},
        {"year_from": "x"},
        {"missing": "odd"},
        {"order": "odd"},
        {"size_from": -1},
        {"added_from": "x"},
        {"order": "size", "starting_with": "s"},
    ],
)
def test_invalid_queries_are_refused_with_a_sentence(client, query):
    answer = client.get("/api/files", params=query)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_lists_go_back_and_begin_at_a_letter(client, saga):
    first = client.get("/api/files", params={"limit": 2, "starting_with": "s"}).json()
    rest = client.get("/api/files", params={"limit": 2, "after": first["next"]}).json()
    back = client.get("/api/files", params={"limit": 2, "before": rest["previous"]}).json()
    assert back["files"] == first["files"]
    assert client.get("/api/letters").json() == {"letters": ["s"]}
    assert client.get("/api/series", params={"starting_with": "t"}).json()["series"] == []


def test_publishers_and_folders_can_be_chosen_from(client, parts, library):
    catalogued(parts, library / "Saga" / "Saga 1.cbz", series="Saga", publisher="Saltmarsh")
    assert client.get("/api/publishers").json() == {"publishers": ["Saltmarsh"]}
    (root,) = client.get("/api/folders").json()["folders"]
    assert (root["path"], root["files"]) == (str(library), 1)
    for parent in (str(library), f"{library}/"):
        (folder,) = client.get("/api/folders", params={"parent": parent}).json()["folders"]
        assert (folder["name"], folder["files"]) == ("Saga", 1)
    assert client.get("/api/folders", params={"parent": "Nowhere"}).status_code == 404
    query = {"publisher": "saltmarsh", "size_from": 1, "order": "publisher", "reverse": True}
    assert len(client.get("/api/files", params=query).json()["files"]) == 1
    assert len(client.get("/api/series", params={"publisher": "nobody"}).json()["series"]) == 0


def test_job_takes_all_that_match_but_some(client, saga, library):
    body = {"kind": "verify", "filter": {"text": "saga"}, "without": ["Saga/Saga 1.cbz"]}
    assert client.post("/api/jobs", json=body).json()["total_items"] == 2


def test_file_is_shown_with_its_tags(client, saga):
    file = client.get(f"/api/files/{saga[0]}").json()
    assert file["tags"] == {"series": "Saga", "writer": ["Vaughan"]}
    assert (file["series"], file["issue"], file["format"]) == ("Saga", "0", "cbz")


@pytest.mark.parametrize("file_id", ["999", "x", "-1", "9" * 30])
def test_wrong_file_id_is_not_found(client, file_id):
    for tail in ("", "/history", "/cover"):
        answer = client.get(f"/api/files/{file_id}{tail}")
        assert answer.status_code == 404
        assert answer.json()["error"]["message"]


def test_series_and_roots_have_file_counts(client, saga, library):
    series = client.get("/api/series", params={"text": "sag"}).json()["series"]
    assert [(entry["name"], entry["files"]) for entry in series] == [("Saga", 3)]
    root = client.get("/api/roots").json()["roots"][0]
    assert (root["path"], root["files"]) == (str(library), 3)
    assert root["states"] == {"unprocessed": 3}


def test_job_over_a_filter_takes_what_the_filter_finds_now(client, saga):
    body = {"kind": "tag", "filter": {"text": "saga 1"}, "params": {"set": {"title": "x"}}}
    assert client.post("/api/jobs", json=body).json()["total_items"] == 1
    everything = body | {"filter": {}}
    assert client.post("/api/jobs", json=everything).status_code == 400


def test_cover_is_made_once_and_served_from_disk(client, parts, library, settings):
    file_id = catalogued(parts, comic(library / "Bone 1.cbz"))
    answer = client.get(f"/api/files/{file_id}/cover")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    with Image.open(io.BytesIO(answer.content)) as image:
        assert max(image.size) == 320
    kept = list((settings.cache_dir / "covers").glob("*/*.webp"))
    assert len(kept) == 1
    again = client.get(
        f"/api/files/{file_id}/cover", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304


def test_comic_without_a_cover_says_why_and_is_not_tried_again(client, parts, library, settings):
    path = comic(library / "Broken 1.cbz", page=b"\xff\xd8\xff not an image")
    file_id = catalogued(parts, path)
    answer = client.get(f"/api/files/{file_id}/cover")
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "no_cover"
    assert len(list((settings.cache_dir / "covers").glob("*/*.none"))) == 1
    path.unlink()
    assert client.get(f"/api/files/{file_id}/cover").json() == answer.json()


def test_image_of_a_comic_without_a_cover_is_a_drawing(client, parts, library):
    path = comic(library / "Broken 1.cbz", page=b"\xff\xd8\xff not an image")
    address = f"/api/files/{catalogued(parts, path)}/cover"
    answer = client.get(address, headers={"Accept": "image/avif,image/webp,*/*;q=0.8"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")


def test_image_libraries_are_not_loaded_by_the_web(tmp_path):
    code = (
        "import sys, comicmaintainer.web.asgi as asgi; asgi.application();"
        "print([name for name in ('PIL', 'lxml', 'pypdfium2', 'libarchive')"
        " if name in sys.modules])"
    )
    environment = {"CONFIG_DIR": str(tmp_path), "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True)
    assert done.stdout == b"[]\n", done.stderr
    assert list(tmp_path.iterdir()) == []


def test_changes_are_listed_by_job_and_by_file_and_undone(client, parts, library, saga):
    path = str(library / "Saga" / "Saga 0.cbz")
    change_id = parts.journal.plan(
        PlannedChange("tag", path, summary={"tags": {}}, job_id="gone", seq=0)
    )
    parts.journal.confirm(change_id, {})
    of_job = client.get("/api/jobs/gone/changes").json()
    assert [change["change_id"] for change in of_job["changes"]] == [change_id]
    assert of_job["counts"] == {"applied": 1}
    of_file = client.get(f"/api/files/{saga[0]}/history").json()
    assert of_file["changes"] == of_job["changes"]
    for address, body in [
        ("/api/jobs/gone/undo", None),
        ("/api/changes/undo", {"changes": [change_id]}),
    ]:
        undo = client.post(address, json=body)
        assert (undo.status_code, undo.json()["total_items"]) == (201, 1)
        client.post(f"/api/jobs/{undo.json()['job_id']}/cancel")
    assert client.post("/api/changes/undo", json={"changes": [999]}).status_code == 404
    assert client.post("/api/jobs/none/undo").status_code == 404

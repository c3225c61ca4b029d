"""The review queue over HTTP: what files say, what one was matched with, what a job identified."""

from __future__ import annotations

import pytest

from comicmaintainer.jobs.model import JobRequest
from comicmaintainer.library.catalogue.model import FileFacts, SeenFile
from tests.golden.matches import add_match


@pytest.fixture
def path(parts, library) -> str:
    path = str(library / "Saga" / "Saga 1.cbz")
    facts = FileFacts(format="cbz", page_count=22, tags={"series": "Tide Warden", "year": 2021})
    parts.catalogue.add_root(library)
    parts.catalogue.upsert([SeenFile(path, 22, 1, 1, 1, facts)])
    return path


def test_a_match_is_shown_with_what_its_files_say(client, parts, path):
    match_id = add_match(parts, path)
    (file,) = client.get(f"/api/matches/{match_id}").json()["matched_files"]
    assert file["says"] == {
        "series": "Tide Warden",
        "number": "1",
        "years": [2021],
        "page_count": 22,
    }
    assert file["issues"]["comicvine:7"]["number"] == "3"


def test_what_one_file_was_matched_with(client, parts, path):
    file_id = parts.catalogue.by_path(path).file_id
    address = f"/api/files/{file_id}/match"
    assert client.get(address).json() == {"match": None}
    match_id = add_match(parts, path)
    match = client.get(address).json()["match"]
    assert (match["match_id"], match["level"]) == (match_id, "likely")
    assert [file["file_id"] for file in match["matched_files"]] == [file_id]
    assert client.get("/api/files/999/match").status_code == 404


def test_a_skipped_match_can_wait_again(client, parts, path):
    match_id = add_match(parts, path)
    for verdict, state in (("skip", "skipped"), ("wait", "open")):
        client.post(f"/api/matches/{match_id}/answer", json={"verdict": verdict})
        assert client.get(f"/api/matches/{match_id}").json()["state"] == state


def test_what_a_job_left_for_review_is_counted(client, parts, path):
    comicvine = parts.sources.info("comicvine")
    parts.sources.settings.change(comicvine, enabled=True, secrets={"key": "k3y"})
    job = parts.manager.submit(JobRequest("identify", [path]))
    add_match(parts, path, job.job_id)
    assert client.get(f"/api/jobs/{job.job_id}/identified").json() == {
        "files": {"certain": 0, "likely": 0, "unknown": 0},
        "waiting": {"matches": 1, "files": 1},
        "pace": None,
    }
    assert client.get("/api/jobs/nope/identified").status_code == 404

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from comicmaintainer.web.app import create_app
from tests.web.job_steps import submit, work


@pytest.fixture
def other(tmp_path: Path):
    """A program with a key to another, empty service."""
    settings = Settings.from_environment({"CONFIG_DIR": str(tmp_path / "other")})
    services = Services.build(settings)
    with TestClient(create_app(settings, lambda: services)) as client:
        client.headers["X-Api-Key"] = services.accounts.create_key("test")
        yield client


def test_results_are_exported_as_csv(client, parts):
    job_id = submit(parts, 3)
    work(parts, fail={"/c/1.cbz"})
    answer = client.get(f"/api/jobs/{job_id}/export")
    assert answer.headers["content-type"].startswith("text/csv")
    assert job_id in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["item"], row["outcome"]) for row in rows] == [
        ("/c/0.cbz", "succeeded"),
        ("/c/1.cbz", "failed"),
        ("/c/2.cbz", "succeeded"),
    ]
    assert client.get("/api/jobs/none/export").status_code == 404
    parts.manager.delete_job(job_id)
    gone = client.get(f"/api/jobs/{job_id}/export")
    assert (gone.status_code, gone.json()["error"]["code"]) == (409, "job_state_conflict")
    assert "cleaned up" in gone.json()["error"]["message"]


def test_jobs_move_to_another_service_byte_for_byte(client, other, parts):
    ended, open_one = submit(parts, 3), submit(parts, 5, "tag")
    work(parts, kinds=("process",))
    exported = client.get("/api/export").content
    report = other.post("/api/import", content=exported, params={"pause_active": True})
    assert report.json()["report"]["stored"]["job"] == 2
    assert other.get(f"/api/jobs/{ended}").json()["status"] == "completed"
    assert other.get(f"/api/jobs/{open_one}").json()["status"] == "paused"
    assert other.post(f"/api/jobs/{open_one}/resume").status_code == 200
    assert other.get("/api/export").content == exported
    again = other.post("/api/import", content=exported).json()["report"]
    assert again["stored"] == {}


def test_chosen_jobs_are_exported_alone(client, other, parts):
    one, two, _ = submit(parts, 3), submit(parts, 5, "tag"), submit(parts, 7, "verify")
    work(parts, kinds=("process",))
    answer = client.get("/api/export", params={"job": [two, one]})
    assert "comicmaintainer-jobs.jsonl" in answer.headers["content-disposition"]
    report = other.post("/api/import", content=answer.content).json()["report"]
    assert (report["stored"]["job"], report["stored"].get("template")) == (2, None)
    known = {job["job_id"]: job["total_items"] for job in other.get("/api/jobs").json()["jobs"]}
    assert known == {one: 3, two: 5}
    single = client.get("/api/export", params={"job": one})
    assert f"job-{one}.jsonl" in single.headers["content-disposition"]
    parts.manager.delete_job(two)
    refused = client.get("/api/export", params={"job": [one, two]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "job_not_found")


@pytest.mark.parametrize("content", [b"", b"{}", b"not JSON\n", b'{"format": "other"}\n'])
def test_file_that_is_not_an_export_is_refused(other, content):
    answer = other.post("/api/import", content=content)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]
    assert other.get("/api/jobs").json()["jobs"] == []


def test_every_line_of_an_export_is_json(client, parts):
    submit(parts, 2000)
    lines = client.get("/api/export").text.splitlines()
    assert json.loads(lines[-1])["record"] == "end"
    assert sum(json.loads(line).get("record") == "item" for line in lines) == 2000

"""A rehearsal over HTTP: asked for, gone on from, cleared away."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web.job_steps import work


def test_rehearsal_leads_to_the_rest_and_to_the_end_of_its_copies(client, parts, library):
    body = {
        "kind": "rehearse",
        "all": True,
        "params": {"folder": "Try", "kind": "rename", "params": {"padding": 2}, "count": 2},
    }
    submitted = client.post("/api/jobs", json=body)
    assert submitted.status_code == 201
    assert submitted.json()["total_items"] == 2
    job_id = submitted.json()["job_id"]
    early = client.post(f"/api/jobs/{job_id}/rest")
    assert early.status_code == 409
    told = client.get(f"/api/jobs/{job_id}/rehearsal").json()
    assert told["files"] == 3
    assert told["copies"] == 0
    assert "queued" in told["ended"]
    copy = Path(told["folder"]) / library.name / "Saga" / "Saga 0.cbz"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(b"x")
    work(parts, kinds=("rehearse",))
    rest = client.post(f"/api/jobs/{job_id}/rest", json={"preview": True})
    assert rest.status_code == 201
    assert rest.json()["total_items"] == 3
    job = client.get(f"/api/jobs/{rest.json()['job_id']}").json()
    assert (job["kind"], job["preview"], job["params"]["padding"]) == ("rename", True, 2)
    assert job["source_job_id"] == job_id
    removal = client.post(f"/api/jobs/{job_id}/remove-copies").json()
    assert removal["total_items"] == 1
    assert parts.manager.get(removal["job_id"]).kind == "delete"
    assert client.get(f"/api/jobs/{rest.json()['job_id']}/rehearsal").status_code == 409


@pytest.mark.parametrize(
    "change",
    [
        {"params": {"folder": "Try", "kind": "rehearse"}},
        {"params": {"folder": "../Try"}},
        {"params": {"folder": "/elsewhere"}},
        {"params": {}},
        {"preview": True},
        {"all": False},
    ],
)
def test_rehearsal_that_is_not_allowed_is_refused(client, change):
    body = {"kind": "rehearse", "all": True, "params": {"folder": "Try"}, **change}
    answer = client.post("/api/jobs", json=body)
    assert answer.status_code == 400
    assert client.get("/api/jobs").json()["jobs"] == []

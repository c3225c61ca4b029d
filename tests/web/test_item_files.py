"""Which file a result is about, whatever its item names; and jobs by what failed in them."""

from __future__ import annotations

import time

import pytest

from comicmaintainer.jobs.engine.item_store import ItemStore
from comicmaintainer.jobs.model import HandIn, JobRequest, Outcome
from comicmaintainer.library.catalogue.model import SeenFile
from comicmaintainer.library.journal import PlannedChange
from tests.web.job_steps import submit, work


def catalogue(parts, library, number):
    path = library / "Saga" / f"Saga {number}.cbz"
    parts.catalogue.add_root(library)
    found = path.stat()
    identity = (found.st_size, found.st_mtime_ns, found.st_dev, found.st_ino)
    parts.catalogue.upsert([SeenFile(str(path), *identity)])
    file = parts.catalogue.by_path(path)
    return str(path), file.file_id


def hand_in(parts, kind, outcome):
    items = ItemStore(parts.database)
    parts.manager.workers.register("v", "here", 1, 1, time.time())
    _, claims = items.exchange("v", [], 10, (kind,), time.time())
    items.exchange("v", [HandIn(claim, outcome, 0.01) for claim in claims], 0, (), time.time())


def test_a_result_names_its_file_and_leads_to_it_also_after_a_rename(client, parts, library):
    path, file_id = catalogue(parts, library, 0)
    gone = str(library / "Saga" / "gone.cbz")
    job = parts.manager.submit(JobRequest("process", [gone]))
    work(parts, details={"path": path, "changes": [{"type": "rename", "from": gone, "to": path}]})
    (result,) = client.get(f"/api/jobs/{job.job_id}/results").json()["results"]
    assert (result["path"], result["file_id"]) == (gone, file_id)


def test_planned_path_of_a_preview_has_no_file_id(client, parts, library):
    path, _ = catalogue(parts, library, 0)
    asked = str(library / "Saga" / "asked.cbz")
    job = parts.manager.submit(JobRequest("process", [asked], preview=True))
    work(parts, details={"path": path, "changes": []})
    (result,) = client.get(f"/api/jobs/{job.job_id}").json()["results"]
    assert (result["path"], result["file_id"]) == (asked, None)


@pytest.mark.parametrize("outcome", [Outcome(True, {}), Outcome(False, None, "No.", "refused")])
def test_an_undo_names_the_files_of_its_changes(client, parts, library, outcome):
    path, file_id = catalogue(parts, library, 1)
    change = parts.journal.plan(PlannedChange("tag", path, job_id="gone", seq=0))
    job = parts.manager.submit(JobRequest("undo", [str(change), "none"]))
    (listed,) = client.get("/api/jobs").json()["jobs"]
    assert (listed["first_item"], listed["first_path"]) == (str(change), path)
    hand_in(parts, "undo", outcome)
    results = client.get(f"/api/jobs/{job.job_id}/results").json()["results"]
    told = {result["item"]: (result["path"], result["file_id"]) for result in results}
    assert told == {str(change): (path, file_id), "none": (None, None)}
    groups = client.get(f"/api/jobs/{job.job_id}/failures").json()["failures"]
    assert [group["example_path"] for group in groups] == ([] if outcome.success else [path])


def test_the_same_failure_of_several_copies_is_one_group_that_is_retried_as_one(client, parts):
    job = parts.manager.submit(
        JobRequest("rehearse", ["/c/1.cbz", "/c/2.cbz"], {"kind": "process"})
    )
    items = ItemStore(parts.database)
    parts.manager.workers.register("v", "here", 1, 1, time.time())
    _, claims = items.exchange("v", [], 10, ("rehearse",), time.time())
    for claim in claims:
        copy = f"/c/Rehearsals/x{claim.item}"
        failed = Outcome(False, {"copy": copy}, f"{copy}: it is empty", "damaged_archive")
        items.exchange("v", [HandIn(claim, failed, 0.01)], 0, (), time.time())
    (group,) = client.get(f"/api/jobs/{job.job_id}/failures").json()["failures"]
    assert (group["error"], group["items"]) == ("it is empty", 2)
    body = {"code": group["code"], "error": group["error"]}
    assert client.post(f"/api/jobs/{job.job_id}/retry", json=body).json()["retried"] == 2


def test_jobs_are_listed_by_whether_a_file_failed_in_them(client, parts):
    submit(parts, 2)
    work(parts)
    failed = submit(parts, 3)
    work(parts, fail={"/c/2.cbz"})
    answer = client.get("/api/jobs", params={"with_failures": True}).json()
    assert [job["job_id"] for job in answer["jobs"]] == [failed]
    assert (answer["with_failures"], answer["counts"]) == (1, {"completed": 2})


def test_an_empty_selection_is_refused_on_request(client, parts):
    nothing = {"kind": "process", "filter": {"text": "no such comic"}}
    assert client.post("/api/jobs", json=nothing).json()["total_items"] == 0
    refused = client.post("/api/jobs", json=nothing | {"refuse_empty": True})
    assert refused.status_code == 400
    assert "No file matches" in refused.json()["error"]["message"]
    rehearsal = {"kind": "rehearse", "params": {"folder": "Rehearsals"}, "refuse_empty": True}
    answer = client.post("/api/jobs", json=nothing | rehearsal)
    assert answer.status_code == 400
    assert len(client.get("/api/jobs").json()["jobs"]) == 1

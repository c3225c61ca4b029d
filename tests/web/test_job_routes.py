from __future__ import annotations

import os

import pytest

from tests.kit.living_worker import register_worker
from tests.web.job_steps import submit, work


def test_process_all_takes_every_comic_also_uncatalogued_ones(client, library):
    answer = client.post("/api/jobs/process-all")
    assert answer.status_code == 200
    assert answer.json()["total_items"] == 3
    job = client.get(f"/api/jobs/{answer.json()['job_id']}").json()
    assert (job["status"], job["kind"], job["trigger"]) == ("queued", "process", "api")


def test_process_selected_takes_absolute_and_relative_paths(client, library, parts):
    files = [str(library / "Saga" / "Saga 0.cbz"), "Saga/Saga 1.cbz"]
    answer = client.post("/api/jobs/process-selected", json={"files": files}).json()
    assert answer["total_items"] == 2
    items = [item for _, item, _ in parts.manager.results.items(answer["job_id"])]
    assert items == [str(library / "Saga" / f"Saga {n}.cbz") for n in range(2)]


@pytest.mark.parametrize(
    "bad",
    [
        "../outside.cbz",
        "Saga/../../outside.cbz",
        "/etc/passwd",
        "/etc/x.cbz",
        "Saga",
        "Saga/notes.txt",
        "link.cbz",
        "linked/outside.cbz",
        "",
        "Saga/\0.cbz",
        "Saga/Saga 0.cbz/",
        "Saga/missing.cbz",
        "x" * 5000 + ".cbz",
    ],
)
def test_one_bad_path_rejects_the_whole_request(client, library, tmp_path, bad):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside.cbz").write_bytes(b"x")
    (tmp_path / "outside" / "outside.cbz").write_bytes(b"x")
    os.symlink(tmp_path / "outside.cbz", library / "link.cbz")
    os.symlink(tmp_path / "outside", library / "linked")
    answer = client.post("/api/jobs/process-selected", json={"files": ["Saga/Saga 0.cbz", bad]})
    assert answer.status_code in (400, 404)
    assert answer.json()["error"]["message"]
    assert client.get("/api/jobs").json()["jobs"] == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", "invalid_json"),
        (b"", "invalid_input"),
        (b"[]", "invalid_input"),
        (b'{"files": []}', "invalid_input"),
        (b'{"files": "all"}', "invalid_input"),
        (b'{"files": [1]}', "invalid_input"),
        (b'{"files": ["\\ud800.cbz"]}', "invalid_input"),
        (b'{"files": ["a.cbz"], "extra": 1}', "invalid_input"),
    ],
)
def test_body_of_another_shape_is_refused(client, content, code):
    answer = client.post(
        "/api/jobs/process-selected", content=content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code


def test_body_not_sent_as_json_is_refused_with_the_reason(client):
    answer = client.post("/api/jobs/process-selected", content=b'{"files": ["Saga/Saga 0.cbz"]}')
    assert answer.status_code == 400
    assert "Content-Type: application/json" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("rename", {"to": "../away.cbz"}),
        ("rename", {"to": "a:b.cbz"}),
        ("rename", {"to": "a"}),
        ("rehearse", {"folder": "/etc"}),
        ("rehearse", {"folder": "../x"}),
    ],
)
def test_path_that_is_not_allowed_rejects_the_request(client, kind, params):
    body = {"kind": kind, "files": ["Saga/Saga 0.cbz"], "params": params}
    assert client.post("/api/jobs", json=body).status_code == 400
    assert client.get("/api/jobs").json()["jobs"] == []


def test_unknown_kind_is_refused(client):
    body = {"kind": "explode", "files": ["Saga/Saga 0.cbz"]}
    answer = client.post("/api/jobs", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "unknown_kind"


def test_job_needs_files_or_filter_not_both(client):
    for body in ({"kind": "tag"}, {"kind": "tag", "files": ["Saga/Saga 0.cbz"], "filter": {}}):
        assert client.post("/api/jobs", json=body).status_code == 400


@pytest.mark.parametrize("wanted", [{}, {"states": []}, {"text": " "}, {"folder": None}])
def test_empty_filter_is_not_the_whole_library(client, wanted):
    answer = client.post("/api/jobs", json={"kind": "delete", "filter": wanted})
    assert answer.status_code == 400
    assert "use 'all' instead" in answer.json()["error"]["message"]
    template = {"name": "Gone", "kind": "delete", "selection": {"filter": {"states": ["failed"]}}}
    made = client.post("/api/templates", json=template).json()["template_id"]
    changed = client.patch(f"/api/templates/{made}", json={"selection": {"filter": wanted}})
    assert changed.status_code == 400
    assert "use 'all' instead" in changed.json()["error"]["message"]
    assert client.get("/api/jobs").json()["jobs"] == []


def test_huge_body_is_refused(client):
    for content in (b"[" * (17 << 20), iter([b"[" * (1 << 20)] * 17)):
        answer = client.post(
            "/api/jobs/process-selected",
            content=content,
            headers={"Content-Type": "application/json"},
        )
        assert answer.status_code == 413
        assert answer.json()["error"]["code"] == "too_large"


@pytest.mark.parametrize("job_id", ["nothing", "00000000-0000-0000-0000-000000000000", "'"])
def test_wrong_job_id_is_not_found(client, job_id):
    for method, tail in [
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/results"),
        ("GET", "/failures"),
        ("GET", "/events"),
        ("POST", "/cancel"),
        ("POST", "/pause"),
        ("POST", "/resume"),
        ("POST", "/retry"),
        ("POST", "/undo"),
        ("GET", "/changes"),
    ]:
        answer = client.request(method, f"/api/jobs/{job_id}{tail}")
        assert answer.status_code == 404, (method, tail)
        assert answer.json()["error"]["code"] == "job_not_found"


def test_wrong_method_says_which_are_allowed(client):
    answer = client.put("/api/jobs")
    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "method_not_allowed"
    assert answer.headers["allow"]


def test_job_shows_progress_and_its_newest_results_first(client, parts):
    job_id = submit(parts, 10)
    work(parts, 4)
    job = client.get(f"/api/jobs/{job_id}").json()
    assert (job["status"], job["processed_items"], job["progress"]) == ("processing", 4, 40.0)
    assert [result["item"] for result in job["results"]] == [f"/c/{n}.cbz" for n in (3, 2, 1, 0)]
    assert job["results"][0]["details"] == {"new": "/c/3.cbz"}
    for name in ("error", "created_at", "started_at", "completed_at"):
        assert name in job


def test_results_come_in_pages_without_gap_or_repeat(client, parts):
    job_id = submit(parts, 25)
    work(parts, fail={"/c/7.cbz", "/c/20.cbz"})
    seen, before = [], None
    while True:
        query = {"limit": 10} | ({} if before is None else {"before": before})
        page = client.get(f"/api/jobs/{job_id}/results", params=query).json()
        seen += [result["item"] for result in page["results"]]
        before = page["next"]
        if before is None:
            break
    assert seen == [f"/c/{n}.cbz" for n in reversed(range(25))]
    failed = client.get(f"/api/jobs/{job_id}/results", params={"outcome": "failed"}).json()
    assert [result["item"] for result in failed["results"]] == ["/c/20.cbz", "/c/7.cbz"]
    groups = client.get(f"/api/jobs/{job_id}/failures").json()["failures"]
    assert [(group["code"], group["items"]) for group in groups] == [("disk_full", 2)]


def test_failed_items_are_retried(client, parts):
    job_id = submit(parts, 5)
    work(parts, fail={"/c/2.cbz"})
    other = client.post(f"/api/jobs/{job_id}/retry", json={"code": "other"})
    assert (other.status_code, "disk_full" in other.text) == (409, True)
    assert client.post(f"/api/jobs/{job_id}/retry").json()["retried"] == 1
    work(parts)
    job = client.get(f"/api/jobs/{job_id}").json()
    assert (job["status"], job["processed_items"], job["failed_items"]) == ("completed", 5, 0)


def test_job_is_paused_resumed_hurried_and_cancelled(client, parts):
    job_id = submit(parts)
    address = f"/api/jobs/{job_id}"
    assert client.post(f"{address}/pause").json()["status"] == "paused"
    assert work(parts) == 0
    assert client.post(f"{address}/resume").json()["status"] == "queued"
    hurried = client.post(f"{address}/priority", json={"priority": "urgent"})
    assert hurried.json()["priority"] == "urgent"
    assert client.post(f"{address}/priority", json={"priority": "x"}).status_code == 400
    assert client.post(f"{address}/cancel").json()["status"] == "cancelled"
    assert client.post(f"{address}/resume").status_code == 409
    assert work(parts) == 0


def test_deleted_job_leaves_its_summary_marked_archived(client, parts):
    job_id = submit(parts)
    work(parts, fail={"/c/1.cbz"})
    assert client.delete(f"/api/jobs/{job_id}").json() == {"job_id": job_id, "deleted": True}
    assert client.delete(f"/api/jobs/{job_id}").status_code == 404
    job = client.get(f"/api/jobs/{job_id}").json()
    assert (job["archived"], job["status"], job["processed_items"]) == (True, "completed", 3)
    assert [result["item"] for result in job["results"]] == ["/c/1.cbz"]
    assert client.get("/api/jobs").json()["jobs"] == []


def test_jobs_are_listed_newest_first_in_pages_and_by_status(client, parts):
    made = [submit(parts, 3, kind) for kind in ("process", "tag", "scan")]
    work(parts, kinds=("scan",))
    first = client.get("/api/jobs", params={"limit": 2}).json()
    assert all(job["first_item"] for job in first["jobs"])
    rest = client.get("/api/jobs", params={"limit": 2, "after": first["next"]}).json()
    assert [job["job_id"] for job in first["jobs"] + rest["jobs"]] == made[::-1]
    assert rest["next"] is None
    assert first["counts"] == {"queued": 2, "completed": 1}
    ended = client.get("/api/jobs", params={"status": "ended"}).json()["jobs"]
    assert [job["job_id"] for job in ended] == made[2:]
    assert client.get("/api/jobs", params={"status": "odd"}).status_code == 400
    assert client.get("/api/jobs", params={"after": "odd"}).status_code == 400


def test_the_same_request_twice_is_one_job_while_it_is_active(client):
    one = client.post("/api/jobs/process-all").json()
    two = client.post("/api/jobs/process-all").json()
    assert one == two


def test_version_is_returned(client):
    assert client.get("/api/version").json()["version"]


def test_ready_needs_a_complete_database(client, parts):
    with parts.database.transaction() as transaction:
        transaction.execute("DROP INDEX idx_jobs_created_at")
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "schema_mismatch")


def test_ready_needs_a_living_worker(client, parts):
    assert client.get("/health/live").status_code == 200
    waiting = client.get("/health/ready")
    assert waiting.status_code == 503
    checks = waiting.json()["checks"]
    assert (checks["database"], checks["web"], checks["worker"]) == ("ok", "ok", "no heartbeat")
    register_worker(parts.database)
    assert client.get("/health/ready").status_code == 200


def test_ready_needs_a_worker_that_does_more_than_items(client, parts):
    register_worker(parts.database, items_only=True)
    waiting = client.get("/health/ready")
    assert (waiting.status_code, waiting.json()["checks"]["worker"]) == (503, "no heartbeat")
    [worker] = client.get("/api/system").json()["workers"]
    assert worker["items_only"] is True


def test_preview_is_applied_and_a_job_repeated(client, parts):
    preview = client.post("/api/jobs/process-all", json={"preview": True}).json()["job_id"]
    assert client.get(f"/api/jobs/{preview}").json()["preview"] is True
    early = client.post(f"/api/jobs/{preview}/apply")
    assert (early.status_code, early.json()["error"]["code"]) == (409, "job_state_conflict")
    work(parts, details={"changes": [{"kind": "rename"}]})
    applied = client.post(f"/api/jobs/{preview}/apply")
    assert (applied.status_code, applied.json()["total_items"]) == (201, 3)
    job = client.get(f"/api/jobs/{applied.json()['job_id']}").json()
    assert (job["source_job_id"], job["preview"]) == (preview, False)
    work(parts)
    again = client.post(f"/api/jobs/{job['job_id']}/repeat").json()
    assert again["total_items"] == 3
    assert again["job_id"] != job["job_id"]
    asked = parts.manager.get(again["job_id"])
    assert (asked.trigger, asked.requested_by) == ("api", "test")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "bogus", "all": True}, "kind"),
        ({"kind": "convert", "all": True, "params": {"images": "gif"}}, "params.images"),
        ({"kind": "convert", "all": True, "params": {"bogus": 1}}, "params.bogus"),
        ({"kind": "rename", "all": True, "params": {"template": "{nope}"}}, "params.template"),
        ({"kind": "verify", "filter": {"states": ["bogus"]}}, "filter.states"),
        ({"kind": "verify", "filter": {"year_from": "x"}}, "filter.year_from"),
        ({"kind": "verify", "filter": {"text": ""}}, "filter"),
        ({"kind": "verify", "all": True, "priority": "bogus"}, "priority"),
        ({"kind": "scan", "all": True, "preview": True}, "preview"),
    ],
)
def test_an_error_names_the_value_at_fault(client, library, body, field):
    answer = client.post("/api/jobs", json=body)
    assert (answer.status_code, answer.json()["error"].get("field")) == (400, field)


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/api/jobs?status=bogus", "status"),
        ("/api/jobs?kind=bogus", "kind"),
        ("/api/jobs?after=bogus", "after"),
        ("/api/statistics?since=100&until=5", "since"),
        ("/api/schedules/preview?cron=bogus", "cron"),
        ("/api/schedules/preview?cron=0+3+*+*+*&timezone=Nowhere/Town", "timezone"),
    ],
)
def test_an_error_names_the_query_parameter_at_fault(client, library, address, field):
    answer = client.get(address)
    assert (answer.status_code, answer.json()["error"].get("field")) == (400, field)

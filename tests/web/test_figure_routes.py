from __future__ import annotations

import os
from socket import gethostname

import pytest
from prometheus_client.parser import text_string_to_metric_families

from comicmaintainer.library.scan.library_scan import LibraryScan
from comicmaintainer.operations.facts import facts_reader
from comicmaintainer.watcher.coverage import Limit, shortfall
from comicmaintainer.watcher.coverage_store import CoverageStore
from tests.kit.living_worker import register_worker
from tests.kit.shared_reader import COMICS
from tests.web.job_steps import submit, work


def test_overview_counts_jobs_and_workers(client, parts):
    submit(parts, 3)
    waiting = submit(parts, 2, "tag")
    work(parts, fail={"/c/1.cbz"}, kinds=("process",))
    found = client.get("/api/jobs/overview").json()
    assert found["counts"] == {"completed": 1, "queued": 1}
    assert found["oldest_queued_at"] == parts.manager.get(waiting).created_at
    assert (found["items_last_hour"], found["failed_last_hour"]) == (3, 1)
    assert [worker["host"] for worker in found["workers"]] == [gethostname()]


def test_statistics_are_by_hour_or_day(client, parts):
    submit(parts, 3)
    work(parts)
    for span, seconds in (("hour", 3600), ("day", 86400)):
        found = client.get("/api/statistics", params={"span": span}).json()
        assert [(p["kind"], p["items"], p["jobs"]) for p in found["periods"]] == [("process", 3, 1)]
        assert found["periods"][0]["starts_at"] % seconds == 0
    assert client.get("/api/statistics", params={"since": 0}).status_code == 400
    assert client.get("/api/statistics", params={"span": "year"}).status_code == 400


def test_the_collection_is_counted(client, parts):
    found = client.get("/api/statistics/collection").json()["collection"]
    assert (found["files"], found["publishers"], found["years"]) == (0, [], [])
    assert found["tagged"]["series"] == 0


def test_history_lists_summaries_in_pages(client, parts):
    made = []
    for _ in range(3):
        made.append(submit(parts, 1))
        work(parts)
        client.delete(f"/api/jobs/{made[-1]}")
    first = client.get("/api/history", params={"limit": 2}).json()
    rest = client.get("/api/history", params={"limit": 2, "after": first["next"]}).json()
    assert [job["job_id"] for job in first["jobs"] + rest["jobs"]] == made[::-1]
    assert client.get("/api/history", params={"kind": "tag"}).json()["jobs"] == []


def test_metrics_are_in_the_format_of_prometheus(client, parts):
    submit(parts, 4)
    submit(parts, 2, "tag")
    work(parts, fail={"/c/1.cbz"}, kinds=("process",))
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert found["comicmaintainer_jobs", "queued"] == 1
    assert found["comicmaintainer_jobs", "failed"] == 0
    assert found["comicmaintainer_items_total", "process"] == 4
    assert found["comicmaintainer_items_failed_total", "process"] == 1
    assert found["comicmaintainer_workers",] == 1
    assert found["comicmaintainer_database_bytes", "jobs.db"] > 0


def test_system_lists_checks_and_workers(client, parts):
    register_worker(parts.database, host="nas")
    found = client.get("/api/system").json()
    assert found["checks"] == {"library": "ok", "database": "ok", "web": "ok", "worker": "ok"}
    assert found["disks"] == []
    assert found["workers"][0]["host"] == "nas"


def test_system_lists_backups(client, settings):
    settings.backup_dir.mkdir(parents=True)
    (settings.backup_dir / "jobs-2026-01-02.db").write_bytes(b"older")
    (settings.backup_dir / "jobs-2026-01-03.db").write_bytes(b"newest")
    found = client.get("/api/system").json()["backups"]
    assert [(one["name"], one["size_bytes"]) for one in found] == [
        ("jobs-2026-01-03.db", 6),
        ("jobs-2026-01-02.db", 5),
    ]


def test_kinds_are_described_for_forms(client):
    kinds = {kind["name"]: kind for kind in client.get("/api/kinds").json()["kinds"]}
    assert {"process", "tag", "rename", "scan"} <= set(kinds)
    assert all(p["name"] for kind in kinds.values() for p in kind["parameters"])


def test_scan_is_submitted_for_all_roots(client, library):
    answer = client.post("/api/library/scan")
    assert (answer.status_code, answer.json()["total_items"]) == (201, 1)
    assert client.get(f"/api/jobs/{answer.json()['job_id']}").json()["kind"] == "scan"


def test_parameters_are_checked_before_a_job_is_stored(client):
    for body in (
        {"kind": "tag", "files": ["Saga/Saga 0.cbz"]},
        {"kind": "tag", "files": ["Saga/Saga 0.cbz"], "params": {"odd": 1}},
        {"kind": "scan", "files": ["Saga/Saga 0.cbz"]},
        {"kind": "scan", "all": True, "preview": True},
        {"kind": "undo", "all": True},
        {"kind": "scan", "folders": ["../.."]},
    ):
        answer = client.post("/api/jobs", json=body)
        assert answer.status_code == 400, body
    assert client.get("/api/jobs").json()["jobs"] == []


def test_system_lists_the_watched_folders(client, parts, library):
    (library / os.fsdecode(b"caf\xe9.cbz")).write_bytes(b"x")
    reader = facts_reader(COMICS, parts.roots)
    LibraryScan(parts.database, parts.roots, reader, now=parts.now).scan_root(library)
    (root,) = client.get("/api/system").json()["roots"]
    assert (root["path"], root["files"], root["is_watched"]) == (str(library), 3, True)
    assert root["unstorable_names"] == [rf"{library}/caf\xe9.cbz"]
    assert r"caf\xe9.cbz" in root["names_remark"]
    assert "convmv" in root["names_advice"]


def test_an_unwatched_folder_is_forgotten_on_request(client, parts, library):
    parts.catalogue.add_root("/was/watched")
    parts.catalogue.add_root(library)
    forget = "/api/system/roots"
    assert client.delete(forget, params={"path": "/was/watched"}).json()["forgotten"] == 0
    assert client.delete(forget, params={"path": "/was/watched"}).status_code == 404
    assert client.delete(forget, params={"path": str(library)}).status_code == 409
    assert [root["path"] for root in client.get("/api/system").json()["roots"]] == [str(library)]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"since": 200, "until": 100}, "'since' can't be 200"),
        ({"since": -5, "until": 100}, "'since' can't be -5"),
        ({"until": "nan"}, "'until' can't be nan"),
        ({"kind": "explode"}, "'explode'"),
    ],
)
def test_value_of_statistics_that_is_wrong_is_named(client, query, named):
    answer = client.get("/api/statistics", params=query)
    assert (answer.status_code, named in answer.json()["error"]["message"]) == (400, True)


@pytest.mark.parametrize("address", ["/api/jobs", "/api/history"])
def test_unknown_kind_is_refused_as_a_filter(client, address):
    answer = client.get(address, params={"kind": "explode"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unknown_kind")


@pytest.mark.parametrize("span", ["xhour", "hourx", "day\n", "hour|day", "Hour", ""])
def test_span_is_one_of_two_words(client, span):
    assert client.get("/api/statistics", params={"span": span}).status_code == 400


def test_unwatched_folders_are_reported_by_system_and_health(client, parts):
    register_worker(parts.database)
    assert client.get("/api/system").json()["watching"] is None
    found = shortfall(Limit.WATCHES, watched=3, scanned=18, interval_s=60, detail="")
    CoverageStore(parts.database).save(found, 1.0)
    told = client.get("/api/system").json()["watching"]
    assert (told["finding"], told["advice"]) == (found.finding, found.advice)
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json()["problems"]) == (200, [found.brief])

"""Templates, schedules, trash and settings over HTTP."""

from __future__ import annotations

import time
import zipfile
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from comicmaintainer.settings import Settings


def save(client, **other):
    body = {"name": "Nightly", "kind": "process", "selection": {"all": True}} | other
    return client.post("/api/templates", json=body)


def test_template_is_saved_changed_run_and_deleted(client):
    made = save(client, priority="low", description="Every night.")
    assert made.status_code == 201
    address = f"/api/templates/{made.json()['template_id']}"
    assert client.get(address).json()["priority"] == "low"
    changed = client.patch(address, json={"name": "Weekly", "priority": "high"}).json()
    assert (changed["name"], changed["priority"], changed["kind"]) == ("Weekly", "high", "process")
    run = client.post(f"{address}/run")
    assert (run.status_code, run.json()["total_items"]) == (201, 3)
    assert client.get(f"/api/jobs/{run.json()['job_id']}").json()["title"] == "Weekly"
    assert client.delete(address).status_code == 200
    assert client.get(address).status_code == 404


def test_deleting_a_template_returns_its_deleted_schedules(client):
    kept, gone = (save(client, name=name).json()["template_id"] for name in ("Kept", "Gone"))
    for template_id in (kept, gone):
        body = {"template_id": template_id, "cron": "0 3 * * *", "name": f"of {template_id}"}
        assert client.post("/api/schedules", json=body).status_code == 201
    answer = client.delete(f"/api/templates/{gone}").json()
    assert [(one["name"], one["cron"]) for one in answer["schedules"]] == [
        (f"of {gone}", "0 3 * * *")
    ]
    left = client.get("/api/schedules").json()["schedules"]
    assert [one["template_id"] for one in left] == [kept]


def test_template_that_could_not_run_is_refused(client):
    assert save(client, kind="explode").json()["error"]["code"] == "unknown_kind"
    assert save(client, params={"odd": 1}).status_code == 400
    assert save(client, name=" ").status_code == 400
    assert save(client).status_code == 201
    assert save(client).status_code == 409


def test_schedule_is_made_paused_run_and_deleted(client):
    template_id = save(client).json()["template_id"]
    made = client.post(
        "/api/schedules",
        json={"template_id": template_id, "cron": "0 3 * * *", "timezone": "Europe/Berlin"},
    )
    assert made.status_code == 201
    schedule = made.json()
    assert "03:00" in schedule["in_words"]
    assert len(schedule["next_runs"]) == 5
    assert schedule["next_at"] == schedule["next_runs"][0] > time.time()
    address = f"/api/schedules/{schedule['schedule_id']}"
    assert client.patch(address, json={"enabled": False}).json()["next_at"] is None
    assert client.post(f"{address}/run").json()["total_items"] == 3
    assert client.get(address).json()["slots"] == []
    assert len(client.get("/api/schedules").json()["schedules"]) == 1
    assert client.delete(address).status_code == 200
    assert client.delete(address).status_code == 404


def test_schedule_that_could_not_run_is_refused(client):
    template_id = save(client).json()["template_id"]
    for body in (
        {"cron": "odd"},
        {},
        {"cron": "0 3 * * *", "run_at": time.time() + 60},
        {"cron": "0 3 * * *", "timezone": "Mars/Base"},
        {"cron": "0 3 * * *", "missed": "odd"},
        {"run_at": 1.0},
    ):
        answer = client.post("/api/schedules", json={"template_id": template_id} | body)
        assert answer.status_code == 400, body
    missing = client.post("/api/schedules", json={"template_id": "x", "cron": "0 3 * * *"})
    assert missing.status_code == 404


@pytest.fixture
def settings(tmp_path: Path, library: Path) -> Settings:
    return Settings.from_environment(
        {
            "WATCHED_DIR": str(library),
            "CONFIG_DIR": str(tmp_path / "config"),
            "TZ": "America/New_York",
        }
    )


def test_schedule_without_a_time_zone_uses_the_services(client):
    template_id = save(client).json()["template_id"]
    body = {"template_id": template_id, "cron": "0 3 * * *"}
    made = client.post("/api/schedules", json=body).json()
    assert made["timezone"] == "America/New_York"
    assert datetime.fromtimestamp(made["next_at"], ZoneInfo("America/New_York")).hour == 3
    told = client.get("/api/schedules/preview", params={"cron": "0 3 * * *"}).json()
    assert told["next_runs"] == made["next_runs"]
    assert "America/New_York" in told["in_words"]
    named = client.post("/api/schedules", json=body | {"timezone": "UTC", "name": "Other"}).json()
    assert named["timezone"] == "UTC"


def test_template_whose_parts_do_not_go_together_is_refused(client):
    scan = save(client, kind="scan", preview=True)
    assert (scan.status_code, "can't be previewed" in scan.text) == (400, True)
    name = {"kind": "rename", "params": {"to": "Saga 9.cbz"}}
    for selection in (
        {"all": True},
        {"folders": ["Saga"]},
        {"paths": ["Saga/Saga 0.cbz", "Saga/Saga 1.cbz"]},
        {"filter": {"series": "Saga"}},
    ):
        refused = save(client, selection=selection, **name)
        assert (refused.status_code, "is for one file" in refused.text) == (400, True)
    one = save(client, selection={"paths": ["Saga/Saga 0.cbz"]}, **name)
    assert one.status_code == 201
    address = f"/api/templates/{one.json()['template_id']}"
    assert client.patch(address, json={"selection": {"all": True}}).status_code == 400
    assert client.patch(address, json={"kind": "scan", "preview": True}).status_code == 400


def test_schedule_that_runs_once_says_when_and_becomes_one_that_repeats(client):
    template_id = save(client).json()["template_id"]
    run_at = datetime(2090, 6, 1, 9, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()
    body = {"template_id": template_id, "run_at": run_at, "timezone": "Europe/Berlin"}
    made = client.post("/api/schedules", json=body).json()
    assert made["in_words"] == "once on 1 June 2090 at 09:00 (Europe/Berlin)"
    address = f"/api/schedules/{made['schedule_id']}"
    changed = client.patch(address, json={"cron": "0 3 * * *"}).json()
    assert (changed["cron"], changed["run_at"]) == ("0 3 * * *", None)
    assert client.patch(address, json={"run_at": run_at}).json()["cron"] is None


def test_names_of_schedules_are_unique_and_not_empty(client):
    body = {"template_id": save(client).json()["template_id"], "cron": "0 3 * * *"}
    assert client.post("/api/schedules", json=body).json()["name"] == "Nightly"
    second = client.post("/api/schedules", json=body).json()
    assert second["name"] == "Nightly (2)"
    assert client.post("/api/schedules", json=body | {"name": "Nightly"}).status_code == 409
    address = f"/api/schedules/{second['schedule_id']}"
    assert client.patch(address, json={"name": "Nightly"}).status_code == 409
    assert client.patch(address, json={"name": " "}).status_code == 400
    assert client.patch(address, json={"name": "Nightly (2)"}).status_code == 200


def test_cron_expression_is_previewed_in_words(client):
    found = client.get("/api/schedules/preview", params={"cron": "*/15 * * * *", "count": 3}).json()
    assert [run % 900 for run in found["next_runs"]] == [0, 0, 0]
    assert "15 minutes" in found["in_words"]
    assert client.get("/api/schedules/preview", params={"cron": "odd"}).status_code == 400


def test_trash_is_listed_restored_by_job_and_emptied_as_listed(client, parts, library):
    comic = library / "Saga" / "Saga 0.cbz"
    kept = parts.trash.place_for(comic)
    kept.parent.mkdir(parents=True)
    comic.rename(kept)
    listed = client.get("/api/trash").json()
    assert (listed["files"], listed["entries"][0]["original_path"]) == (1, str(comic))
    ids = [listed["entries"][0]["trash_id"]]
    restore = client.post("/api/trash/restore", json={"ids": ids})
    assert restore.status_code == 201
    same = client.post("/api/jobs", json={"kind": "restore", "ids": ids})
    assert same.json()["job_id"] == restore.json()["job_id"]
    assert client.post("/api/trash/restore", json={"ids": ["../.."]}).status_code == 404
    assert client.post("/api/trash/empty", json={"digest": "0" * 16}).status_code == 409
    assert kept.exists()
    emptied = client.post("/api/trash/empty", json={"digest": listed["digest"]})
    assert emptied.json() == {"deleted": 1}
    assert not kept.exists()


def test_settings_are_shown_without_secrets(client, settings):
    shown = {each["variable"]: each for each in client.get("/api/settings").json()["settings"]}
    assert shown["WATCHED_DIR"]["value"] == str(settings.watched_dirs[0])
    assert shown["AUTH"] == {
        "variable": "AUTH",
        "meaning": shown["AUTH"]["meaning"],
        "value": "enabled",
        "default": "enabled",
        "allowed": shown["AUTH"]["allowed"],
        "origin": "default",
    }
    assert shown["NOTIFY_URLS"]["value"] == ""


def test_installation_is_examined(client):
    checks = client.get("/api/system/doctor").json()["checks"]
    assert {"sqlite", "config"} <= {check["name"].split()[0].lower() for check in checks}
    assert client.delete("/api/system/notices/none").status_code == 404


def test_trash_takes_no_path_from_the_request(client, tmp_path):
    outside = tmp_path / "outside.cbz"
    with zipfile.ZipFile(outside, "w"):
        pass
    answer = client.post("/api/jobs", json={"kind": "restore", "ids": [str(outside)]})
    assert answer.status_code == 404
    assert client.post("/api/jobs", json={"kind": "undo", "ids": ["x"]}).status_code == 400
    assert client.post("/api/jobs", json={"kind": "undo", "ids": [7]}).status_code == 404

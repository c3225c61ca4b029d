"""What the audit list records of requests."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from comicmaintainer.accounts import Role
from comicmaintainer.jobs.model import JobRequest, Trigger

SECRET = "a-very-secret-key-1234"


@pytest.fixture
def listed(client: TestClient):
    """Return the entries of an action, without those of making the client's key."""

    def ask(action: str, **query: Any) -> list[dict[str, Any]]:
        answer = client.get("/api/audit", params={"action": action, **query})
        return answer.json()["entries"]

    return ask


def test_a_job_is_recorded_with_the_key_and_its_address(client, listed, parts):
    job_id = client.post("/api/library/scan").json()["job_id"]
    assert client.post(f"/api/jobs/{job_id}/cancel").status_code == 200
    (submitted,) = listed("job_submitted")
    assert (submitted["by"], submitted["actor"]) == ("key", "test")
    assert submitted["address"] == "testclient"
    assert (submitted["subject"], submitted["details"]["kind"]) == (job_id, "scan")
    (cancelled,) = listed("job_cancelled")
    assert (cancelled["actor"], cancelled["subject"]) == ("test", job_id)


@pytest.mark.parametrize(
    ("trigger", "by", "name"),
    [(Trigger.WATCHER, "watcher", ""), (Trigger.SCHEDULE, "schedule", "Nightly")],
)
def test_jobs_without_a_person_name_what_started_them(parts, listed, trigger, by, name):
    root = str(parts.roots.paths[0])
    parts.manager.submit(JobRequest("scan", [root], trigger=trigger, requested_by=name or None))
    (entry,) = listed("job_submitted")
    assert (entry["by"], entry["actor"]) == (by, name)


def test_changes_of_administration_are_recorded(client, listed, parts):
    client.put("/api/settings/NEW_FILES", json={"value": "tag"})
    client.put("/api/rules/own/Mine", json={"rules": {"padding": 3}})
    client.put("/api/rules/folders", json={"folder": "", "rules": "Mine"})
    client.post("/api/backups")
    (setting,) = listed("setting_changed")
    assert (setting["subject"], setting["details"]) == ("NEW_FILES", {"value": "tag"})
    assert [entry["subject"] for entry in listed("rules_saved")] == ["Mine"]
    assert [entry["subject"] for entry in listed("folder_rules_set")] == ["the whole library"]
    assert len(listed("backup_made")) == 1


def test_a_secret_never_gets_into_the_list(client, parts):
    body = {"secrets": {"key": SECRET}, "enabled": False}
    assert client.patch("/api/sources/comicvine", json=body).status_code == 200
    answer = client.get("/api/audit")
    assert SECRET not in answer.text
    (entry,) = client.get("/api/audit", params={"action": "source_changed"}).json()["entries"]
    assert (entry["subject"], entry["details"]) == (
        "comicvine",
        {"enabled": False, "changed": ["key"]},
    )


def test_a_new_password_is_recorded_once(stranger, parts):
    parts.accounts.create_user("Ada", "correct horse battery")
    stranger.headers["Origin"] = "http://nas:5000"
    stranger.post("/api/login", json={"name": "Ada", "password": "correct horse battery"})
    body = {"old": "correct horse battery", "new": "another horse battery"}
    assert stranger.post("/api/me/password", json=body).status_code == 200
    actions = [entry["action"] for entry in stranger.get("/api/audit").json()["entries"]]
    assert actions == ["sign_in", "password_changed", "sign_in", "user_added"]


def test_only_administrators_read_the_list(stranger, parts):
    stranger.headers["X-Api-Key"] = parts.accounts.create_key("worker", Role.WORK)
    assert stranger.get("/api/audit").status_code == 403


def test_control_of_jobs_is_recorded(client, parts):
    job_id = client.post("/api/library/scan").json()["job_id"]
    for verb in ("pause", "pause", "resume"):
        client.post(f"/api/jobs/{job_id}/{verb}")
    assert client.delete(f"/api/jobs/{job_id}").status_code == 200
    entries = [each for each in reversed(parts.audit.page()) if each.subject == job_id]
    told = [(each.action, each.actor.name) for each in entries[1:]]
    assert told == [("job_paused", "test"), ("job_resumed", "test"), ("job_removed", "test")]


def test_jobs_that_the_cleanup_removes_are_not_recorded(client, parts):
    job_id = client.post("/api/library/scan").json()["job_id"]
    parts.manager.cancel_job(job_id)
    assert parts.manager.history.archive(job_id, parts.now(), ended_only=True)
    assert "job_removed" not in [entry.action for entry in parts.audit.page()]


def test_saved_jobs_and_schedules_are_recorded(client, parts):
    saved = {"name": "Nightly", "kind": "verify", "selection": {"all": True}}
    template = client.post("/api/templates", json=saved).json()["template_id"]
    client.patch(f"/api/templates/{template}", json={"name": "Weekly"})
    timed = {"template_id": template, "cron": "0 3 * * *"}
    schedule = client.post("/api/schedules", json=timed).json()["schedule_id"]
    client.patch(f"/api/schedules/{schedule}", json={"enabled": False})
    client.delete(f"/api/schedules/{schedule}")
    client.delete(f"/api/templates/{template}")
    told = [(each.action, each.subject) for each in reversed(parts.audit.page())]
    assert told[-6:] == [
        ("saved_job_added", "Nightly"),
        ("saved_job_changed", "Weekly"),
        ("schedule_added", "Weekly"),
        ("schedule_changed", "Weekly"),
        ("schedule_removed", "Weekly"),
        ("saved_job_removed", "Weekly"),
    ]
    assert parts.audit.page()[2].details["enabled"] is False

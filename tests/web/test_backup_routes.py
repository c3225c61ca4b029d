"""Backups over the API: made, listed, fetched, and put back."""

from __future__ import annotations

import pytest

from comicmaintainer.database import SqliteDatabase
from tests.web.job_steps import submit


def test_a_backup_is_made_listed_and_fetched_whole(client, parts, tmp_path):
    job_id = submit(parts, 3)
    assert client.get("/api/backups").json() == {"backups": []}
    answer = client.post("/api/backups")
    assert answer.status_code == 201
    made = answer.json()
    assert (made["origin"], client.get("/api/backups").json()) == ("asked", {"backups": [made]})
    assert client.get("/api/system").json()["backups"] == [made]
    fetched = client.get(f"/api/backups/{made['name']}")
    assert fetched.headers["content-type"] == "application/vnd.sqlite3"
    assert fetched.headers["content-disposition"] == f'attachment; filename="{made["name"]}"'
    assert len(fetched.content) == made["size_bytes"]
    (tmp_path / "fetched.db").write_bytes(fetched.content)
    copy = SqliteDatabase(tmp_path / "fetched.db")
    assert [row["job_id"] for row in copy.rows("SELECT job_id FROM jobs")] == [job_id]
    copy.close()


def test_a_restore_needs_the_name_once_more(client, parts):
    name = client.post("/api/backups").json()["name"]
    submit(parts, 3)
    for body in ({}, {"confirm": ""}, {"confirm": "jobs.db"}, {"confirm": True}):
        refused = client.post(f"/api/backups/{name}/restore", json=body)
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_input")
    assert len(client.get("/api/jobs").json()["jobs"]) == 1
    assert len(client.get("/api/backups").json()["backups"]) == 1


def test_a_restore_brings_back_what_was_and_keeps_what_is(client, parts):
    name = client.post("/api/backups").json()["name"]
    job_id = submit(parts, 3)
    answer = client.post(f"/api/backups/{name}/restore", json={"confirm": name})
    assert (answer.status_code, answer.json()["restored"]) == (200, name)
    kept = answer.json()["kept"]
    assert client.get(f"/api/jobs/{job_id}").status_code == 404
    assert client.post("/api/jobs/process-all").status_code == 200
    back = client.post(f"/api/backups/{kept}/restore", json={"confirm": kept})
    assert back.status_code == 200
    assert client.get(f"/api/jobs/{job_id}").json()["total_items"] == 3


def test_users_created_since_the_backup_must_sign_in_again(client, parts):
    name = client.post("/api/backups").json()["name"]
    client.headers["X-Api-Key"] = parts.accounts.create_key("later")
    assert client.post(f"/api/backups/{name}/restore", json={"confirm": name}).status_code == 200
    assert client.get("/api/backups").status_code == 401


@pytest.mark.parametrize(
    "name", ["none.db", ".lock", "%2e%2e%2fjobs.db", "..%2f..%2fetc%2fpasswd", "jobs-2026-01-31.db"]
)
def test_nothing_but_a_listed_backup_is_sent_or_restored(client, name):
    client.post("/api/backups")
    assert client.get(f"/api/backups/{name}").status_code == 404
    asked = client.post(f"/api/backups/{name}/restore", json={"confirm": name})
    assert asked.status_code in (404, 405)

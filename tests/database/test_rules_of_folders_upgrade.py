"""Saved jobs that were made with the default rules follow the folders; the others keep theirs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pysqlite3 import dbapi2 as driver

from comicmaintainer.database import SqliteDatabase
from comicmaintainer.database.schema_steps import bring_up_to_date, steps

STEP = "0021_rules_of_folders.sql"


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("process", {"preset": "comics", "tags": True}, {"tags": True}),
        ("rename", {"preset": "comics", "padding": 3}, {"padding": 3}),
        ("process", {"preset": "manga"}, {"preset": "manga"}),
        (
            "process",
            {"preset": "comics", "template": "{series}"},
            {"preset": "comics", "template": "{series}"},
        ),
        (
            "process",
            {"preset": "comics", "rules": {"fields": {"year": None}}},
            {"preset": "comics", "rules": {"fields": {"year": None}}},
        ),
        ("tag", {"formats": ["comicinfo"], "clear": ["title"]}, {"clear": ["title"]}),
        ("tag", {"formats": ["metroninfo"]}, {"formats": ["metroninfo"]}),
        ("verify", {"heal": True}, {"heal": True}),
    ],
)
@pytest.mark.parametrize("table", ["job_templates", "jobs"])
def test_saved_jobs_lose_what_was_only_the_default(
    tmp_path: Path, table: str, kind: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    path = tmp_path / "jobs.db"
    connection = driver.connect(str(path), isolation_level=None)
    bring_up_to_date(connection, path, up_to=steps().index(STEP))
    if table == "jobs":
        connection.execute(
            "INSERT INTO jobs (job_id, status, total_items, created_at, kind, params) "
            "VALUES ('a', 'queued', 1, 1, ?, ?)",
            (kind, json.dumps(before)),
        )
    else:
        connection.execute(
            "INSERT INTO job_templates (template_id, name, kind, selection, params, created_at, "
            "updated_at) VALUES ('a', 'Mine', ?, '{}', ?, 1, 1)",
            (kind, json.dumps(before)),
        )
    connection.close()
    database = SqliteDatabase(path)
    found = json.loads(database.rows(f"SELECT params FROM {table}")[0]["params"])
    assert found == (before if table == "jobs" else after)
    assert database.value("SELECT count(*) FROM folder_rules") == 0
    database.close()

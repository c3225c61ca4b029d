"""Older saved jobs keep their manga template; those with their own template are left alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pysqlite3 import dbapi2 as driver

from comicmaintainer.database.schema_steps import bring_up_to_date, steps

BEFORE = "{series} - Chapter {issue}"
MANGA = {"preset": "manga", "tags": True}
CASES = [
    ("process", MANGA, {**MANGA, "template": BEFORE}),
    ("rename", {"preset": "manga"}, {"preset": "manga", "template": BEFORE}),
    (
        "process",
        {"preset": "manga", "template": "{series} {issue}"},
        {"preset": "manga", "template": "{series} {issue}"},
    ),
    (
        "process",
        {"preset": "manga", "rules": {"template": "{series}"}},
        {"preset": "manga", "rules": {"template": "{series}"}},
    ),
    ("process", {"preset": "comics"}, {"preset": "comics"}),
    ("process", {}, {}),
    ("verify", {"heal": True}, {"heal": True}),
]


def upgraded(path: Path, table: str, kind: str, params: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a row of an earlier release, after the step."""
    path.parent.mkdir()
    connection = driver.connect(str(path), isolation_level=None)
    step = steps().index("0011_manga_names.sql")
    bring_up_to_date(connection, path, up_to=step)
    if table == "jobs":
        connection.execute(
            "INSERT INTO jobs (job_id, status, total_items, created_at, kind, params) "
            "VALUES ('a', 'queued', 1, 1, ?, ?)",
            (kind, json.dumps(params)),
        )
    else:
        connection.execute(
            "INSERT INTO job_templates (template_id, name, kind, selection, params, created_at, "
            "updated_at) VALUES ('a', 'Mine', ?, '{}', ?, 1, 1)",
            (kind, json.dumps(params)),
        )
    bring_up_to_date(connection, path, up_to=step + 1)
    found: dict[str, Any] = json.loads(
        connection.execute(f"SELECT params FROM {table}").fetchone()[0]
    )
    connection.close()
    return found


@pytest.mark.parametrize("table", ["jobs", "job_templates"])
@pytest.mark.parametrize(("kind", "before", "after"), CASES)
def test_saved_parameters_keep_the_name_that_they_gave(
    tmp_path: Path, table: str, kind: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert upgraded(tmp_path / "config" / "jobs.db", table, kind, before) == after


def test_a_rehearsal_keeps_it_too(tmp_path: Path) -> None:
    before = {"kind": "process", "folder": "/x", "params": {"preset": "manga"}}
    found = upgraded(tmp_path / "config" / "jobs.db", "jobs", "rehearse", before)
    assert found["params"] == {"preset": "manga", "template": BEFORE}

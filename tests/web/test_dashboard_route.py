"""The figures for dashboards, and the snippets in docs/dashboards.md."""

from __future__ import annotations

import re
from pathlib import Path

from comicmaintainer.jobs.model import JobRequest
from tests.golden.matches import add_match
from tests.web.job_steps import submit, work
from tests.web.test_file_routes import catalogued, comic

PAGE = Path(__file__).parents[2] / "docs" / "dashboards.md"


def test_figures_are_flat_numbers(client, parts, library):
    path = comic(library / "Saga" / "Saga 1.cbz")
    catalogued(parts, path, series="Saga")
    add_match(parts, str(path))
    submit(parts, 3)
    work(parts, fail={"/c/1.cbz"})
    paused = parts.manager.submit(JobRequest("verify", [str(path)])).job_id
    parts.manager.pause(paused)
    found = client.get("/api/dashboard").json()
    assert all(type(value) is int for value in found.values())
    assert found["files"] == found["unprocessed"] == found["series"] == found["review"] == 1
    assert found["size_bytes"] == path.stat().st_size
    assert (found["items_last_hour"], found["failed_last_hour"]) == (3, 1)
    assert (found["jobs_paused"], found["jobs_waiting"], found["jobs_running"]) == (1, 0, 0)
    assert (found["workers"], found["disks"]) == (1, 0)


def test_snippets_name_only_figures_that_exist(client):
    figures = set(client.get("/api/v1/dashboard").json())
    text = PAGE.read_text("utf-8")
    assert text.count("/api/v1/dashboard") >= 3
    shown = re.findall(r'field: (\w+)|\.JSON\.Int "(\w+)"|\$\.(\w+)', text)
    names = {name for found in shown for name in found if name}
    assert len(names) > 4
    assert names <= figures
    assert set(re.findall(r"^\| `(\w+)`", text, re.MULTILINE)) == figures

"""The replay server as a process, with its limits and its log."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.kit.replay_catalogue import invented

ROOT = Path(__file__).parents[2]


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    catalogue = tmp_path / "series.jsonl"
    catalogue.write_text("".join(f"{json.dumps(line)}\n" for line in invented()))
    command = [sys.executable, "-m", "tests.kit.replay_server", "--catalogue", str(catalogue)]
    command += [
        "--limit",
        "comicvine:2/3600",
        "--limit",
        "metron:1/60",
        "--limit",
        "metron:5/86400",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


def test_it_answers_refuses_and_remembers(address: str) -> None:
    with httpx2.Client() as client:
        volumes = f"{address}/comicvine/api/volumes/?api_key=secret&filter=name:harbour"
        statuses = [client.get(volumes).status_code for _ in range(3)]
        assert statuses == [200, 200, 420]
        refused = client.get(volumes).json()
        assert (refused["status_code"], refused["results"]) == (107, [])
        first, second = (client.get(f"{address}/metron/api/series/") for _ in range(2))
        assert first.headers["X-RateLimit-Sustained-Remaining"] == "4"
        assert second.status_code == 429
        assert second.headers["Retry-After"] in ("60", "61")
        client.post(f"{address}/replay/knobs", json={"failures": [{"kind": "503"}], "limits": {}})
        assert client.get(volumes).status_code == 503
        log = client.get(f"{address}/replay/log").text
    logged = [json.loads(line) for line in log.splitlines()]
    assert [each["status"] for each in logged] == [200, 200, 420, 420, 200, 429, 0]
    assert "secret" not in log


def test_rivals_find_what_they_ask_for(address: str) -> None:
    line = next(line for line in invented() if len(line["issues"]) > 30)
    issue_id, number, _ = line["issues"][30]
    with httpx2.Client(base_url=f"{address}/comicvine/api") as client:
        client.post(f"{address}/replay/knobs", json={"limits": {}})
        query = {"resources": "volume", "query": line["name"], "page": "1", "limit": "100"}
        found = client.get("/search", params=query).json()
        assert line["id"] in [each["id"] for each in found["results"]]
        filters = f"volume:{line['id']}|,issue_number:{number}"
        (issue,) = client.get("/issues", params={"filter": filters}).json()["results"]
        assert issue["id"] == issue_id
        year = line["start_year"] + 2
        in_year = f"{filters},cover_date:{year}-1-1|{year + 1}-1-1"
        assert client.get("/issues", params={"filter": in_year}).json()["results"] == [issue]
        details = client.get(f"/issue/4000-{issue_id}").json()["results"]
        assert details["volume"]["id"] == line["id"]
        volume = client.get(f"/volume/4050-{line['id']}/").json()["results"]
        assert volume["count_of_issues"] == len(line["issues"])
        cover = client.get(issue["image"]["super_url"])
        assert cover.content.startswith(b"\xff\xd8")
        assert client.get(issue["image"]["super_url"]).content == cover.content

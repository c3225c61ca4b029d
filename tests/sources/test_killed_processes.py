"""Several processes share one budget, and are killed while they ask."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest

from comicmaintainer.database import SqliteDatabase
from tests.kit.replay_server import ReplayServer
from tests.kit.waiting import wait_until

ROOT = Path(__file__).parents[2]
PROCESSES = 3
KILLS = 12
SPEED = 20.0
ISSUES = [str(number) for number in range(101, 251)]


@pytest.mark.slow
def test_killed_processes_lose_nothing_and_pay_nothing_twice(
    tmp_path: Path, server: ReplayServer
) -> None:
    server.knobs.speed = SPEED
    server.knobs.limits["comicvine"] = [(200, 3600.0)]
    for at in (30, 60):
        server.fail("503", on=f"/issue/4000-{100 + at}/")
    path, began = tmp_path / "jobs.db", time.time()

    def start(seed: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.sources.asking_process", str(path)]
        command += [server.address("comicvine"), str(SPEED), str(began), str(seed), *ISSUES]
        return subprocess.Popen(command, cwd=ROOT)

    running = [start(seed) for seed in range(PROCESSES)]
    for kill in range(KILLS):
        wait_for_requests(server, 5 + kill * 8)
        victim = running.pop(0)
        victim.kill()
        victim.wait()
        running.append(start(PROCESSES + kill))
    assert [process.wait(120) for process in running] == [0] * PROCESSES

    assert 420 not in [each.status for each in server.log()]
    assert len(server.paid_twice()) <= KILLS
    database = SqliteDatabase(path)
    rows = database.rows("SELECT answer FROM source_answers")
    found = [json.loads(zlib.decompress(row["answer"]))["results"]["id"] for row in rows]
    assert sorted(found) == [int(issue) for issue in ISSUES]
    assert database.value("SELECT count(*) FROM source_turns WHERE spent = 0") == 0
    database.close()


def wait_for_requests(server: ReplayServer, count: int) -> None:
    wait_until(lambda: len(server.log()) >= count, f"request {count}")

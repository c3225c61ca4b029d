"""`serve` as its user runs it: real processes, real signals, a real port."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from comicmaintainer.database import SqliteDatabase
from comicmaintainer.errors import DatabaseReadOnly
from comicmaintainer.jobs.engine.worker_store import WorkerStore
from comicmaintainer.processes.serve import WorkerHeartbeats
from tests.kit.service import ServiceProcess
from tests.kit.waiting import wait_until

pytestmark = pytest.mark.slow
PATIENCE_S = 60.0


class Service(ServiceProcess):
    """A `serve` whose process group can be looked at."""

    def group(self) -> list[int]:
        """Process ids of everything that runs in the service's process group."""
        return [pid for pid in all_processes() if group_of(pid) == self.process.pid]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    found = Service(tmp_path)
    yield found
    found.kill()


def all_processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def group_of(pid: int) -> int | None:
    try:
        state, _, group = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:3]
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state in "ZX" else int(group)


def test_serve_prints_its_address_its_folders_and_the_setup_link(service: Service) -> None:
    service.launch()
    service.wait_until_ready()
    assert f"http://127.0.0.1:{service.port}/" in service.output
    assert f"http://127.0.0.1:{service.port}/setup/" in service.output
    assert f"Database: {service.config / 'jobs.db'}\n" in service.output
    assert "/setup/" not in (service.config / "Log" / "ComicMaintainer.log").read_text("utf-8")


def test_one_web_process_serves_as_well(service: Service) -> None:
    service.launch(GUNICORN_WORKERS="1", AUTH="disabled")
    service.wait_until_ready()
    assert "/setup/" not in service.output


def test_killed_serve_leaves_no_process_and_a_restart_binds_at_once(service: Service) -> None:
    first = service.launch(GUNICORN_WORKERS="2", WORKER_PROCESSES="2")
    service.wait_until_ready()
    group = service.group()
    assert len(group) >= 5
    first.kill()
    first.wait()
    service.launch()
    # An old web worker may still answer while its parent is dying.
    wait_until(lambda: all(group_of(pid) is None for pid in group))
    service.wait_until_ready()
    assert "Can't listen at" not in service.output


def test_terminated_serve_ends_in_time_with_an_open_stream(service: Service) -> None:
    process = service.launch(AUTH="disabled")
    service.wait_until_ready()
    stream = urllib.request.urlopen(f"http://127.0.0.1:{service.port}/api/events", timeout=60)
    assert stream.readline()
    reader = threading.Thread(target=stream.read)
    reader.start()
    process.terminate()
    assert process.wait(8) == 0
    reader.join(PATIENCE_S)
    assert service.group() == []


@pytest.mark.parametrize("which", ["comicmaintainer.processes.web_server", "worker"])
def test_killed_part_is_started_again(service: Service, which: str) -> None:
    service.launch()
    service.wait_until_ready()
    victims = [
        pid
        for pid in service.group()
        if Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").endswith(which.encode())
    ]
    os.kill(min(victims), signal.SIGKILL)
    wait_until(lambda: "restarting it" in service.output)
    service.wait_until_ready()


def test_sighup_restarts_web_workers_and_worker_without_downtime(service: Service) -> None:
    process = service.launch()
    service.wait_until_ready()
    before = set(service.group())
    process.send_signal(signal.SIGHUP)
    wait_until(lambda: len(set(service.group()) & before) <= 2)
    service.wait_until_ready()
    assert process.pid in service.group()
    assert "restarting it" not in service.output


@pytest.mark.parametrize(
    ("variable", "value"), [("WEB_PORT", "no"), ("GUNICORN_WORKERS", "0"), ("AUTH", "off")]
)
def test_bad_setting_is_reported_in_one_line(service: Service, variable: str, value: str) -> None:
    assert service.launch(**{variable: value}).wait(PATIENCE_S) == 2
    assert service.output.count("\n") == 1
    assert f"{variable} is '{value}'; allowed: " in service.output


def test_port_in_use_is_reported_with_advice(service: Service) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", service.port))
        other.listen()
        assert service.launch().wait(PATIENCE_S) == 2
    assert "WEB_PORT" in service.output.splitlines()[-1]
    assert "Traceback" not in service.output


def test_damaged_database_is_set_aside_and_the_service_comes_up(service: Service) -> None:
    service.config.mkdir()
    (service.config / "jobs.db").write_bytes(b"no database at all" * 1000)
    service.launch()
    service.wait_until_ready()
    assert list(service.config.glob("jobs.db.damaged-*"))
    assert "damaged" in service.output


def test_heartbeats_are_those_of_the_worker_in_that_process(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "jobs.db")
    heartbeats = WorkerHeartbeats(database)
    assert heartbeats(os.getpid()) is None
    now = time.time()
    WorkerStore(database).register("w", socket.gethostname(), os.getpid(), 1, now)
    assert heartbeats(os.getpid()) == now
    assert heartbeats(os.getpid() + 1) is None
    database.close()


def test_worker_is_not_killed_while_the_database_refuses_writes(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "jobs.db")
    heartbeats = WorkerHeartbeats(database)
    with database.exclusive_connection() as connection:
        connection.execute("PRAGMA query_only=ON")
    with pytest.raises(DatabaseReadOnly):
        heartbeats(os.getpid())
    database.close()

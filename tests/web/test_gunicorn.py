"""The web server as it really runs: Gunicorn, several workers, one database."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from comicmaintainer.accounts import Accounts
from comicmaintainer.database import SqliteDatabase
from tests.kit.service import free_port
from tests.kit.waiting import wait_until
from tests.web.test_event_streams import listening

ROOT = Path(__file__).parents[2]
START_WITHIN_S = 60
HUPS = int(os.environ.get("COMICMAINTAINER_HUPS", "3"))
pytestmark = pytest.mark.slow


@dataclass
class Server:
    """A running Gunicorn and a key to it."""

    process: subprocess.Popen[bytes]
    address: str
    key: dict[str, str]

    def is_serving(self) -> bool:
        """Tell whether it answers; it must not have ended."""
        assert self.process.poll() is None, "Gunicorn has ended"
        try:
            answer = httpx2.get(f"{self.address}/health/live", trust_env=False)
        except httpx2.TransportError:
            return False
        return answer.status_code == 200

    def client(self) -> httpx2.Client:
        """Return a client with one connection of its own, which one worker has accepted."""
        limits = httpx2.Limits(max_connections=1)
        return httpx2.Client(
            base_url=self.address, headers=self.key, timeout=30, limits=limits, trust_env=False
        )

    @contextmanager
    def clients_of_all_workers(self, workers: int) -> Iterator[list[httpx2.Client]]:
        """Yield one client for each worker."""
        found: dict[int, httpx2.Client] = {}
        deadline = time.monotonic() + START_WITHIN_S
        with ExitStack() as stack:
            while len(found) < workers and time.monotonic() < deadline:
                client = stack.enter_context(self.client())
                process_id = client.get("/api/system").json()["web_process_id"]
                found.setdefault(process_id, client)
            assert len(found) == workers
            yield list(found.values())


@contextmanager
def gunicorn(
    library: Path,
    config: Path,
    *arguments: str,
    workers: int,
    descriptors: int | None = None,
    **variables: str,
) -> Iterator[Server]:
    """Start Gunicorn as its users do, wait until it serves, and stop it in the end.

    It may open no more files than `descriptors` says.
    """
    key = Accounts(SqliteDatabase(config / "jobs.db")).create_key("test")
    port = free_port()
    environment = os.environ | {
        "WATCHED_DIR": str(library),
        "CONFIG_DIR": str(config),
        "WEB_HOST": "127.0.0.1",
        "WEB_PORT": str(port),
        "GUNICORN_WORKERS": str(workers),
        "PYTHONPATH": str(ROOT / "src"),
        **variables,
    }
    limit = ["prlimit", f"--nofile={descriptors}"] if descriptors else []
    process = subprocess.Popen(
        [
            *limit,
            sys.executable,
            "-m",
            "gunicorn",
            "-c",
            str(ROOT / "gunicorn.conf.py"),
            *arguments,
        ],
        env=environment,
        cwd=ROOT,
    )
    server = Server(process, f"http://127.0.0.1:{port}", {"X-Api-Key": key})
    try:
        wait_until(server.is_serving, "an answer")
        yield server
    finally:
        process.terminate()
        process.wait(20)


def children(process_id: int) -> set[int]:
    text = Path(f"/proc/{process_id}/task/{process_id}/children").read_text()
    return {int(number) for number in text.split()}


def open_files(process_id: int) -> set[str]:
    found = set()
    for entry in Path(f"/proc/{process_id}/fd").iterdir():
        try:
            found.add(str(entry.readlink()))
        except FileNotFoundError:
            continue
    return found


def test_any_of_four_workers_knows_every_job_at_once(library, tmp_path):
    jobs = 600
    chance = random.Random(1)
    with (
        gunicorn(library, tmp_path / "config", workers=4) as server,
        server.clients_of_all_workers(4) as clients,
    ):

        def ask(number: int) -> tuple[int, int]:
            body = {
                "kind": "tag",
                "files": ["Saga/Saga 0.cbz"],
                "params": {"set": {"title": f"Title {number}"}},
            }
            made = chance.choice(clients).post("/api/jobs", json=body)
            job_id = made.json()["job_id"]
            seen = chance.choice(clients).get(f"/api/jobs/{job_id}")
            return made.status_code, seen.status_code

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(ask, range(jobs)))
        assert set(answers) == {(201, 200)}
        for client in clients:
            assert client.get("/api/jobs/overview").json()["counts"] == {"queued": jobs}


def test_stream_is_resumed_at_another_worker(library, tmp_path):
    with (
        gunicorn(library, tmp_path / "config", workers=2) as server,
        server.clients_of_all_workers(2) as (first, second),
    ):
        with first.stream("GET", "/api/events") as answer:
            last = next(line for line in answer.iter_lines() if line.startswith("id: "))
        job_id = first.post("/api/jobs/process-all").json()["job_id"]
        with second.stream("GET", "/api/events", headers={"Last-Event-ID": last[4:]}) as answer:
            assert job_id in next(line for line in answer.iter_lines() if "data: " in line)


def test_open_streams_end_with_the_server(library, tmp_path):
    with (
        gunicorn(library, tmp_path / "config", workers=2) as server,
        listening(server.address, server.key) as stream,
    ):
        assert next(stream).name == "hello"
        server.process.terminate()
        assert list(stream) == []
        assert server.process.wait(8) == 0


def test_preloaded_workers_inherit_no_database(library, tmp_path):
    config = tmp_path / "config"
    with gunicorn(library, config, "--preload", workers=2) as server:
        master = server.process.pid
        for _ in range(HUPS):
            before = children(master)
            server.process.send_signal(signal.SIGHUP)
            wait_until(lambda: not children(master) & before)  # noqa: B023 - within the loop
            wait_until(lambda: len(children(master)) == 2)
            with server.clients_of_all_workers(2) as clients:
                assert {client.get("/api/jobs").status_code for client in clients} == {200}
            assert not [name for name in open_files(master) if "jobs.db" in name]
            for worker in children(master):
                assert str(config / "jobs.db") in open_files(worker)


def test_one_worker_is_enough(library, tmp_path):
    with gunicorn(library, tmp_path / "config", workers=1) as server, server.client() as client:
        job_id = client.post("/api/jobs/process-all").json()["job_id"]
        assert client.get(f"/api/jobs/{job_id}").json()["total_items"] == 3
        assert len(children(server.process.pid)) == 1


def test_half_requests_and_heads_without_end_harm_nobody(library, tmp_path):
    """Of nobody in particular, and more of them than the server may have descriptors."""
    with gunicorn(
        library, tmp_path / "config", workers=1, descriptors=300, MAX_CONNECTIONS="5000"
    ) as server:
        port = int(server.address.rpartition(":")[2])
        (worker,) = children(server.process.pid)
        with ExitStack() as stack:
            for _ in range(600):
                half = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
                half.sendall(b"GET /login HTTP/1.1\r\nHost: nas\r\nX: ")
            with server.client() as client:
                assert client.get("/api/jobs").status_code == 200
            before = resident_bytes(worker)
            with socket.create_connection(("127.0.0.1", port)) as endless:
                answer = send_without_end(endless, b"GET /login HTTP/1.1\r\nHost: nas\r\nX: ")
            assert answer.startswith(b"HTTP/1.1 431 ") or answer == b""
            assert resident_bytes(worker) - before < 8 << 20


def send_without_end(connection: socket.socket, begin: bytes) -> bytes:
    """Send a request that has no end, 64 MiB of it; return what is answered, if that arrives."""
    try:
        connection.sendall(begin)
        for _ in range(1024):
            connection.sendall(b"a" * 65536)
    except (BrokenPipeError, ConnectionResetError):
        pass
    try:
        return connection.recv(4096)
    except ConnectionResetError:
        return b""


def resident_bytes(process_id: int) -> int:
    pages = int(Path(f"/proc/{process_id}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")

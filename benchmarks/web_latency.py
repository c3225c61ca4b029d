"""Times web pages while a large job runs, and measures the memory of each process.

    python benchmarks/web_latency.py [--files 100000] [--items 100000] [--rounds 500]
        [--item-ms 2] [--minutes 0] [--database FILE]

Starts Gunicorn as shipped and a worker process whose items take `--item-ms` each, then sends
requests over one open connection per kind of request, and goes on with them for `--minutes` before
memory is read; the job should last as long (`--minutes 60 --item-ms 150`). `--database` is a
catalogue that library_search.py has kept; it is copied. Targets: files page p99 <= 10 ms, any page
<= 50 ms, an update of the event stream <= 4 KB and <= 5 ms, a web worker <= 120 MB.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from comicmaintainer.accounts import Accounts
from comicmaintainer.database import Database, SqliteDatabase
from comicmaintainer.jobs.engine.worker import Worker
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, JobRequest, Outcome
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.web.event_stream import event_of, event_text
from library_search import made_up
from named_kinds import NamedKinds

ROOT = Path(__file__).parents[1]
WEB_WORKERS = 2
BATCH = 500
WARM_UP = 20
DETAILS = {"changes": [{"kind": "tag", "fields": {"series": [None, "Saga"], "issue": [None, "1"]}}]}


def work(database: Database, item_s: float) -> None:
    """Run items as a worker process does, each taking `item_s`, until stopped."""

    def run(_claim: ClaimedItem, _guard: ItemGuard) -> Outcome:
        time.sleep(item_s)
        return Outcome(True, DETAILS)

    worker = Worker(database, {"process": run})
    worker.start()
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    stopped.wait()
    worker.stop(5)


def fill(database: Database, files: int) -> None:
    catalogue = Catalogue(database, now=time.time)
    catalogue.add_root("/comics")
    batch = []
    for file in made_up(files):
        batch.append(file)
        if len(batch) == BATCH:
            catalogue.upsert(batch)
            batch.clear()
    catalogue.upsert(batch)


def timed(port: int, key: str, path: str, rounds: int) -> dict[str, float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    times: list[float] = []
    size = 0
    for _ in range(WARM_UP + rounds):
        began = time.perf_counter()
        connection.request("GET", path, headers={"X-Api-Key": key})
        answer = connection.getresponse()
        size = len(answer.read())
        times.append((time.perf_counter() - began) * 1000)
        assert answer.status == 200, (path, answer.status)
    connection.close()
    times = sorted(times[WARM_UP:])
    return {
        "p50_ms": round(times[rounds // 2], 2),
        "p99_ms": round(times[rounds * 99 // 100], 2),
        "max_ms": round(times[-1], 2),
        "bytes": size,
    }


class Listener(threading.Thread):
    """Reads the event stream and keeps the size of each update."""

    def __init__(self, port: int, key: str) -> None:
        super().__init__(daemon=True)
        self.sizes: list[int] = []
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._connection.request("GET", "/api/events", headers={"X-Api-Key": key})

    def run(self) -> None:
        answer = self._connection.getresponse()
        size = 0
        while line := answer.readline():
            size += len(line)
            if line == b"\n":
                self.sizes.append(size)
                size = 0


def update_ms(manager: JobManager, job_id: str, rounds: int) -> float:
    """Return what an update costs the server: reading the change and writing it out."""
    revision = manager.get(job_id).revision
    began = time.perf_counter()
    for _ in range(rounds):
        for job in manager.jobs.changed_since(revision - 1):
            event_text("job", event_of(job), job.revision)
    return round((time.perf_counter() - began) * 1000 / rounds, 3)


def memory_mib(process_id: int) -> dict[str, int]:
    found = {}
    for line in Path(f"/proc/{process_id}/smaps_rollup").read_text().splitlines()[1:]:
        name, _, value = line.partition(":")
        if name in ("Rss", "Pss"):
            found[name.lower() + "_mib"] = round(int(value.split()[0]) / 1024)
    return found


def started_web(folder: Path, **variables: str) -> tuple[subprocess.Popen[bytes], int]:
    """Start Gunicorn as shipped over the database in `folder`; return it and its port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    own = {"CONFIG_DIR": str(folder), "WEB_HOST": "127.0.0.1", "WEB_PORT": str(port)}
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py")],
        cwd=ROOT,
        env=os.environ | own | variables,
        stderr=subprocess.DEVNULL,
    )
    return server, port


def wait_for(port: int) -> float:
    began = time.perf_counter()
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/health/live")
            connection.getresponse().read()
            connection.close()
        except OSError:
            time.sleep(0.02)
        else:
            return round(time.perf_counter() - began, 2)


def measure(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    if arguments.database is not None:
        shutil.copy(arguments.database, folder / "jobs.db")
    database = SqliteDatabase(folder / "jobs.db", cache_bytes=64 << 20)
    if arguments.database is None:
        fill(database, arguments.files)
    key = Accounts(database).create_key("benchmark")
    manager = JobManager(database, NamedKinds({"process"}))
    items = [f"/comics/item {number}.cbz" for number in range(arguments.items)]
    job_id = manager.submit(JobRequest("process", items)).job_id
    command = [sys.executable, str(Path(__file__).resolve()), "--work", str(folder)]
    command += ["--item-ms", str(arguments.item_ms)]
    worker = subprocess.Popen(command)
    server, port = started_web(folder, GUNICORN_WORKERS=str(WEB_WORKERS))
    try:
        figures: dict[str, Any] = {"serving_after_s": wait_for(port)}
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children")
        listener = Listener(port, key)
        listener.start()
        paths = {
            "files page": "/api/files",
            "search": "/api/files?text=spider",
            "search and count": "/api/files?text=spider&count=true",
            "largest first": "/api/files?order=size",
            "large, of a publisher": "/api/files?size_from=100000000&publisher=Hunter&count=true",
            "with gaps": "/api/files?gaps=true&count=true",
            "series": "/api/series",
            "series with large files": "/api/series?size_from=100000000",
            "letters": "/api/letters",
            "folders": "/api/folders?parent=/comics",
            "job poll, 50 results": f"/api/jobs/{job_id}",
            "job poll, no results": f"/api/jobs/{job_id}?results=0",
            "job list": "/api/jobs",
        }
        before = manager.get(job_id).processed_items
        began = time.perf_counter()
        for name, path in paths.items():
            figures[name] = timed(port, key, path, arguments.rounds)
            print(f"{name:24} {figures[name]}", flush=True)
        elapsed_s = time.perf_counter() - began
        job = manager.get(job_id)
        figures["items_per_s_meanwhile"] = round((job.processed_items - before) / elapsed_s)
        figures["event"] = {
            "updates": len(listener.sizes),
            "largest_bytes": max(listener.sizes),
            "cost_ms": update_ms(manager, job_id, 1000),
        }
        until = time.monotonic() + 60 * arguments.minutes
        while time.monotonic() < until:
            for path in paths.values():
                timed(port, key, path, 20)
                time.sleep(1)
        figures["job_still_running"] = manager.get(job_id).status == "processing"
        processes = [server.pid, *map(int, children.read_text().split())]
        for number, process_id in enumerate(processes):
            name = f"web worker {number}" if number else "gunicorn"
            figures[name] = memory_mib(process_id)
    finally:
        for process in (server, worker):
            process.terminate()
            process.wait(20)
    database.close()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--item-ms", type=float, default=2.0)
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--database", type=Path, help="a catalogue kept by library_search.py")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        work(SqliteDatabase(arguments.work / "jobs.db"), arguments.item_ms / 1000)
        return
    with tempfile.TemporaryDirectory() as temporary:
        print(json.dumps(measure(Path(temporary), arguments), indent=1))


if __name__ == "__main__":
    main()

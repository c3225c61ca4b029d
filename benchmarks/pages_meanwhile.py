"""Times the page of files while nothing runs, and while a job writes tags and names in groups.

    python benchmarks/pages_meanwhile.py [--files 6000] [--kilobytes 200] [--worker-processes 2]

Starts the whole service over real comics, sends one request after the other over one connection,
first idle and then until the job has ended. Target: p99 with the job at most twice that without it.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from comic_copies import ComicTemplate
from rivals import SOURCE

ADDRESS = "/api/files"
SERVING_WITHIN_S = 60.0
END_WITHIN_S = 20.0
PAUSE_S = 0.01
"""Between two requests, as of many people who look around."""


class Client:
    """One open connection to the service on `port`."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, method: str, address: str, body: Any = None) -> Any:
        """Return the JSON of an answer."""
        content = None if body is None else json.dumps(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        self._connection.request(method, address, content, headers)
        answer = self._connection.getresponse()
        value = json.loads(answer.read())
        if answer.status >= 400:
            raise SystemExit(f"{method} {address}: {value}")
        return value

    def times_ms(self, goes_on: Callable[[], bool]) -> list[float]:
        """Ask for the page as long as `goes_on`; return how long each answer took, sorted."""
        times = []
        while goes_on():
            began = time.perf_counter()
            self.ask("GET", ADDRESS)
            times.append((time.perf_counter() - began) * 1000)
            time.sleep(PAUSE_S)
        return sorted(times)


def wait_until_served(port: int) -> None:
    """Return once the service answers."""
    until = time.monotonic() + SERVING_WITHIN_S
    while True:
        try:
            Client(port).ask("GET", "/health/ready")
        except (OSError, SystemExit):
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


def run_job(client: Client, kind: str) -> None:
    """Run a job over everything to its end."""
    while is_active(client, client.ask("POST", "/api/jobs", {"kind": kind, "all": True})["job_id"]):
        time.sleep(0.1)


def is_active(client: Client, job_id: str) -> bool:
    """Return whether a job has not ended yet."""
    job = client.ask("GET", f"/api/jobs/{job_id}?results=0")
    return job["status"] in ("queued", "processing")


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Start the service over fresh comics and return the figures."""
    library = folder / "library"
    template = ComicTemplate(folder / "template.cbz", options.kilobytes * 1000)
    template.make_library(library, options.files)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = os.environ | {
        "PYTHONPATH": str(SOURCE),
        "WATCHED_DIR": str(library),
        "CONFIG_DIR": str(folder / "config"),
        "WEB_HOST": "127.0.0.1",
        "WEB_PORT": str(port),
        "AUTH": "disabled",
        "WATCH_MODE": "off",
        "WORKER_PROCESSES": str(options.worker_processes),
    }
    command = [sys.executable, "-m", "comicmaintainer", "serve"]
    service = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        wait_until_served(port)
        pages, jobs = Client(port), Client(port)
        run_job(jobs, "scan")
        until = time.monotonic() + options.idle_s
        idle = pages.times_ms(lambda: time.monotonic() < until)
        job_id = jobs.ask("POST", "/api/jobs", {"kind": "process", "all": True})["job_id"]
        began = time.monotonic()
        busy = pages.times_ms(lambda: is_active(jobs, job_id))
        seconds = time.monotonic() - began
    finally:
        service.terminate()
        service.wait(END_WITHIN_S)
    return {
        "idle": summary(idle),
        "busy": summary(busy),
        "p99_ratio": round(at(busy, 0.99) / at(idle, 0.99), 2),
        "files_per_s": round(options.files / seconds),
    }


def summary(times: list[float]) -> dict[str, float]:
    """Return the number of requests, and what half and 99 of 100 of them stayed below."""
    return {
        "requests": len(times),
        "p50_ms": round(at(times, 0.5), 2),
        "p99_ms": round(at(times, 0.99), 2),
    }


def at(times: list[float], share: float) -> float:
    """Return the time that this share of the sorted times stays below."""
    return times[min(len(times) - 1, int(len(times) * share))]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=6000)
    parser.add_argument("--kilobytes", type=int, default=200)
    parser.add_argument("--idle-s", type=float, default=10)
    parser.add_argument("--worker-processes", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), options)
    load = ", ".join(f"{average:.1f}" for average in os.getloadavg())
    print(f"{options.files} comics of {options.kilobytes} KB; load averages at the end {load}")
    for name in ("idle", "busy"):
        print(f"{name}: {figures[name]}")
    print(f"p99 with the job / without: {figures['p99_ratio']}; {figures['files_per_s']} files/s")


if __name__ == "__main__":
    main()

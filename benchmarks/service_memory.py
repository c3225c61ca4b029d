"""Shows the memory of each process of the service while it works for a long time.

    python benchmarks/service_memory.py [--files 2000] [--rounds 10] [--worker-processes 2]

Starts the whole service over real comics. In each round it processes all of them, verifies them,
and undoes the round, while a browser's requests go on. After each round it prints the resident
memory of every process, the largest of each sort. Undone comics are new to the next round, so work
goes on as long as wished; what grows from round to round would be a leak.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from comic_copies import ComicTemplate
from pages_meanwhile import END_WITHIN_S, Client, is_active, run_job, wait_until_served
from rivals import SOURCE
from web_latency import memory_mib

SORTS = ("main worker", "item worker", "web worker", "others")
PAGES = ("/api/files", "/api/jobs", "/api/history", "/api/statistics")
PAUSE_S = 0.1
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def processes_under(pid: int) -> Iterator[tuple[int, str]]:
    """Yield every process under one, and its sort."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        words = Path(f"/proc/{child}/cmdline").read_text().split("\0")
        below = list(processes_under(int(child)))
        if "worker" in words:
            yield int(child), SORTS[1 if "--items-only" in words else 0]
            yield from ((number, SORTS[3]) for number, _ in below)
        elif below:  # Gunicorn, which has forked its workers
            yield int(child), SORTS[3]
            yield from ((number, SORTS[2]) for number, _ in below)
        else:
            yield int(child), SORTS[3]


def memory_by_sort(pid: int) -> list[int]:
    """Return for each sort the resident MiB of its largest process, 0 if there is none."""
    found = dict.fromkeys(SORTS, 0)
    for number, sort in processes_under(pid):
        try:
            found[sort] = max(found[sort], memory_mib(number)["rss_mib"])
        except OSError:
            continue  # it has just ended
    return list(found.values())


def run(client: Client, address: str, body: dict[str, object] | None) -> str:
    """Run a job to its end, with requests for pages meanwhile; return its id."""
    job_id: str = client.ask("POST", address, body)["job_id"]
    while is_active(client, job_id):
        for page in PAGES:
            client.ask("GET", page)
        time.sleep(PAUSE_S)
    failed = client.ask("GET", f"/api/jobs/{job_id}?results=0")["failed_items"]
    if failed:
        raise SystemExit(f"{failed} items of {address} failed")
    return job_id


def measure(folder: Path, options: argparse.Namespace) -> None:
    """Start the service over fresh comics, and print a row for each round."""
    library = folder / "library"
    ComicTemplate(folder / "template.cbz", options.kilobytes * 1000).make_library(
        library, options.files
    )
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = os.environ | {
        "PYTHONPATH": str(SOURCE),
        "WATCHED_DIR": str(library),
        "CONFIG_DIR": str(folder / "config"),
        "WEB_HOST": "127.0.0.1",
        "WEB_PORT": str(port),
        "AUTH": "disabled",
        "WORKER_PROCESSES": str(options.worker_processes),
    }
    command = [sys.executable, "-m", "comicmaintainer", "serve"]
    service = subprocess.Popen(command, env=environment, **QUIET)
    began = time.monotonic()
    try:
        wait_until_served(port)
        client = Client(port)
        run_job(client, "scan")
        print(f"| items | minutes | {' | '.join(SORTS)} |", flush=True)
        print(f"|---:|---:|{'---:|' * len(SORTS)}", flush=True)
        for number in range(options.rounds + 1):
            if number:
                everything = {"kind": "process", "all": True}
                job_id = run(client, "/api/jobs", everything)
                run(client, "/api/jobs", everything | {"kind": "verify"})
                run(client, f"/api/jobs/{job_id}/undo", None)
            items, minutes = 4 * options.files * number, (time.monotonic() - began) / 60
            sizes = " | ".join(map(str, memory_by_sort(service.pid)))
            print(f"| {items:,} | {minutes:.0f} | {sizes} |", flush=True)
    finally:
        service.terminate()
        service.wait(END_WITHIN_S)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--kilobytes", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--worker-processes", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), options)


if __name__ == "__main__":
    main()

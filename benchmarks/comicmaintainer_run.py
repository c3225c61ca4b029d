"""Runs one operation of the product over a library, as a job; started by slow_disk.py.

    comicmaintainer_run.py OPERATION LIBRARY WARM_UP CONFIG THREADS [WORKER_PROCESSES]

It scans both folders if the job is not the scan, runs the job for the folder WARM_UP (which pays
for imports and caches), prints `ready`, waits for a line, runs the job for the library, and prints
`done`. Further worker processes run this program with the operation `work`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from comicmaintainer.jobs.model import ENDED, JobRequest
from comicmaintainer.operations.declared.kinds import validated_params
from comicmaintainer.services import Services
from comicmaintainer.services.worker_tools import WorkerTools
from comicmaintainer.settings import Settings

WORKERS_WITHIN_S = 60.0
LOOK_EVERY_S = 0.01
END_WITHIN_S = 30.0


@contextmanager
def further_workers(services: Services, count: int) -> Iterator[None]:
    """Let so many more processes work on jobs inside the block."""
    command = [sys.executable, __file__, "work", *sys.argv[2:6]]
    with ExitStack() as stack:
        for _ in range(count):
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
            stack.callback(process.wait, END_WITHIN_S)
            assert process.stdin is not None
            stack.callback(process.stdin.close)
        until = time.monotonic() + WORKERS_WITHIN_S
        while len(services.manager.workers.all()) < 1 + count:
            if time.monotonic() > until:
                raise SystemExit("a worker process did not start")
            time.sleep(LOOK_EVERY_S)
        yield


def run_job(services: Services, kind: str, items: Sequence[str]) -> None:
    """Run a job to its end.

    Raises:
        SystemExit: an item failed.
    """
    job = services.manager.submit(JobRequest(kind, items, validated_params(kind, {})))
    while job.status not in ENDED:
        time.sleep(LOOK_EVERY_S)
        job = services.manager.get(job.job_id)
    if job.failed_items or job.status != "completed":
        errors = [each.error for each in services.manager.results.in_order(job.job_id)]
        first = next((error for error in errors if error), job.error)
        raise SystemExit(f"{kind}: {job.failed_items} items failed; the first: {first}")


def main() -> None:
    operation = sys.argv[1]
    library, warm_up, config = (Path(argument) for argument in sys.argv[2:5])
    further = int(sys.argv[6]) - 1 if len(sys.argv) > 6 else 0
    settings = Settings.from_environment(
        {
            "WATCHED_DIR": f"{library}{os.pathsep}{warm_up}",
            "CONFIG_DIR": str(config),
            "MAX_WORKERS": sys.argv[5],
        }
    )
    services = Services.build(settings)
    tools = WorkerTools.build(services)
    worker = tools.worker()
    worker.start()
    if operation == "work":
        sys.stdin.readline()
    else:
        with further_workers(services, further):
            measure(services, operation, library, warm_up)
    worker.stop()
    tools.close()


def measure(services: Services, operation: str, library: Path, warm_up: Path) -> None:
    """Do what comes before, then the operation when told to."""
    if operation == "scan":
        warm, items = [str(warm_up)], [str(library)]
    else:
        run_job(services, "scan", [str(warm_up), str(library)])
        warm, items = ([str(path) for path in sorted(folder.rglob("*.cbz"))]
                       for folder in (warm_up, library))  # fmt: skip
    run_job(services, operation, warm)
    print("ready", flush=True)
    sys.stdin.readline()
    run_job(services, operation, items)
    print("done", flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    main()

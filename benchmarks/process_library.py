"""Tags and renames a library end to end through a job, and with ComicTagger for comparison.

    python benchmarks/process_library.py
    python benchmarks/process_library.py --files 200 --megabytes 5 --engines comicmaintainer
    python benchmarks/process_library.py --worker-processes 1 2

Our run is the whole product: items are stored, claimed and journaled, archives written durably,
renamed and catalogued, results accepted, by as many processes of `comicmaintainer worker` as
`--worker-processes` says; several numbers are measured one after the other. ComicTagger's API reads
the file name, writes ComicInfo.xml and renames, in four threads; it syncs nothing and keeps no
journal. Each run gets fresh comics without tags. The processor time is that of all worker processes
and their helpers. ComicTagger is installed with pip into its own environment (--rivals).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from engine_process import EngineFailed, processor_s_under, started
from rivals import SOURCE, draw_comic, python_of

ENGINES = ("comicmaintainer", "comictagger")
THREADS = 4
SERIES = 20
FIRST_FILES = 8
"""Processed first for each process, to pay for imports and caches."""
READY_WITHIN_S = 120.0
LIMIT_S = 3600.0
"""The longest time of the rival."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Process a library with each engine.")
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--megabytes", type=float, default=20)
    parser.add_argument(
        "--threads", type=int, help="of each of our processes (default: 4 divided among them)"
    )
    parser.add_argument("--worker-processes", type=int, nargs="+", default=[1], metavar="N")
    parser.add_argument("--engines", nargs="+", default=list(ENGINES), choices=ENGINES)
    parser.add_argument("--rivals", type=Path, help="where the rival is installed")
    parser.add_argument("--folder", type=Path, help="where the comics are made")
    parser.add_argument("--run", type=Path, nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run is not None:
        [processes] = arguments.worker_processes
        print(json.dumps(run_job(*arguments.run, processes, arguments.threads)))
        return
    print(
        "| engine | processes | threads of each | files | size MB | seconds | files/s | ms/file |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        rivals = arguments.rivals or Path(folder, "rivals")
        for engine, processes, threads in runs(arguments):
            place, size_bytes = Path(folder, engine, str(processes)), int(arguments.megabytes * 1e6)
            library, warm_up = place / "library", place / "warm-up"
            files, first = arguments.files, FIRST_FILES * processes
            draw_library(library, range(files), size_bytes)
            draw_library(warm_up, range(files, files + first), size_bytes)
            if engine == "comictagger":
                report = measured_rival(library, warm_up, threads, rivals)
            else:
                report = measured(library, warm_up, processes, threads)
            shutil.rmtree(place)
            speed = report["files"] / report["seconds"]
            busy_ms = 1000 * report["processor_s"] / report["files"]
            print(
                f"| {engine} | {processes} | {threads} | {report['files']} "
                f"| {arguments.megabytes:g} | {report['seconds']:.1f} | {speed:.0f} "
                f"| {busy_ms:.1f} |",
                flush=True,
            )


def runs(arguments: argparse.Namespace) -> Iterator[tuple[str, int, int]]:
    """Yield what is measured: the engine, its processes, and the threads of each."""
    for engine in arguments.engines:
        if engine == "comictagger":
            yield engine, 1, THREADS
            continue
        for processes in arguments.worker_processes:
            yield engine, processes, arguments.threads or -(-THREADS // processes)


def draw_library(library: Path, numbers: Iterable[int], size_bytes: int) -> None:
    """Draw comics of the given size in a few series, without tags."""
    for number in numbers:
        series = f"Drawn Heroes {chr(65 + number % SERIES)}"
        folder = library / series
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{series} {number // SERIES + 1} (2011).cbz"
        draw_comic(path, size_bytes, layout="none", pages=24)
    os.sync()


def measured(library: Path, warm_up: Path, processes: int, threads: int) -> dict[str, float]:
    """Return what a process of its own reports about our run."""
    counts = ["--worker-processes", str(processes), "--threads", str(threads)]
    done = subprocess.run(
        [sys.executable, __file__, "--run", str(library), str(warm_up), *counts],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    if done.returncode != 0:
        raise SystemExit(f"comicmaintainer failed:\n{done.stderr[-2000:]}")
    report: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return report


def measured_rival(library: Path, warm_up: Path, threads: int, rivals: Path) -> dict[str, float]:
    """Let ComicTagger process the library; return files and seconds."""
    files = len(list(library.rglob("*.cbz")))
    program = Path(__file__).with_name("comictagger_run.py")
    python = python_of("comictagger", rivals)
    command = [str(python), str(program), "process", str(library), str(warm_up), str(threads)]
    try:
        with started(command, {"PYTHONPATH": ""}, limit_s=LIMIT_S) as engine:
            engine.wait_until_ready()
            seconds, processor_s = engine.work()
    except EngineFailed as error:
        raise SystemExit(f"comictagger: {error}") from error
    return {"files": files, "seconds": seconds, "processor_s": processor_s}


def run_job(library: Path, warm_up: Path, processes: int, threads: int) -> dict[str, float]:
    """Process the library with worker processes of the product; returns files and seconds."""
    from comicmaintainer.jobs.model import ENDED, JobRequest
    from comicmaintainer.services import Services
    from comicmaintainer.services.worker_tools import WorkerTools
    from comicmaintainer.settings import Settings

    variables = {
        "WATCHED_DIR": f"{library}{os.pathsep}{warm_up}",
        "CONFIG_DIR": str(library.parent / "config"),
        "WATCH_MODE": "off",
        "WORKER_PROCESSES": str(processes),
        "MAX_WORKERS": str(threads),
    }
    services = Services.build(Settings.from_environment(variables))
    tools = WorkerTools.build(services)
    for root in (library, warm_up):
        tools.context.scan.scan_root(root)
    tools.close()
    first, items = (
        sorted(str(path) for path in root.rglob("*.cbz")) for root in (warm_up, library)
    )
    with workers(processes, variables) as pids:
        ready_until = time.monotonic() + READY_WITHIN_S
        while len(services.manager.workforce.services()) < processes:
            if time.monotonic() > ready_until:
                raise SystemExit("the workers did not start")
            time.sleep(0.05)
        for part in (first, items):
            busy_s, begun = processor_s(pids), time.perf_counter()
            job = services.manager.submit(JobRequest("process", part))
            while job.status not in ENDED:
                time.sleep(0.01)
                job = services.manager.get(job.job_id)
            if job.failed_items:
                raise SystemExit("some files failed")
        seconds, busy_s = time.perf_counter() - begun, processor_s(pids) - busy_s
    return {"files": job.total_items, "seconds": seconds, "processor_s": busy_s}


@contextmanager
def workers(count: int, variables: dict[str, str]) -> Iterator[Sequence[int]]:
    """Run worker processes as `serve` does; the value is their process ids."""
    command = [sys.executable, "-m", "comicmaintainer", "worker"]
    commands = [command, *[[*command, "--items-only"]] * (count - 1)]
    environment = os.environ | variables
    running = [
        subprocess.Popen(each, env=environment, stderr=subprocess.DEVNULL) for each in commands
    ]
    try:
        yield [process.pid for process in running]
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()


def processor_s(pids: Sequence[int]) -> float:
    """Return the processor time of processes and all their descendants."""
    return sum(map(processor_s_under, pids))


if __name__ == "__main__":
    main()

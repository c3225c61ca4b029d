"""Tags and renames a library end to end through a job, and with ComicTagger for comparison.

    python benchmarks/process_library.py
    python benchmarks/process_library.py --files 200 --megabytes 5 --engines comicmaintainer

Our run is the whole product: items are stored, claimed and journaled, archives written durably,
renamed and catalogued, results accepted. ComicTagger's API reads the file name, writes
ComicInfo.xml and renames, in four threads; it syncs nothing and keeps no journal. Each engine gets
fresh comics without tags. ComicTagger is installed with pip into its own environment (--rivals).
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
from pathlib import Path

from rivals import SOURCE, draw_comic, python_of

ENGINES = ("comicmaintainer", "comictagger")
THREADS = 4
SERIES = 20

RIVAL_PROGRAM = """
import json, sys, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from comicapi.comicarchive import ComicArchive, MetaDataStyle

def process(path):
    archive = ComicArchive(path)
    found = archive.metadata_from_filename()
    metadata = archive.read_metadata(MetaDataStyle.CIX)
    metadata.overlay(found)
    if not archive.write_metadata(metadata, MetaDataStyle.CIX):
        raise OSError(f"ComicTagger did not write {path}")
    number = (metadata.issue or "").zfill(4)
    path.rename(path.with_name(f"{metadata.series} #{number} ({metadata.year}).cbz"))

folder, threads = Path(sys.argv[1]), int(sys.argv[2])
paths = sorted(folder.rglob("*.cbz"))
process(paths.pop())  # imports and caches
begun = time.perf_counter()
with ThreadPoolExecutor(threads) as pool:
    list(pool.map(process, paths))
print(json.dumps({"files": len(paths), "seconds": time.perf_counter() - begun}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Process a library with each engine.")
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--megabytes", type=float, default=20)
    parser.add_argument("--threads", type=int, default=THREADS)
    parser.add_argument("--engines", nargs="+", default=list(ENGINES), choices=ENGINES)
    parser.add_argument("--rivals", type=Path, help="where the rival is installed")
    parser.add_argument("--folder", type=Path, help="where the comics are made")
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run is not None:
        print(json.dumps(run_job(arguments.run, arguments.threads)))
        return
    print("| engine | files | size MB | seconds | files/s |")
    print("|---|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        rivals = arguments.rivals or Path(folder, "rivals")
        for engine in arguments.engines:
            library = Path(folder, engine, "library")
            draw_library(library, arguments.files + 1, int(arguments.megabytes * 1e6))
            report = measured(engine, library, arguments.threads, rivals)
            shutil.rmtree(library)
            speed = report["files"] / report["seconds"]
            print(
                f"| {engine} | {report['files']} | {arguments.megabytes:g} "
                f"| {report['seconds']:.1f} | {speed:.0f} |",
                flush=True,
            )


def draw_library(library: Path, files: int, size_bytes: int) -> None:
    """Draw comics of the given size in a few series, without tags."""
    for number in range(files):
        series = f"Drawn Heroes {chr(65 + number % SERIES)}"
        folder = library / series
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{series} {number // SERIES + 1} (2011).cbz"
        draw_comic(path, size_bytes, layout="none", pages=24)
    os.sync()


def measured(engine: str, library: Path, threads: int, rivals: Path) -> dict[str, float]:
    """Return what the engine's own process reports."""
    if engine == "comicmaintainer":
        command = [sys.executable, __file__, "--run", str(library), "--threads", str(threads)]
    else:
        python = str(python_of(engine, rivals))
        command = [python, "-c", RIVAL_PROGRAM, str(library), str(threads)]
    own = engine == "comicmaintainer"
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE) if own else ""},
    )
    if done.returncode != 0:
        raise SystemExit(f"{engine} failed:\n{done.stderr[-2000:]}")
    report: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return report


def run_job(library: Path, threads: int) -> dict[str, float]:
    """Process the library with the product's own services and worker; returns files and seconds."""
    from comicmaintainer.jobs.model import ENDED, JobRequest
    from comicmaintainer.services import Services
    from comicmaintainer.services.worker_tools import WorkerTools
    from comicmaintainer.settings import Settings

    settings = Settings.from_environment(
        {
            "WATCHED_DIR": str(library),
            "CONFIG_DIR": str(library.parent / "config"),
            "MAX_WORKERS": str(threads),
        }
    )
    services = Services.build(settings)
    tools = WorkerTools.build(services)
    tools.context.scan.scan_root(library)
    items = sorted(str(path) for path in library.rglob("*.cbz"))
    worker = tools.worker()
    worker.start()
    jobs = []
    begun = 0.0
    for part in (items[-1:], items[:-1]):  # the first, of one file, pays for imports and caches
        begun = time.perf_counter()
        job = services.manager.submit(JobRequest("process", part))
        while job.status not in ENDED:
            time.sleep(0.01)
            job = services.manager.get(job.job_id)
        jobs.append(job)
    seconds = time.perf_counter() - begun
    worker.stop()
    if any(job.failed_items for job in jobs):
        raise SystemExit("some files failed")
    return {"files": jobs[-1].total_items, "seconds": seconds}


if __name__ == "__main__":
    main()

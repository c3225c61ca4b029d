"""Measures how many files several processes write to one catalogue, as hosts that scan do.

    python benchmarks/catalogue_writes.py --url URL [--processes 1 4] [--files 20000]
    python benchmarks/catalogue_writes.py             # a file of SQLite

URL is that of an empty database. Each process writes the made-up files of `library_search.py` below
a root of its own, in the batches and with the marks of a scan. Each count of processes writes new
roots beside those that are there. The server is as its operator has set it (look at `fsync`).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.synchronize import Barrier
from pathlib import Path

from comicmaintainer.database import Database, SqliteDatabase
from comicmaintainer.database.opening import open_server
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.model import SeenFile
from library_search import fill, made_up

MOST_S = 3600.0


def opened(url: str | None, folder: Path, host: str) -> Database:
    """Open the database as a host does."""
    if url is None:
        return SqliteDatabase(folder / "jobs.db")
    own = folder / host
    own.mkdir(exist_ok=True)
    return open_server(url, own, host)


def below(root: str, files: int) -> Iterator[SeenFile]:
    """Yield the made-up files, below this root."""
    for file in made_up(files):
        yield replace(file, path=root + file.path)


def write(url: str | None, folder: Path, root: str, files: int, start: Barrier) -> None:
    """Write files below a root, as one host."""
    database = opened(url, folder, root.strip("/"))
    catalogue = Catalogue(database, now=time.time)
    catalogue.add_root(root)
    seen = list(below(root, files))
    start.wait()
    fill(catalogue, seen)
    database.close()
    start.wait()


def measured(url: str | None, folder: Path, roots: list[str], files: int) -> float:
    """Return the files a second of processes that each write to one of the roots."""
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(len(roots) + 1, timeout=MOST_S)
    processes = [
        context.Process(target=write, args=(url, folder, root, files, start)) for root in roots
    ]
    for process in processes:
        process.start()
    start.wait()
    began = time.perf_counter()
    start.wait()
    seconds = time.perf_counter() - began
    for process in processes:
        process.join()
    return files * len(roots) / seconds


def main() -> None:
    """Print the files a second for each count of processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="the address of an empty database on a server")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--files", type=int, default=20_000, help="files in all of each run")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    rates: dict[int, list[float]] = {count: [] for count in options.processes}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        opened(options.url, folder, "first").close()
        for run in range(options.runs):
            for count in options.processes:
                roots = [f"/run{run}-of{count}-{number}" for number in range(count)]
                rate = measured(options.url, folder, roots, options.files // count)
                rates[count].append(rate)
                print(f"run {run + 1}, {count} processes: {rate:,.0f} files/s", flush=True)
    medians = {count: round(statistics.median(of_count)) for count, of_count in rates.items()}
    print(json.dumps({"files": options.files, "files_per_s": medians}))


if __name__ == "__main__":
    main()

"""Compares the first scan of a library with that of another release, through the command line.

    python benchmarks/first_scan.py --other /path/to/older/.venv/bin/comicmaintainer
        [--files 100000] [--rounds 3] [--folder FOLDER]

The two take turns, each with an empty database, over one library of small CBZs, 50 to a folder,
which was read once before. Seconds are those of the whole command; processor time includes the
processes that it starts. The ratio is that of the medians.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from library_scan import make_library


@dataclass
class Scans:
    """The first scans by one release, in seconds."""

    command: str
    wall_s: list[float] = field(default_factory=list)
    processor_s: list[float] = field(default_factory=list)

    def run(self, library: Path) -> None:
        """Scan `library` into a new database."""
        with tempfile.TemporaryDirectory() as config:
            environment = {**os.environ, "CONFIG_DIR": config, "WATCHED_DIR": os.fspath(library)}
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            began = time.perf_counter()
            subprocess.run(
                [self.command, "scan"], env=environment, check=True, stdout=subprocess.DEVNULL
            )
            self.wall_s.append(time.perf_counter() - began)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            self.processor_s.append(
                after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            )

    def figures(self, files: int) -> dict[str, object]:
        """Return the medians, and every time."""
        return {
            "files_per_s": round(files / statistics.median(self.wall_s)),
            "processor_us_per_file": round(statistics.median(self.processor_s) / files * 1e6),
            "seconds": [round(one, 1) for one in self.wall_s],
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--other", required=True, help="the command of the other release")
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="use (and keep) the library in this folder")
    arguments = parser.parse_args()
    this = Scans(os.fspath(Path(sys.executable).with_name("comicmaintainer")))
    other = Scans(arguments.other)
    with tempfile.TemporaryDirectory() as temporary:
        library = (arguments.folder or Path(temporary)) / f"library-{arguments.files}"
        if not library.exists():
            make_library(library, arguments.files)
        this.run(library)  # the files come into the memory of the system
        this = Scans(this.command)
        for number in range(arguments.rounds):
            for release in (this, other) if number % 2 else (other, this):
                release.run(library)
    print(
        json.dumps(
            {
                "files": arguments.files,
                "this": this.figures(arguments.files),
                "other": other.figures(arguments.files),
                "times_as_fast": round(
                    statistics.median(other.wall_s) / statistics.median(this.wall_s), 2
                ),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()

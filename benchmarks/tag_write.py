"""Measures time, traffic and memory of one tag write, beside other libraries in the same run.

    python benchmarks/tag_write.py
    python benchmarks/tag_write.py --sizes 5 --layouts last --rivals DIR

Every write reads the tags, changes the series and writes them, on a fresh copy of the comic. Ours
is durable when it returns (two fsyncs); those of the rivals are only in the page cache. Rivals are
installed with pip into environments under --rivals (a temporary folder by default).
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
from pathlib import Path

from rivals import RIVALS, draw_comic, run_driver

ENGINES = ("comicmaintainer", *RIVALS)
HEADER = "| size | layout | engine | median ms | written KiB | read KiB | peak MiB |"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure tag writes.")
    parser.add_argument("--sizes", type=int, nargs="+", default=[5, 50, 200], help="in MB")
    parser.add_argument("--layouts", nargs="+", default=["none", "first", "last"])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--engines", nargs="+", default=list(ENGINES))
    parser.add_argument("--rivals", type=Path)
    parser.add_argument("--folder", type=Path, help="where the comics are made")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        rivals = arguments.rivals or Path(folder, "rivals")
        print(HEADER)
        print("|---:|---|---|---:|---:|---:|---:|")
        for size in arguments.sizes:
            for layout in arguments.layouts:
                original = Path(folder, "original.cbz")
                draw_comic(original, size * 1_000_000, layout=layout)
                for engine in arguments.engines:
                    print(measured(engine, original, size, layout, arguments.repeat, rivals))


def measured(engine: str, original: Path, size: int, layout: str, repeat: int, rivals: Path) -> str:
    """Return one row of the table."""
    folder = original.parent / "copies"
    folder.mkdir()
    warm_up = folder / "warm-up.cbz"
    draw_comic(warm_up, 100_000, layout=layout)
    copies = [folder / f"copy-{number}.cbz" for number in range(repeat)]
    for copy in copies:
        shutil.copyfile(original, copy)
    os.sync()
    report = run_driver(engine, "tag", [warm_up, *copies], rivals)
    shutil.rmtree(folder)
    median_ms = statistics.median(report["seconds"]) * 1_000
    return (
        f"| {size} MB | {layout} | {engine} {report['version']} | {median_ms:.1f} "
        f"| {report['written_bytes'] / 1024:,.0f} | {report['read_bytes'] / 1024:,.0f} "
        f"| {report['peak_bytes'] / 2**20:.0f} |"
    )


if __name__ == "__main__":
    main()

"""Measures how many files per second are read for tags and page list, beside other libraries.

    python benchmarks/metadata_read.py
    python benchmarks/metadata_read.py --files 500 --rivals DIR

All files are in the page cache; one thread. `comicmaintainer` returns ComicInfo.xml as bytes and
the pages in reading order, `comicmaintainer-parsed` the parsed metadata as the rivals do;
`zipfile` is Python's own module.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from rivals import RIVALS, draw_comic, run_driver

ENGINES = ("comicmaintainer", "comicmaintainer-parsed", "zipfile", *RIVALS)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure metadata reads.")
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--pages", type=int, default=24)
    parser.add_argument("--engines", nargs="+", default=list(ENGINES))
    parser.add_argument("--rivals", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rivals = arguments.rivals or Path(folder, "rivals")
        paths = [Path(folder, f"{number:05}.cbz") for number in range(arguments.files)]
        for path in paths:
            draw_comic(path, 60_000, pages=arguments.pages)
        print("| engine | files/s | read KiB a file | peak MiB |")
        print("|---|---:|---:|---:|")
        for engine in arguments.engines:
            report = run_driver(engine, "read", paths, rivals)
            rate = len(report["seconds"]) / sum(report["seconds"])
            print(
                f"| {engine} {report['version']} | {rate:,.0f} "
                f"| {report['read_bytes'] / 1024:,.1f} | {report['peak_bytes'] / 2**20:.0f} |"
            )


if __name__ == "__main__":
    main()

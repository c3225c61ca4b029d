"""Measures how long short commands take from start to end, as whole processes.

    python benchmarks/command_start.py
    python benchmarks/command_start.py --rounds 30 --rivals DIR

The commands take turns, so that whatever else the machine does falls on all of them alike; the last
column compares them with a Python that does nothing. `show` reads a CBZ of 5 MB with tags beside
the database of an empty library. The first round is not counted: it fills the caches. Python keeps
its bytecode, as it does in an installation. The rival is ComicTagger's command line.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rivals import SOURCE, draw_comic, python_of

RIVAL = "comictagger"
NAME = "Drawn 007 (1950).cbz"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the start of commands.")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--rivals", type=Path, help="folder of the rivals' environments")
    parser.add_argument("--no-rival", action="store_true", help="measure only our own commands")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        comic = Path(folder, NAME)
        draw_comic(comic, 5_000_000)
        commands = own_commands(comic)
        if not arguments.no_rival:
            rival = python_of(RIVAL, arguments.rivals or Path(folder, "rivals"))
            commands[f"{RIVAL} --help"] = [str(rival.with_name(RIVAL)), "--help"]
        environment = environment_in(Path(folder))
        times_s: dict[str, list[float]] = {name: [] for name in commands}
        for number in range(arguments.rounds + 1):
            for name, command in commands.items():
                taken_s = time_of(command, environment)
                if number:
                    times_s[name].append(taken_s)
    print_table(times_s)


def own_commands(comic: Path) -> dict[str, Sequence[str]]:
    """Return the measured commands by the name that the table gives them."""
    product = [sys.executable, "-m", "comicmaintainer"]
    return {
        "python -c pass": [sys.executable, "-c", "pass"],
        "--version": [*product, "--version"],
        "--help": [*product, "--help"],
        "parse NAME": [*product, "parse", comic.name],
        "kinds": [*product, "kinds"],
        "show FILE": [*product, "show", str(comic)],
        "files": [*product, "files"],
        "jobs list": [*product, "jobs", "list"],
    }


def environment_in(folder: Path) -> dict[str, str]:
    """Return an environment with a library, a database and bytecode of its own."""
    library = folder / "library"
    library.mkdir()
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {
        "CONFIG_DIR": str(folder / "config"),
        "WATCHED_DIR": str(library),
        "PYTHONPATH": str(SOURCE),
        "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
    }


def time_of(command: Sequence[str], environment: dict[str, str]) -> float:
    """Return how many seconds a command takes, which must end well."""
    start = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    taken_s = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr.decode()[-2_000:]}")
    return taken_s


def print_table(times_s: dict[str, list[float]]) -> None:
    """Print median and fastest time of each command, and the median as a multiple of Python's."""
    bare_s = statistics.median(next(iter(times_s.values())))
    print("| command | median ms | fastest ms | times a bare Python |")
    print("|---|---:|---:|---:|")
    for name, taken_s in times_s.items():
        median_s = statistics.median(taken_s)
        print(
            f"| `{name}` | {median_s * 1000:,.0f} | {min(taken_s) * 1000:,.0f} "
            f"| {median_s / bare_s:.1f} |"
        )


if __name__ == "__main__":
    main()

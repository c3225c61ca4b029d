"""Measures the end of a preview, where all its files are checked together for colliding names.

    python benchmarks/preview_collisions.py
    python benchmarks/preview_collisions.py --items 1000000 --shape free

The results of the items are stored as if each had been planned alone, without any comic, so
that only the final check is measured. `free`: every new name is free. `shift`: each file of a
folder of 100 wants its neighbour's name. `chain`: all files are in one folder and do so.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.jobs.model import ClaimedItem, HandIn, JobRequest, Outcome
from comicmaintainer.operations.changes.file_change import rename_change
from comicmaintainer.operations.changes.plan import Plan, WantedName
from comicmaintainer.operations.names.preview import preview_item
from comicmaintainer.services import Services
from comicmaintainer.services.worker_tools import WorkerTools
from comicmaintainer.settings import Settings

SHAPES = ("free", "shift", "chain")
FOLDER_ITEMS = 100
IDENTITY = FileIdentity(1, 2, 3, 4)


class Unstopped:
    """A guard that never stops its item."""

    def check(self) -> None:
        """See ItemGuard."""


class NoRivals:
    """No rivals: nobody else wants the name."""

    def candidates(self) -> Sequence[str]:
        """See NameRivals."""
        return ()

    def wants(self, path: Path) -> bool:
        """See NameRivals."""
        del path
        return False


class Series:
    """Paths of an imaginary library, and the name that each file wants."""

    def __init__(self, root: Path, shape: str, items: int) -> None:
        self._root = root
        self._shape = shape
        self._per_folder = items if shape == "chain" else FOLDER_ITEMS

    def path(self, number: int, *, shift: int = 0, mark: str = "Chapter") -> str:
        series, chapter = divmod(number, self._per_folder)
        name = f"Series number {series:05}"
        return f"{self._root}/{name}/{name} - {mark} {chapter + shift:07}.cbz"

    def wanted(self, number: int) -> str:
        if self._shape == "free":
            return self.path(number, mark="#")
        return self.path(number, shift=1)

    def details(self, number: int) -> dict[str, Any]:
        """Return the result of planning the file alone."""
        path, wanted = self.path(number), self.wanted(number)
        is_free = self._shape == "free" or (number + 1) % self._per_folder == 0
        if is_free:
            change = {"type": "rename", "from": path, "to": wanted}
            return {"changes": [change], "path": wanted, "identity": IDENTITY.to_json()}
        change = {"type": "duplicate", "of": wanted}
        return {"changes": [change], "path": path, "duplicate_of": wanted}

    def plan(self, path: Path, own: Mapping[str, Any]) -> Plan:
        """Plan the file again, as for an amended result."""
        del own
        folder, name = path.parent.name, path.stem
        number = int(folder[-5:]) * self._per_folder + int(name[-7:])
        wanted = Path(self.wanted(number))
        free = Plan(path, IDENTITY, (rename_change(path, wanted),))
        names = WantedName(wanted, False, lambda: free, lambda *_: free, NoRivals())
        return replace(free, wanted=names)


def measure(shape: str, items: int) -> None:
    """Store a preview of `items` results and close it; print seconds and memory."""
    with tempfile.TemporaryDirectory(prefix="preview-collisions-") as folder:
        library = Path(folder, "library")
        library.mkdir()
        variables = {"WATCHED_DIR": str(library), "CONFIG_DIR": str(Path(folder, "config"))}
        services = Services.build(Settings.from_environment(variables))
        context = WorkerTools.build(services).context
        series = Series(library, shape, items)
        last = stored(services, series, items)
        before_mb = peak_mb()
        begun = time.perf_counter()
        preview_item(context, last, Unstopped(), series.plan)
        seconds = time.perf_counter() - begun
        print(
            f"{shape:6} {items:>9,} items: {seconds:6.1f} s, "
            f"memory {before_mb} MB before, {peak_mb()} MB at its peak"
        )
        services.database.close()


def stored(services: Services, series: Series, items: int) -> ClaimedItem:
    """Hand in all items of a preview; return the second claim of the last one, which closes it."""
    paths = [series.path(number) for number in range(items)]
    services.manager.submit(JobRequest("rename", paths, preview=True))
    del paths
    store, now = services.manager.items, services.now
    services.manager.workers.register("benchmark", "host", 1, 1, now())
    while True:
        _, claims = store.exchange("benchmark", (), 400, {"rename"}, now())
        if claims[-1].closing:
            return claims[-1]
        done = [HandIn(c, Outcome(True, series.details(c.seq), closes=True), 0.0) for c in claims]
        store.exchange("benchmark", done, 0, (), now())


def peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the end of previews.")
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--shape", choices=SHAPES)
    chosen = parser.parse_args()
    if chosen.shape is not None:
        measure(chosen.shape, chosen.items)
        return
    for shape in SHAPES:  # one process each, so that peaks do not mix
        argv = [sys.executable, __file__, "--items", str(chosen.items), "--shape", shape]
        subprocess.run(argv, check=True)


if __name__ == "__main__":
    main()

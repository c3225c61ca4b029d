"""Kills workers while an inbox is filed on another disk that fills up, and while that is undone.

    python -m tests.crash.inbox_storm --files 1000 --kills 40

The library is an ext4 filesystem of its own (a loop device), the inbox lies on another. Some names
are taken by copies, some by other comics, and some are wanted twice. The library's disk is full
amid the job, until something is removed. At the end every comic must be in exactly one of the two
places, with the pages that it had; what could not be filed, and what was in the library, must be as
it was; and after the undo every file must have the bytes that it had. Needs root and loop devices.
The report is one JSON object; exit code 1 means that something was lost.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.library_storm import NAMES, Workers, hash_of_pages

from comicmaintainer.jobs.model import ENDED, Job, JobRequest
from comicmaintainer.library.rule_book import FolderChoice
from comicmaintainer.operations.declared.kinds import validated_params
from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from tests.faults.disks import Disk
from tests.operations.workbench import sha256

POLL_S = 0.01
PATIENCE_S = 600.0
OUR_FOLDER = ".comicmaintainer"


@dataclass(slots=True)
class Report:
    """The outcome; `faults` is empty if nothing was lost. Times in seconds."""

    files: int
    kills: int = 0
    full: bool = False
    filed: int = 0
    left: int = 0
    seconds: float = 0.0
    undo_seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


class Scene:
    """The two folders and what was in them; `disk` is the library's."""

    def __init__(self, folder: Path, files: int, seed: int) -> None:
        self.inbox, self.library = folder / "new", folder / "library"
        self.disk = Disk(folder / "library.img", self.library, megabytes=64)
        self.disk.mount()
        self._chance = random.Random(seed)
        self.staying: set[Path] = set()
        for number in range(files):
            self._arrive(number)
        self.before = {path: sha256(path) for path in self.comics()}
        self.pages = Counter(hash_of_pages(path) for path in self.before)

    def comics(self) -> list[Path]:
        """Every comic that lies in the inbox or the library, outside the trash."""
        found = [*self.inbox.rglob("*.cbz"), *self.library.rglob("*.cbz")]
        return [path for path in found if OUR_FOLDER not in path.parts]

    def _arrive(self, number: int) -> None:
        series, issue = f"{NAMES[number % 20]} Tales", number // 20 + 1
        path = self.inbox / f"batch {number % 7}" / f"{series} {issue:03} (2001).cbz"
        self._draw(path)
        filed = self.library / series / f"{series} #{issue:04} (2001).cbz"
        match number % 25:
            case 0:  # a copy has the name
                filed.parent.mkdir(exist_ok=True)
                shutil.copy2(path, filed)
                self.staying.add(path)
            case 5:  # another comic has it
                self._draw(filed)
                self.staying.add(path)
            case 10:  # two arrive that want it; the first of the job gets it
                self.staying.add(self._draw(self.inbox / "late" / path.name))
            case _:
                pass

    def _draw(self, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w") as archive:
            for page in range(3):
                archive.writestr(f"{page:03}.jpg", b"\xff\xd8\xff" + self._chance.randbytes(2000))
        return path

    def fill(self) -> Path:
        """Leave room for about half of what arrives."""
        status = os.statvfs(self.library)
        free = status.f_bavail * status.f_frsize
        coming = sum(path.stat().st_size + 4096 for path in self.inbox.rglob("*.cbz"))
        filler = self.library / "filler.bin"
        filler.write_bytes(bytes(max(0, free - coming // 2)))
        return filler


def ended(services: Services, job: Job, each: Callable[[Job], object]) -> Job:
    """Wait until the job has ended; `each` is called all the time."""
    until = time.monotonic() + PATIENCE_S
    while job.status not in ENDED and time.monotonic() < until:
        time.sleep(POLL_S)
        job = services.manager.get(job.job_id)
        each(job)
    return job


def killing(
    workers: Workers, chance: random.Random, kills: int, files: int
) -> Callable[[Job], int]:
    """Return what kills a worker each time some more files are done; it returns how many."""
    done, next_kill = 0, 1

    def kill(job: Job) -> int:
        nonlocal done, next_kill
        if job.processed_items >= next_kill and done < kills and job.status not in ENDED:
            time.sleep(chance.random() * 0.02)
            workers.kill_one(chance)
            done += 1
            step = max(1.0, (files - job.processed_items) / max(1, kills - done))
            next_kill = job.processed_items + max(1, round(chance.uniform(0.3, 1.1) * step))
        return done

    return kill


def file_all(services: Services, workers: Workers, scene: Scene, report: Report, seed: int) -> Job:
    """File the inbox, with kills and a disk that is full for a while."""
    # In this order the first of two that want one name comes first.
    items = sorted(scene.inbox.rglob("*.cbz"))
    job = services.manager.submit(
        JobRequest("file", list(map(str, items)), validated_params("file", {}))
    )
    filler = scene.fill()
    kill = killing(workers, random.Random(seed), report.kills, len(items))

    def step(now: Job) -> None:
        report.kills = kill(now)
        if filler.exists():
            put_off = services.database.value(
                "SELECT count(*) FROM job_items WHERE job_id = ? AND failures > 0", (job.job_id,)
            )
            report.full = put_off > 0
            if report.full:
                filler.unlink()

    return ended(services, job, step)


def check_filed(services: Services, job: Job, scene: Scene, report: Report) -> None:
    """Compare results, places and contents with what they must be."""
    faults, results = report.faults, list(services.manager.results.in_order(job.job_id))
    items = Counter(result.item for result in results)
    arrived = {str(path) for path in scene.before if path.is_relative_to(scene.inbox)}
    if set(items) != arrived or any(count != 1 for count in items.values()):
        faults.append(f"{sum(items.values())} results for {len(arrived)} comics")
    faults += [f"{one.item}: {one.error}" for one in results if not one.success]
    left = {path for path in scene.comics() if path.is_relative_to(scene.inbox)}
    report.left, report.filed = len(left), len(arrived) - len(left)
    faults += [f"{path} was filed" for path in scene.staying - left]
    faults += [f"{path} was left" for path in left - scene.staying]
    kept = {path for path in scene.before if path.is_relative_to(scene.library)} | left
    faults += [f"{path} was written to" for path in kept if sha256(path) != scene.before[path]]
    if Counter(map(hash_of_pages, scene.comics())) != scene.pages:
        faults.append("some comic is gone, is there twice, or has other pages")
    check_tidy(services, scene, report)


def check_undone(scene: Scene, report: Report) -> None:
    """Every file has the place and the bytes that it had."""
    after = {path: sha256(path) for path in scene.comics()}
    differing = [path for path in scene.before if after.get(path) != scene.before[path]]
    report.faults += [f"{path} is not as it was" for path in differing]
    report.faults += [f"{path} is left over" for path in after.keys() - scene.before.keys()]


def check_tidy(services: Services, scene: Scene, report: Report) -> None:
    for folder in (scene.inbox, scene.library):
        report.faults += [f"{path} is left over" for path in folder.rglob(".*.tmp")]
    if services.journal.open_changes():
        report.faults.append("changes are still open in the journal")


def run(files: int, kills: int, workers: int, seed: int, folder: Path) -> Report:
    """Draw the comics in `folder`, file them, undo that, and check both."""
    report, scene = Report(files=files, kills=kills), Scene(folder, files, seed)
    environment = {
        **os.environ,
        "WATCHED_DIR": f"{scene.inbox}:{scene.library}",
        "CONFIG_DIR": str(folder / "config"),
        "WATCH_MODE": "off",
        "TZ": "UTC",
    }
    services = Services.build(Settings.from_environment(environment))
    pool = Workers(workers, environment)
    try:
        scan = services.manager.submit(
            JobRequest("scan", [str(root) for root in services.roots.paths])
        )
        ended(services, scan, lambda _job: None)
        services.rule_book.assign(FolderChoice(str(scene.inbox), target=str(scene.library)))
        began = time.monotonic()
        job = file_all(services, pool, scene, report, seed)
        report.seconds = round(time.monotonic() - began, 1)
        check_filed(services, job, scene, report)
        began = time.monotonic()
        undo = services.manager.submit(services.requests.undo_job(job.job_id))
        kill = killing(pool, random.Random(seed), max(1, kills // 4), undo.total_items)
        ended(services, undo, kill)
        report.undo_seconds = round(time.monotonic() - began, 1)
        check_undone(scene, report)
        check_tidy(services, scene, report)
    finally:
        pool.stop()
        services.database.close()
        # Only now: amid writes of others, the check may report the search index as damaged.
        sound = services.database.value("PRAGMA integrity_check")
        if sound != "ok":
            report.faults.append(f"the database is damaged: {sound}")
        services.database.close()
        scene.disk.vanish()
    return report


def main() -> None:
    """Read the options, run one storm, print its report."""
    parser = argparse.ArgumentParser(description="Kill workers while an inbox is filed.")
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = run(
            given.files, given.kills, given.workers, given.seed, given.folder or Path(folder)
        )
    print(json.dumps(asdict(report), indent=1))
    sys.exit(1 if report.faults else 0)


if __name__ == "__main__":
    main()

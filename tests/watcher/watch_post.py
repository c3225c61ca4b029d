"""A watcher over a real library, with a clock and signs that tests decide."""

from __future__ import annotations

import os
import random
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event

from benchmarks.named_kinds import NamedKinds

from comicmaintainer.database import SqliteDatabase
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import JobRequest, Trigger
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.journal import Journal
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.scan.library_scan import LibraryScan
from comicmaintainer.library.scan.unsubmitted_files import AwaitedFiles
from comicmaintainer.operations.facts import facts_reader
from comicmaintainer.watcher.coverage import Shortfall
from comicmaintainer.watcher.events import Signs
from comicmaintainer.watcher.leader import LeaderLock
from comicmaintainer.watcher.watcher import Watcher, WatchPolicy
from tests.kit.clock import Clock
from tests.kit.shared_reader import COMICS


class Silence:
    """A source without signs; tests pass signs to the watcher themselves."""

    def signs(self, stop: Event) -> Iterator[Signs]:
        while not stop.is_set():
            yield Signs()


class WatchPost:
    """A library, its catalogue, and a watcher that stores real jobs."""

    def __init__(
        self,
        folder: Path,
        policy: WatchPolicy | None = None,
        *,
        existing_too: bool = False,
        on_shortfall: Callable[[Shortfall | None], object] = lambda _found: None,
    ) -> None:
        self.library = folder / "library"
        self.library.mkdir(exist_ok=True)
        self.clock = Clock(1000.0)
        self.now = Clock(1_700_000_000.0)
        self.database = SqliteDatabase(folder / "config" / "jobs.db")
        self.catalogue = Catalogue(self.database, now=self.now)
        self.journal = Journal(self.database, now=self.now)
        self.manager = JobManager(self.database, NamedKinds(["process"]), now=self.now)
        self.roots = LibraryRoots([self.library])
        self.scan = LibraryScan(
            self.database,
            self.roots,
            facts_reader(COMICS, self.roots),
            now=self.now,
            slow_threads=1,
        )
        self.awaited = AwaitedFiles(self.database, existing_too=existing_too)
        self.watcher = Watcher(
            roots=self.roots,
            catalogue=self.catalogue,
            listing=Listing(self.database),
            awaited=self.awaited,
            scan=self.scan,
            source=Silence(),
            leader=LeaderLock(folder / "config" / "watcher.lock"),
            submit=self.submit,
            policy=policy or WatchPolicy(),
            on_shortfall=on_shortfall,
            now=self.now,
            clock=self.clock,
        )

    def submit(self, paths: Sequence[str]) -> None:
        self.manager.submit(JobRequest("process", paths, trigger=Trigger.WATCHER))

    def jobs(self) -> list[list[str]]:
        """The items of every stored job by their names, the oldest job first."""
        jobs = reversed(self.manager.jobs.page(limit=100))
        return [
            [os.path.basename(item) for _, item, _ in self.manager.results.items(job.job_id)]
            for job in jobs
        ]

    def comic(self, name: str, *, seed: str = "", pages: int = 2) -> Path:
        path = self.library / name
        path.parent.mkdir(parents=True, exist_ok=True)
        source = random.Random(seed or name)
        with zipfile.ZipFile(path, "w") as archive:
            for number in range(pages):
                archive.writestr(f"{number:03}.jpg", source.randbytes(500))
        return path

    def hear(self, *paths: Path) -> None:
        """Let events of these paths arrive."""
        self.watcher.take(Signs(frozenset(map(str, paths))))

    def hear_of_new(self, *paths: Path) -> None:
        """Let the kernel report that these paths were created or moved here."""
        told = frozenset(map(str, paths))
        self.watcher.take(Signs(told, added=told))

    def round(self) -> None:
        """Let the scan of every root be due."""
        self.watcher.take(Signs(rounds=self.roots.paths))

    def rest(self, seconds: float = 60.0) -> None:
        """Let time pass without events."""
        for _ in range(int(seconds)):
            self.clock.at += 1
            self.now.at += 1
            self.watcher.take(Signs())

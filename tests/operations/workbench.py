"""A small library, the real engine, and a worker that runs jobs to their end in this thread."""

from __future__ import annotations

import hashlib
import os
import random
import uuid
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from benchmarks.named_kinds import NamedKinds

from comicmaintainer.comics.metadata import ComicMetadata
from comicmaintainer.comics.naming.name_clashes import place_key
from comicmaintainer.database import Database, SqliteDatabase
from comicmaintainer.errors import ComicMaintainerError, ItemInterrupted
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import (
    ClaimedItem,
    HandIn,
    Job,
    JobRequest,
    JobResult,
    JobStatus,
    Outcome,
)
from comicmaintainer.jobs.peers import Peers
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.duplicates.duplicates import Duplicates
from comicmaintainer.library.folder_writers import FolderWriters
from comicmaintainer.library.journal import Journal
from comicmaintainer.library.kept_parts import KeptParts
from comicmaintainer.library.matches.decision_store import DecisionStore
from comicmaintainer.library.matches.identified_store import IdentifiedStore
from comicmaintainer.library.matches.match_store import MatchStore
from comicmaintainer.library.repeated_pages.page_search import PageSearch
from comicmaintainer.library.repeated_pages.repeated_pages import RepeatedPages
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.scan.library_scan import LibraryScan
from comicmaintainer.library.scan.suspects import Suspects
from comicmaintainer.library.trash import Trash
from comicmaintainer.media_servers.keeping import Keeping
from comicmaintainer.operations.changes.holds import LOCK_NAME, LocalHolds
from comicmaintainer.operations.changes.journal_batch import JournalBatch
from comicmaintainer.operations.comic import read_comic
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.declared.kinds import KINDS
from comicmaintainer.operations.facts import facts_reader
from comicmaintainer.operations.items.catalogue_update import record
from comicmaintainer.operations.items.recovery import Recovery
from comicmaintainer.operations.runners import build_group_runners, build_runners
from comicmaintainer.operations.searched_comics import SearchedComics
from comicmaintainer.sources.sources import Sources
from tests.kit.clock import Clock
from tests.kit.shared_reader import COMICS

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cfc000000301010018dd8db0"
    "0000000049454e44ae426082"
)


class _Died(BaseException):
    """A process that ends at once, whatever would catch an error."""


class Guard:
    """An item guard whose answer a test decides."""

    def __init__(self, answer: Callable[[], None] | None = None) -> None:
        self._answer = answer
        self.asked = 0

    def check(self) -> None:
        self.asked += 1
        if self._answer is not None:
            self._answer()


class Workbench:
    """Everything that a worker process has, over `folder`; its database is SQLite's, or given.

    `more_roots` are watched beside its library.
    """

    def __init__(
        self,
        folder: Path,
        *,
        database: Database | None = None,
        more_roots: Sequence[Path] = (),
        **context: Any,
    ) -> None:
        self.folder = folder
        self.more_roots = more_roots
        self.library = folder / "library"
        self.library.mkdir(exist_ok=True)
        self.clock = Clock()
        self._given = database
        self.database = database or SqliteDatabase(folder / "config" / "jobs.db")
        self.catalogue = Catalogue(self.database, now=self.clock)
        for root in (self.library, *more_roots):
            self.catalogue.add_root(root)
        self.journal = Journal(self.database, now=self.clock)
        self.manager = JobManager(self.database, NamedKinds(KINDS), now=self.clock)
        roots = LibraryRoots([self.library, *more_roots])
        context.setdefault(
            "sources", Sources.build(self.database, {}, answer_days=30, now=self.clock)
        )
        self.matches = MatchStore(self.database, now=self.clock)
        self.decisions = DecisionStore(self.database, now=self.clock)
        self.trash = Trash(roots, now=self.clock)
        self.context = OperationContext(
            roots=roots,
            trash=self.trash,
            duplicates=Duplicates(self.database),
            repeated_pages=RepeatedPages(self.database, now=self.clock),
            page_search=PageSearch(self.database, SearchedComics(COMICS), now=self.clock),
            scan=LibraryScan(
                self.database, roots, facts_reader(COMICS, roots), now=self.clock, slow_threads=1
            ),
            catalogue=self.catalogue,
            journal=self.journal,
            journal_batch=JournalBatch(self.database, now=self.clock),
            peers=Peers(self.database, key=place_key),
            items=self.manager.items,
            results=self.manager.results,
            comics=COMICS,
            matches=self.matches,
            decisions=self.decisions,
            identified=IdentifiedStore(self.database),
            folder_writers=FolderWriters(self.database),
            suspects=Suspects(self.database, folder / "config" / "reading", now=self.clock),
            kept_parts=KeptParts(roots, folder / "config" / "keep"),
            holds=LocalHolds(folder / "config" / LOCK_NAME),
            keeping=Keeping(self.database, now=self.clock, clock=self.clock),
            now=self.clock,
            **context,
        )
        self.recovery = Recovery(self.context)
        self.worker_id = f"worker-{uuid.uuid4().hex}"
        self.manager.workers.register(self.worker_id, "host", os.getpid(), 1, self.clock())

    def another(self, **context: Any) -> Workbench:
        """Return what another worker process has, over the same library and database."""
        return Workbench(self.folder, database=self._given, more_roots=self.more_roots, **context)

    # --- comics ----------------------------------------------------------------------------------

    def comic(self, name: str, xml: str | None = None, *, pages: int = 3, seed: str = "") -> Path:
        """Put a comic into the library; its pages depend on the name, or on the seed."""
        path = self.library / name
        path.parent.mkdir(parents=True, exist_ok=True)
        source = random.Random(seed or name)
        with zipfile.ZipFile(path, "w") as archive:
            for number in range(1, pages + 1):
                archive.writestr(f"page-{number:03}.png", PNG + source.randbytes(3000))
            if xml is not None:
                archive.writestr("ComicInfo.xml", f"<ComicInfo>{xml}</ComicInfo>")
        return path

    def catalogued(self, *paths: Path) -> None:
        """Read the files into the catalogue, as a scan does."""
        for path in paths:
            record(self.context, path)

    def state_of(self, path: Path) -> str | None:
        row = self.catalogue.by_path(path)
        return None if row is None else str(row.state)

    # --- jobs ------------------------------------------------------------------------------------

    def submit(
        self,
        kind: str,
        items: Sequence[Path | str],
        params: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> Job:
        names = [str(item) for item in items]
        return self.manager.submit(JobRequest(kind, names, params or {}, **more), once=False)

    def run(
        self,
        kind: str,
        items: Sequence[Path | str],
        params: Mapping[str, Any] | None = None,
        *,
        guard: Guard | None = None,
        **more: Any,
    ) -> list[JobResult]:
        """Submit a job, work until it has ended, and return its results in the items' order."""
        job = self.submit(kind, items, params, **more)
        self.work(guard)
        assert self.manager.get(job.job_id).status is JobStatus.COMPLETED
        return self.results(job.job_id)

    def results(self, job_id: str) -> list[JobResult]:
        found = self.manager.results.in_order(job_id)
        return sorted(found, key=lambda result: result.seq or 0)

    def work(
        self,
        guard: Guard | None = None,
        wanted: int = 50,
        until: Callable[[], bool] | None = None,
    ) -> None:
        """Run what can be claimed until nothing is left, or `until` says so after a hand-in.

        Items of one job run together where their kind allows it, as in a worker.
        """
        runners, groups = build_runners(self.context), build_group_runners(self.context)
        while claims := self.claim(wanted):
            done = []
            for _, group in groupby(claims, key=lambda claim: claim.job_id):
                outcomes = outcomes_of(runners, groups, list(group), guard or Guard())
                done += [HandIn(claim, outcome, 0.01) for claim, outcome in outcomes]
            self.manager.items.exchange(self.worker_id, done, 0, (), self.clock())
            if until is not None and until():
                return

    def die_at(self, point: str) -> None:
        """Let another process work until it reaches `point`, where it dies; its items are freed."""

        def die(now: str) -> None:
            if now == point:
                raise _Died

        dying = self.another(reached=die)
        with pytest.raises(_Died):
            dying.work()
        self.manager.workers.rescue([dying.worker_id], self.clock())

    def claim(self, wanted: int = 50) -> list[ClaimedItem]:
        _, claims = self.manager.items.exchange(
            self.worker_id, (), wanted, tuple(KINDS), self.clock()
        )
        return claims

    def recover(self) -> int:
        return self.recovery.finish_unheld()

    def finish_stopped(self) -> int:
        return self.recovery.finish_stopped()


def outcomes_of(
    runners: Mapping[str, Any],
    groups: Mapping[str, Any],
    claims: Sequence[ClaimedItem],
    guard: Guard,
) -> list[tuple[ClaimedItem, Outcome]]:
    """What a worker makes of claimed items of one job."""
    kind = claims[0].kind
    if len(claims) == 1 or kind not in groups:
        return [(claim, outcome_of(runners, claim, guard)) for claim in claims]
    results = groups[kind](claims, _SameGuard(guard))
    return [
        (claim, outcome_of(runners, claim, guard) if result is None else _as_outcome(result))
        for claim, result in zip(claims, results, strict=True)
    ]


@dataclass(frozen=True)
class _SameGuard:
    """A group guard that asks one guard for each item."""

    guard: Guard

    def of(self, claim: ClaimedItem) -> Guard:
        return self.guard

    def check(self, claims: Sequence[ClaimedItem]) -> list[ComicMaintainerError | None]:
        answers: list[ComicMaintainerError | None] = []
        for _ in claims:
            try:
                self.guard.check()
                answers.append(None)
            except ComicMaintainerError as error:
                answers.append(error)
        return answers


def _as_outcome(result: Outcome | Exception) -> Outcome:
    if isinstance(result, Outcome):
        return result
    if isinstance(result, ComicMaintainerError) and not isinstance(result, ItemInterrupted):
        return Outcome(False, None, str(result), result.code)
    raise result


def outcome_of(runners: Mapping[str, Any], claim: ClaimedItem, guard: Guard) -> Outcome:
    """What a worker makes of the item: errors of the product become failed outcomes."""
    try:
        return runners[claim.kind](claim, guard)
    except ItemInterrupted:
        raise
    except ComicMaintainerError as error:
        return Outcome(False, None, str(error), error.code)


def details(result: JobResult) -> Mapping[str, Any]:
    """The details of an item that went well."""
    assert result.success, result.error
    assert result.details is not None
    return result.details


def tags(path: Path) -> ComicMetadata:
    return read_comic(COMICS, path).metadata


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def snapshot(folder: Path) -> dict[str, tuple[str, int]]:
    """Every file below `folder` but kept parts: content hash and mtime."""
    return {
        str(path.relative_to(folder)): (sha256(path), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".kept"
    }


def page_bytes(path: Path) -> dict[str, bytes]:
    """The pages of a CBZ, as another program reads them."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist() if name.endswith(".png")}

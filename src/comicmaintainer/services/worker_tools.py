"""Builds what only processes that work on files need: the runners of all kinds, and the worker.

Used by the worker process, and by the command line when no service runs. Loads the image and XML
libraries.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from comicmaintainer.comics.naming.name_clashes import place_key
from comicmaintainer.errors import ComicMaintainerError
from comicmaintainer.filesystem.reliability import vouched_kinds
from comicmaintainer.jobs.engine.hand_in import BACKOFF_S
from comicmaintainer.jobs.engine.worker import Worker
from comicmaintainer.jobs.model import (
    ClaimedItem,
    GroupGuard,
    GroupRunner,
    ItemGuard,
    ItemRunner,
    Outcome,
)
from comicmaintainer.jobs.peers import Peers
from comicmaintainer.library.folder_writers import FolderWriters
from comicmaintainer.library.repeated_pages.page_search import PageSearch
from comicmaintainer.library.scan.library_scan import LibraryScan
from comicmaintainer.library.scan.suspects import Suspects
from comicmaintainer.library.scan.unsubmitted_files import AwaitedFiles
from comicmaintainer.media_servers.keeping import Keeping
from comicmaintainer.operations.changes.holds import LOCK_NAME, LocalHolds
from comicmaintainer.operations.changes.journal_batch import JournalBatch
from comicmaintainer.operations.changes.shared_holds import SharedHolds
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.declared.kinds import LIMITS
from comicmaintainer.operations.fact_processes import open_fact_processes
from comicmaintainer.operations.facts import facts_reader, quick_facts_reader
from comicmaintainer.operations.items.recovery import Recovery
from comicmaintainer.operations.runners import build_group_runners, build_runners
from comicmaintainer.operations.searched_comics import SearchedComics
from comicmaintainer.reading.allowances import ReadingLimits
from comicmaintainer.reading.comic_reader import ComicReader
from comicmaintainer.services import Services
from comicmaintainer.settings import SeriesJson, TagWrite, WatchExisting

COLLECT_AFTER = 10_000
"""How many new objects Python's collector of cycles waits for. By default it waits for 700, which
two or three items make. What belongs to the items of a group lives until its end, so the collector
looked at all of that again and again, and found nothing: 8% of the processor time of `process`."""

OnRetry = Callable[[str, str, float], None]
"""Takes why an item is tried again, the error's code, and the seconds until then."""


@dataclass(frozen=True, slots=True)
class WorkerTools:
    """The tools of one worker process."""

    services: Services
    context: OperationContext
    runners: Mapping[str, ItemRunner]
    group_runners: Mapping[str, GroupRunner]
    recovery: Recovery

    @classmethod
    def build(cls, services: Services) -> WorkerTools:
        """Build the tools from the services of this process, which is going to work on files."""
        gc.set_threshold(COLLECT_AFTER)
        settings, hosts = services.settings, services.host_roots
        suspects = Suspects(services.database, settings.config_dir / "reading", now=services.now)
        limits = ReadingLimits.of(settings)
        comics = ComicReader(limits)
        roots, rules = services.roots, services.rule_book.current
        context = OperationContext(
            roots=roots,
            catalogue=services.catalogue,
            journal=services.journal,
            journal_batch=JournalBatch(services.database, now=services.now, deferred=True),
            trash=services.trash,
            scan=LibraryScan(
                services.database,
                roots,
                suspects.guarded_reader(facts_reader(comics, roots, rules)),
                now=services.now,
                slow_threads=settings.item_threads,
                quick_reader=suspects.guarded_quick_reader(quick_facts_reader(roots, rules)),
                open_processes=lambda: open_fact_processes(limits, roots, suspects.is_known, rules),
                follow_rules=services.shown_by_rules.follow,
            ),
            duplicates=services.duplicates,
            repeated_pages=services.repeated_pages,
            page_search=PageSearch(services.database, SearchedComics(comics), now=services.now),
            peers=Peers(services.database, key=place_key),
            items=services.manager.items,
            results=services.manager.results,
            suspects=suspects,
            comics=comics,
            sources=services.sources.of_worker(
                partial(_hash_of_cover, comics), settings.max_workers
            ),
            matches=services.matches,
            decisions=services.decisions,
            identified=services.identified,
            folder_writers=FolderWriters(services.database),
            keeping=Keeping(services.database, now=services.now),
            writes_series_json=lambda: services.chosen_settings.series_json is SeriesJson.ON,
            kept_parts=services.kept_parts,
            holds=(
                LocalHolds(settings.config_dir / LOCK_NAME)
                if hosts is None
                else SharedHolds(services.database, now=services.now)
            ),
            now=services.now,
            awaited=awaited_files(services) if settings.is_watching else None,
            duplicate_dir=settings.duplicate_dir,
            tag_write=_tag_write(settings.tag_write, is_shared=hosts is not None),
            vouched=vouched_kinds(settings) if hosts is None else frozenset(),
            hard_links=settings.hardlinks,
            rules=rules,
        )
        return cls(
            services,
            context,
            build_runners(context),
            build_group_runners(context),
            Recovery(context) if hosts is None else Recovery(context, is_here=hosts.has),
        )

    def worker(
        self,
        *,
        only_job: str | None = None,
        items_only: bool = False,
        on_retry: OnRetry | None = None,
        on_damage: Callable[[], None] = lambda: None,
    ) -> Worker:
        """Return a worker that is not started yet, of a service or of a command.

        `only_job` keeps that of a command to its job. It is alone, so it runs as many items at once
        as all workers of a service together. `on_retry` is called for items that are tried again
        later, in the threads that run them.
        """
        settings, hosts = self.services.settings, self.services.host_roots
        runners, groups = self.runners, self.group_runners
        if on_retry is not None:
            runners = {name: _reporting_retries(run, on_retry) for name, run in runners.items()}
            groups = {name: _GroupReportingRetries(run, on_retry) for name, run in groups.items()}
        return Worker(
            self.services.database,
            runners,
            group_runners=groups,
            threads=settings.max_workers if only_job is None else settings.item_threads,
            limits=LIMITS,
            only_job=only_job,
            items_only=items_only,
            before_hand_in=self.context.journal_batch.flush,
            before_rescue=self.context.suspects.gather,
            on_damage=on_damage,
            roots_here=tuple if hosts is None else hosts.here,
            now=self.services.now,
        )

    def close(self) -> None:
        """Record that this process ends normally, and end its helper processes."""
        self.context.suspects.close()
        self.context.comics.close()

    def recover(self) -> None:
        """Finish or revert the changes that a crash interrupted.

        The items of dead workers are rescued first, or they would count as held.
        """
        self.services.manager.workforce.rescue(self.context.suspects.gather)
        self.recovery.finish_unheld()


def _tag_write(chosen: TagWrite, *, is_shared: bool) -> TagWrite:
    """Return how tags are written: with several hosts, never in place over a network.

    Another host may read the file at that moment, or finish what this one has begun.
    """
    return TagWrite.AUTO if is_shared and chosen is TagWrite.APPEND else chosen


def _hash_of_cover(comics: ComicReader, content: bytes) -> int:
    """Hash a downloaded cover in a helper process.

    Raises:
        ArchiveError: it is no image, or costs too much to decode.
    """
    return comics.image_hashes(content, name="the cover")[0]


def awaited_files(services: Services) -> AwaitedFiles:
    """Return the files that still need a job; WATCH_EXISTING decides about older ones."""
    existing_too = services.settings.watch_existing is WatchExisting.PROCESS
    return AwaitedFiles(services.database, existing_too=existing_too)


def _reporting_retries(run: ItemRunner, on_retry: OnRetry) -> ItemRunner:
    """Wrap `run` to report failures that are tried again."""

    def runs(claim: ClaimedItem, guard: ItemGuard) -> Outcome:
        try:
            outcome = run(claim, guard)
        except ComicMaintainerError as error:
            _report_retry(claim, error, on_retry)
            raise
        _report_retry(claim, outcome, on_retry)
        return outcome

    return runs


@dataclass(frozen=True, slots=True)
class _GroupReportingRetries:
    """A GroupRunner that reports failures that are tried again."""

    run: GroupRunner
    on_retry: OnRetry

    @property
    def size(self) -> int:
        """See GroupRunner."""
        return self.run.size

    def __call__(
        self, claims: Sequence[ClaimedItem], guard: GroupGuard
    ) -> Sequence[Outcome | Exception | None]:
        """See GroupRunner."""
        results = self.run(claims, guard)
        for claim, result in zip(claims, results, strict=True):
            _report_retry(claim, result, self.on_retry)
        return results


def _report_retry(
    claim: ClaimedItem, result: Outcome | Exception | None, on_retry: OnRetry
) -> None:
    if claim.failures >= len(BACKOFF_S):
        return
    wait_s = BACKOFF_S[claim.failures]
    if isinstance(result, ComicMaintainerError) and result.retryable:
        on_retry(str(result), result.code, wait_s)
    elif isinstance(result, Outcome) and result.retryable and not result.success:
        on_retry(result.error or "", result.code or "", wait_s)

"""What only processes that work on files need: the runners of all kinds, and the worker over them.

Used by the worker process, and by the command line when no service runs. Loads the image and XML
libraries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from comicmaintainer.comics.naming.name_clashes import place_key
from comicmaintainer.errors import ComicMaintainerError
from comicmaintainer.filesystem.kinds import vouched_kinds
from comicmaintainer.jobs.engine.item_store import BACKOFF_S
from comicmaintainer.jobs.engine.worker import Worker
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, ItemRunner, Outcome
from comicmaintainer.jobs.peers import Peers
from comicmaintainer.library.scan.library_scan import LibraryScan
from comicmaintainer.library.scan.suspects import Suspects
from comicmaintainer.library.scan.unsubmitted_files import Awaited
from comicmaintainer.operations.changes.journal_batch import Ledger
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.declared.kinds import LIMITS
from comicmaintainer.operations.facts import facts_reader, quick_facts_reader
from comicmaintainer.operations.items.recovery import bring_home, recover_open_changes
from comicmaintainer.operations.runners import build_runners
from comicmaintainer.reading.allowances import ReadingLimits
from comicmaintainer.reading.comic_reader import ComicReader
from comicmaintainer.services import Services
from comicmaintainer.settings import WatchExisting

PutOff = Callable[[str, str, float], None]
"""Is told why an item is tried again later, the error's code, and in how many seconds."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """The tools of one worker process."""

    services: Services
    context: OperationContext
    runners: Mapping[str, ItemRunner]

    @classmethod
    def build(cls, services: Services) -> Workshop:
        """Build the tools over the services of this process."""
        settings = services.settings
        suspects = Suspects(services.database, settings.config_dir / "reading", now=services.now)
        comics = ComicReader(ReadingLimits.of(settings))
        context = OperationContext(
            roots=services.roots,
            catalogue=services.catalogue,
            journal=services.journal,
            ledger=Ledger(services.database, now=services.now, deferred=True),
            trash=services.trash,
            scan=LibraryScan(
                services.database,
                services.roots,
                suspects.watching(facts_reader(comics, services.roots)),
                now=services.now,
                read_threads=settings.max_workers,
                quick_reader=suspects.watching_at_once(quick_facts_reader(comics, services.roots)),
            ),
            duplicates=services.duplicates,
            peers=Peers(services.database, key=place_key),
            items=services.manager.items,
            results=services.manager.results,
            suspects=suspects,
            comics=comics,
            keep_dir=settings.config_dir / "keep",
            now=services.now,
            awaited=awaited_files(services) if settings.is_watching else None,
            duplicate_dir=settings.duplicate_dir,
            tag_write=settings.tag_write,
            vouched=vouched_kinds(settings),
            hard_links=settings.hardlinks,
        )
        return cls(services, context, build_runners(context))

    def worker(
        self,
        *,
        only_job: str | None = None,
        on_put_off: PutOff | None = None,
        on_damage: Callable[[], None] = lambda: None,
    ) -> Worker:
        """Return a worker that is not started yet; `only_job` keeps it to one job.

        `on_put_off` is told of items that are tried again later, from the threads that run them.
        """
        runners = self.runners
        if on_put_off is not None:
            runners = {name: _telling(run, on_put_off) for name, run in runners.items()}
        return Worker(
            self.services.database,
            runners,
            threads=self.services.settings.max_workers,
            limits=LIMITS,
            only_job=only_job,
            before_hand_in=self.context.ledger.flush,
            on_damage=on_damage,
            now=self.services.now,
        )

    def close(self) -> None:
        """Note that this process ends as it should, and end its helpers."""
        self.context.suspects.close()
        self.context.comics.close()

    def recover(self) -> int:
        """Bring to its end what a crash left half done; return how many changes that were."""
        running = self.services.manager.items.is_running
        return recover_open_changes(self.context, is_running=running)

    def bring_home(self) -> int:
        """Give files a name again that stand aside for a job that was stopped; return how many."""
        return bring_home(self.context, is_running=self.services.manager.items.is_running)


def awaited_files(services: Services) -> Awaited:
    """Return the new files that wait, of which the settings say whether older ones do."""
    existing_too = services.settings.watch_existing is WatchExisting.PROCESS
    return Awaited(services.database, existing_too=existing_too)


def _telling(run: ItemRunner, put_off: PutOff) -> ItemRunner:
    """`run`, which also tells of failures that are tried again."""

    def runs(claim: ClaimedItem, guard: ItemGuard) -> Outcome:
        try:
            outcome = run(claim, guard)
        except ComicMaintainerError as error:
            if error.retryable and claim.failures < len(BACKOFF_S):
                put_off(str(error), error.code, BACKOFF_S[claim.failures])
            raise
        if outcome.retryable and not outcome.success and claim.failures < len(BACKOFF_S):
            put_off(outcome.error or "", outcome.code or "", BACKOFF_S[claim.failures])
        return outcome

    return runs

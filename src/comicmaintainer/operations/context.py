"""The dependencies of every operation: the library's stores, the policies and the clock.

Built once per process by the composition root; tests build their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from comicmaintainer.comics.archives.edits.edit import Edit
from comicmaintainer.comics.archives.edits.planning import NO_PLACES, plan_edit
from comicmaintainer.comics.rules.folder_rules import FolderRules, RulesNow
from comicmaintainer.filesystem.reliability import FilesystemKind
from comicmaintainer.jobs.engine.item_store import ItemStore
from comicmaintainer.jobs.peers import Peers
from comicmaintainer.jobs.result_store import ResultStore
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.duplicates.duplicates import Duplicates
from comicmaintainer.library.folder_writers import FolderWriters
from comicmaintainer.library.journal import Change, Journal
from comicmaintainer.library.kept_parts import KeptParts
from comicmaintainer.library.matches.decision_store import DecisionStore
from comicmaintainer.library.matches.identified_store import IdentifiedStore
from comicmaintainer.library.matches.kept_groups import KeptGroups
from comicmaintainer.library.matches.match_store import MatchStore
from comicmaintainer.library.protected_folders import ProtectedFolders, Protection
from comicmaintainer.library.repeated_pages.page_search import PageSearch
from comicmaintainer.library.repeated_pages.repeated_pages import RepeatedPages
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.scan.library_scan import LibraryScan
from comicmaintainer.library.scan.suspects import Suspects
from comicmaintainer.library.scan.unsubmitted_files import AwaitedFiles
from comicmaintainer.library.trash import Trash
from comicmaintainer.media_servers.keeping import Keeping
from comicmaintainer.operations.changes.holds import Holds
from comicmaintainer.operations.changes.journal_batch import JournalBatch
from comicmaintainer.operations.changes.steps import StepTools
from comicmaintainer.operations.identified_issues import IdentifiedIssues
from comicmaintainer.reading.comic_reader import ComicReader
from comicmaintainer.settings import HardLinks, TagWrite
from comicmaintainer.sources.sources import Sources


def _no() -> bool:
    return False


def _nothing(point: str) -> None:
    del point


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationContext:
    """Dependencies of all operations. Thread-safe.

    `kept_parts` has the folders of what undoing a replaced archive needs, `holds` keeps a copy in
    its place while another one goes. `duplicate_dir` is where duplicates are
    moved, None to only mark them. `vouched` are the kinds of filesystem whose `fsync` a setting
    vouches for. `reached` is called with the name of each point where an item must survive a crash;
    tests kill the process there. `peers` finds other items of a job by their place
    (`name_clashes.place_key`), `results` their results; `items` knows which ones are running.
    `comics` reads comics, `sources` know comics online; `matches`, `decisions` and `identified`
    are about what series and issues files are, `kept_groups` which files are matched together.
    `repeated_pages` are pages that many comics have, which `page_search` finds.
    `folder_writers` knows which item of a job writes what lies beside the comics of a folder;
    `writes_series_json` tells whether identifying them writes a `series.json` there.
    `suspects` are files at which workers have died.
    `rules` returns the rules of folders by which the catalogue shows files without tags.
    `keeping` knows whether media servers have to be read before files change.
    `awaited` is told about new files that a scan finds, None if nothing watches.
    `protection` is what is protected while items are planned together, None to ask each time.
    """

    roots: LibraryRoots
    catalogue: Catalogue
    journal: Journal
    journal_batch: JournalBatch
    trash: Trash
    scan: LibraryScan
    duplicates: Duplicates
    repeated_pages: RepeatedPages
    page_search: PageSearch
    items: ItemStore
    peers: Peers
    results: ResultStore
    suspects: Suspects
    comics: ComicReader
    sources: Sources
    matches: MatchStore
    decisions: DecisionStore
    identified: IdentifiedStore
    folder_writers: FolderWriters
    kept_parts: KeptParts
    holds: Holds
    now: Callable[[], float]
    keeping: Keeping
    awaited: AwaitedFiles | None = None
    duplicate_dir: Path | None = None
    tag_write: TagWrite = TagWrite.AUTO
    vouched: frozenset[FilesystemKind] = frozenset()
    hard_links: HardLinks = HardLinks.COPY
    rules: RulesNow = FolderRules
    reached: Callable[[str], None] = _nothing
    kept_groups: KeptGroups = field(default_factory=KeptGroups)
    writes_series_json: Callable[[], bool] = _no
    protection: Protection | None = None

    @property
    def protected(self) -> ProtectedFolders:
        """The folders whose files are never written, as the journal knows them."""
        return self.journal_batch.protected

    @property
    def identified_issues(self) -> IdentifiedIssues:
        """What is stored of the issues that files were identified as."""
        return IdentifiedIssues(self.catalogue, self.matches, self.decisions, self.sources)

    def require_writable(self, paths: Iterable[Path]) -> None:
        """Refuse files in protected folders, before they are planned.

        Raises:
            FolderProtected.
        """
        (self.protection or self.protected).require(paths)

    @property
    def host(self) -> str | None:
        """What this host is called in previews and in the journal, None if there is no other."""
        return self.journal.host

    def step_tools(self, change: Change | None = None) -> StepTools:
        """Return what the step of a change needs, or one that a crash interrupted."""
        return StepTools(self.kept_parts, self.holds, change)

    def ahead(self, paths: Sequence[str]) -> OperationContext:
        """Return the context for items of these files that are planned together, right now."""
        return replace(
            self,
            catalogue=self.catalogue.ahead(paths),
            journal=self.journal.ahead(paths),
            protection=self.protected.now(),
        )

    def plan_edit(
        self,
        path: Path,
        members: Mapping[str, bytes | None],
        places: Mapping[int, bytes | None] = NO_PLACES,
    ) -> Edit:
        """Decide how the archive gets these members, by the settings; see `planning.plan_edit`."""
        return plan_edit(
            path,
            members,
            places=places,
            policy=self.tag_write,
            vouched=self.vouched,
            hard_links=self.hard_links,
        )

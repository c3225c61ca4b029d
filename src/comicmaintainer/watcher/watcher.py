"""The loop from events to one job for all the files that are new or changed.

    signs → paths that may be comics → at rest → compared with the catalogue → catalogued → one job

A file becomes part of a job if it is new to the catalogue, if its pages changed, or if it could not
be read before. Our own writes leave a row that equals the file, so they cause no job; neither do
files that another program only moved or tagged. New files that a scan job found first are picked
up from its list. Nothing is forgotten because a share dropped (see library/scan). Files that were
there before the first scan of a root began are only catalogued, unless the setting says otherwise;
files that arrive during that scan are new, whether the scan or the kernel notices them first.
"""

from __future__ import annotations

import logging
import os
import stat
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from comicmaintainer.errors import ComicMaintainerError, JobStopped
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.catalogue.model import CatalogueFile, FileState
from comicmaintainer.library.ignored import is_comic_name, is_ignored
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.scan.library_scan import LibraryScan, Listeners
from comicmaintainer.library.scan.unsubmitted_files import AwaitedFiles
from comicmaintainer.watcher.coverage import Shortfall
from comicmaintainer.watcher.events import EventSource, Signs
from comicmaintainer.watcher.leader import Leader
from comicmaintainer.watcher.open_files import is_open_for_writing
from comicmaintainer.watcher.stability import Sight, Stability

logger = logging.getLogger(__name__)

GATHER_S = 10.0
"""How long the first file at rest waits for others, so that many become one job."""
MAX_GATHERED = 10_000
STAND_BY_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchPolicy:
    """The settings of the watcher."""

    stable_after_s: float = 5.0
    left_alone: tuple[Path, ...] = ()
    """Folders inside the roots whose files never become part of a job, such as DUPLICATE_DIR."""


@dataclass(slots=True)
class _Gathered:
    """Paths at rest that will be catalogued and submitted together."""

    paths: dict[str, None] = field(default_factory=dict)
    gone: dict[str, None] = field(default_factory=dict)
    since: float | None = None


class Watcher:
    """Watches the roots and submits jobs; one of several processes leads, the others stand by.

    `submit` stores one job for the given files. `on_shortfall` is called at the start and on
    changes with what keeps the kernel from watching all folders. Noted files for which
    `is_of_others` is true are left to the watchers of other roots. `clock` is monotonic, `now` is
    the clock of the catalogue.
    """

    def __init__(
        self,
        *,
        roots: LibraryRoots,
        catalogue: Catalogue,
        listing: Listing,
        awaited: AwaitedFiles,
        scan: LibraryScan,
        source: EventSource,
        leader: Leader,
        submit: Callable[[Sequence[str]], object],
        policy: WatchPolicy,
        is_of_others: Callable[[Path], bool] = lambda _path: False,
        on_shortfall: Callable[[Shortfall | None], object] = lambda _shortfall: None,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._roots = roots
        self._catalogue = catalogue
        self._listing = listing
        self._awaited = awaited
        self._scan = scan
        self._source = source
        self._leader = leader
        self._submit = submit
        self._policy = policy
        self._is_of_others = is_of_others
        self._on_shortfall = on_shortfall
        self._shortfall: Shortfall | None = None
        self._is_shortfall_reported = False
        self._now = now
        self._clock = clock
        self._stopping = threading.Event()
        self._begin()

    def run(self, stop: threading.Event) -> None:
        """Watch until `stop` is set. Blocks; errors are logged, and the work is tried again."""
        self._stopping = stop
        while not stop.is_set():
            if self._leader.try_to_lead():
                self._lead(stop)
            else:
                stop.wait(STAND_BY_S)

    def _begin(self) -> None:
        """Forget what was seen: another process may have watched meanwhile."""
        self._stability = Stability(self._policy.stable_after_s)
        self._gathered = _Gathered()
        # New files without a job: the rows of `unsubmitted_files` up to the number `read_to`.
        self._fresh: set[str] = set()
        self._read_to = 0
        # Roots whose first scan has just run, and the files that arrived during it.
        self._met: list[Path] = []
        self._came: set[str] = set()

    def _lead(self, stop: threading.Event) -> None:
        """Watch until `stop` is set or another process leads."""
        self._begin()
        try:
            for signs in self._source.signs(stop):
                if stop.is_set() or not self._leader.try_to_lead():
                    break
                try:
                    self.take(signs)
                except JobStopped:
                    break
                except ComicMaintainerError as error:
                    logger.warning("Watching goes on after: %s", error)
        finally:
            self._leader.step_down()

    def take(self, signs: Signs) -> None:
        """Process events, and hand over files that are now at rest."""
        if signs.shortfall != self._shortfall or not self._is_shortfall_reported:
            self._on_shortfall(signs.shortfall)
            self._shortfall, self._is_shortfall_reported = signs.shortfall, True
        self._recall()
        if signs.paths:
            self._remember(self._missed_by_first_scan(signs.added))
            self._note(signs.paths)
        self._met, self._came = [], set()
        for root in signs.rounds:
            self._round(root)
        resting = self._stability.take_at_rest(self._clock(), look)
        if resting.stable or resting.gone:
            self._gather(resting.stable, resting.gone)
        if self._is_time():
            self._hand_over()

    # --- events ----------------------------------------------------------------------------------

    def _recall(self) -> None:
        """Pick up files that a crash kept from becoming a job, or that a scan job found."""
        noted, self._read_to = self._awaited.since(self._read_to)
        unknown = [
            path for path in noted if path not in self._fresh and not self._is_of_others(Path(path))
        ]
        self._awaited.remove(path for path in unknown if self._is_ignored(path))
        waiting = [path for path in unknown if not self._is_ignored(path)]
        self._fresh.update(waiting)
        self._stability.note(waiting, self._clock(), look)

    def _remember(self, paths: Sequence[str]) -> None:
        self._awaited.add(paths)
        self._fresh.update(paths)

    def _forget(self, paths: Iterable[str]) -> None:
        known = self._fresh.intersection(paths)
        self._awaited.remove(known)
        self._fresh -= known

    def _note(self, paths: Iterable[str]) -> None:
        comics: list[str] = []
        for path in paths:
            below = self._comics_at(path)
            if not below and not os.path.lexists(path) and not self._is_ignored(path):
                below = list(self._listing.paths(FileFilter(folder=path)))
            comics += below
        self._stability.note(comics, self._clock(), look)

    def _comics_at(self, path: str) -> list[str]:
        """Return the path itself if it names a comic, or all comics of the folder that it names."""
        if self._is_ignored(path):
            return []
        if is_comic_name(os.path.basename(path)):  # noqa: PTH119 - str paths, thousands a second
            return [path]
        # A folder that was moved in has no events for its files.
        is_folder = os.path.isdir(path)  # noqa: PTH112 - as above
        return [str(comic) for comic in self._comics_below(path)] if is_folder else []

    def _missed_by_first_scan(self, added: Iterable[str]) -> list[str]:
        """Return files of folders that were moved in during a first scan and catalogued by it.

        Their times are old, so the scan considered them there before. Files that it has not
        catalogued yet are noticed anyway.
        """
        folders = [
            path
            for path in added
            if any(Path(path).is_relative_to(root) for root in self._met)
            and not is_comic_name(os.path.basename(path))  # noqa: PTH119 - as above
        ]
        comics = {comic for folder in folders for comic in self._comics_at(folder)}
        return [path for path in comics - self._came if self._catalogue.by_path(path) is not None]

    def _round(self, root: Path) -> None:
        arrived: list[str] = []

        def on_new(paths: Sequence[str], were_there: bool) -> None:
            if self._awaited.wants(were_there=were_there):
                wanted = [path for path in paths if not self._is_ignored(path)]
                self._remember(wanted)
                arrived.extend(wanted)

        report = self._scan.scan_root(root, Listeners(checkpoint=self._checkpoint, on_new=on_new))
        if report.warning is not None:
            logger.warning("%s", report.warning)
        if report.is_first_sight:
            self._met.append(root)
            self._came.update(arrived)
        self._stability.note(arrived, self._clock(), look)

    def _comics_below(self, folder: str) -> Iterable[Path]:
        return LibraryRoots([Path(folder)]).walk(Path(folder))

    def _is_ignored(self, path: str) -> bool:
        """Whether a path is hidden, junk, unfinished, outside, or in an excluded folder."""
        place = Path(path)
        root = self._roots.root_of(place)
        if root is None or any(map(is_ignored, place.relative_to(root).parts)):
            return True
        return any(place.is_relative_to(folder) for folder in self._policy.left_alone)

    def _checkpoint(self) -> None:
        if self._stopping.is_set() or not self._leader.try_to_lead():
            raise JobStopped("the watcher is stopping")

    # --- handing over ----------------------------------------------------------------------------

    def _gather(self, stable: Sequence[str], gone: Sequence[str]) -> None:
        written = [path for path in stable if is_open_for_writing(Path(path))]
        self._stability.note(written, self._clock(), look)
        for path in stable:
            if path not in written:
                self._gathered.paths[path] = None
        self._gathered.gone.update(dict.fromkeys(gone))
        if self._gathered.since is None and (self._gathered.paths or gone):
            self._gathered.since = self._clock()

    def _is_time(self) -> bool:
        """Whether no other file is pending, or the wait for others was long enough."""
        gathered = self._gathered
        if gathered.since is None:
            return False
        is_full = len(gathered.paths) >= MAX_GATHERED
        return is_full or not self._stability or self._clock() - gathered.since >= GATHER_S

    def _hand_over(self) -> None:
        """Catalogue the gathered files and submit one job for those to be processed."""
        gathered = self._gathered
        paths = list(gathered.paths)
        started_at = self._now()
        before = {path: self._catalogue.by_path(path) for path in paths}
        found_by_scan = set(self._fresh)
        self._remember([path for path in paths if before[path] is None])
        changed = [path for path in paths if _differs(before[path], look(path))]
        self._scan.scan_paths(map(Path, [*changed, *gathered.gone]))
        chosen = [
            path
            for path in paths
            if self._is_wanted(path, before[path], started_at, path in found_by_scan)
        ]
        if chosen:
            # They are catalogued now. If the job can't be stored, this list remembers them.
            self._remember(chosen)
            self._submit(chosen)
            logger.info("Files found to process: %d", len(chosen))
        self._forget([*paths, *gathered.gone])
        self._gathered = _Gathered()

    def _is_wanted(
        self, path: str, before: CatalogueFile | None, started_at: float, is_found: bool
    ) -> bool:
        row = self._catalogue.by_path(path)
        if row is None or row.state is not FileState.UNPROCESSED:
            return False
        if is_found:
            return True
        if before is None:
            # A row that is older than the file's name was moved along with the file.
            return row.added_at >= started_at
        return before.state is FileState.FAILED or before.fingerprint != row.fingerprint


def look(path: str) -> Sight | None:
    """Return the state of the regular file at `path`, or None."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    identity = FileIdentity.of_stat(status)
    return Sight(identity.size_bytes, identity.mtime_ns, identity.ino)


def _differs(row: CatalogueFile | None, sight: Sight | None) -> bool:
    if row is None or sight is None:
        return True
    return (row.size_bytes, row.mtime_ns) != (sight.size_bytes, sight.mtime_ns)

"""One scan of one root: walks its folders, records what differs, forgets what is lost last.

Used by library_scan. What differs is gathered in memory and recorded a batch at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.model import SeenFile
from comicmaintainer.library.invalid_names import MAX_NAMED
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.scan.arrivals import Arrivals
from comicmaintainer.library.scan.differences import Differences, Found
from comicmaintainer.library.scan.folder_listing import FolderListing
from comicmaintainer.library.scan.folder_walk import list_folders
from comicmaintainer.library.scan.losses import Losses, suspicion, warning_of
from comicmaintainer.library.scan.moved_files import MovedFiles
from comicmaintainer.library.scan.reading_pool import ReadingPool
from comicmaintainer.library.scan.recorder import RECORD_AT_A_TIME, Recorder
from comicmaintainer.library.scan.scan_report import Listeners, ScanReport, Tally
from comicmaintainer.library.scan.scan_rows import RootRecord, ScanRows

# If at least this share of the library is new, the search index is merged right away.
MIN_SHARE_TO_MERGE = 0.2


class RootScan:
    """Scans one root: all of it, or only some files."""

    def __init__(
        self,
        rows: ScanRows,
        catalogue: Catalogue,
        roots: LibraryRoots,
        pool: ReadingPool,
        root: str,
        root_id: int,
        *,
        listeners: Listeners,
    ) -> None:
        self._rows = rows
        self._catalogue = catalogue
        self._roots = roots
        self._pool = pool
        self._root = root
        self._root_id = root_id
        self._listeners = listeners

    def run(
        self,
        record: RootRecord | None,
        device: int,
        *,
        arrivals: Arrivals | None,
        now: Callable[[], float],
        forget_missing: bool,
    ) -> ScanReport:
        """Look into every folder, record what is new, then forget what is gone.

        `arrivals` is given while the root is scanned for the first time.
        """
        rows, root_id = self._rows, self._root_id
        known_folders = rows.digests(root_id)
        known_files = rows.file_count(root_id)
        tally = Tally()
        recorder = self._recorder(tally, arrivals, knows_others=rows.file_count() > 0)
        walk = _Walk(self._root, Differences(rows), tally, self._listeners)
        for listing in list_folders(self._root, known_folders):
            self._listeners.checkpoint()
            walk.take(listing)
            found = walk.differences.found
            if len(found.fresh) + len(found.altered) >= RECORD_AT_A_TIME:
                recorder.record(walk.differences.hand_over_found())
        recorder.record(walk.differences.hand_over_found())
        recorder.finish()
        removed = 0
        warning = None if forget_missing else suspicion(
            self._root, record, device,
            known_files=known_files,
            listed_files=tally.files,
            left_files=tally.files - tally.added,
            unreadable=walk.unreadable,
        )  # fmt: skip
        if warning is None:
            losses = Losses(root_id, Path(self._root), rows, self._catalogue, self._listeners)
            lost = walk.differences.lost
            removed = losses.forget(lost, known_folders, forget_missing=forget_missing)
            warning = warning_of(lost, walk.unreadable)
        rows.set_unstorable(root_id, tally.unstorable, sorted(walk.unstorable_names))
        rows.finish(root_id, device=device, now_at=now(), warning=warning)
        if tally.added + tally.changed > MIN_SHARE_TO_MERGE * tally.files:
            self._catalogue.merge_search_index(self._listeners.checkpoint)
        return ScanReport(
            self._root, tally.files, tally.added, tally.changed, tally.moved, removed,
            tally.unstorable, tuple(walk.unstorable_names), tuple(walk.unreadable),
            arrivals is not None, warning,
        )  # fmt: skip

    def record(self, files: Sequence[SeenFile]) -> None:
        """Record these files like a scan of their folders."""
        known = self._rows.files_at([file.path for file in files])
        found = Found()
        for file in files:
            found.compare(file, known.get(file.path))
        recorder = self._recorder(Tally(), None, knows_others=True)
        recorder.record(found)
        recorder.finish()

    def _recorder(self, tally: Tally, arrivals: Arrivals | None, *, knows_others: bool) -> Recorder:
        return Recorder(
            self._root,
            self._root_id,
            self._rows,
            self._catalogue,
            self._pool,
            MovedFiles(self._rows, self._catalogue, self._roots),
            self._listeners,
            tally,
            arrivals=arrivals,
            knows_others=knows_others,
        )


class _Walk:
    """Takes the listings of a root's folders: counts them, and passes on those that differ."""

    def __init__(
        self, root: str, differences: Differences, tally: Tally, listeners: Listeners
    ) -> None:
        self.differences = differences
        self.unreadable: list[str] = []
        self.unstorable_names: list[str] = []
        self._root = root
        self._tally = tally
        self._listeners = listeners

    def take(self, listing: FolderListing) -> None:
        tally = self._tally
        tally.folders += 1
        tally.files += listing.file_count
        tally.unstorable += listing.unstorable
        room = MAX_NAMED - len(self.unstorable_names)
        self.unstorable_names += (
            f"{listing.path}/{name}" for name in listing.unstorable_names[:room]
        )
        if listing.error is not None:
            self.unreadable.append(f"{listing.path}: {listing.error}")
        elif listing.digest is None:
            self.differences.lost.folders.append(listing.path)
        elif not listing.is_same:
            self.differences.take(listing)
        if tally.folders % 64 == 0:
            self._listeners.progress(tally.progress(self._root))

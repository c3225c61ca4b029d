"""The incremental scan: updates the catalogue from the disk at little cost.

A folder with an unchanged digest of names, sizes and times costs no query. New and changed files
are read by the given reader; a renamed or moved file is recognised by its inode, or else by its
pages, and keeps its row. Files are never touched, only catalogued.

A root that is gone, or suddenly empty, or on another device without most of its files, is treated
as a share that was disconnected: nothing is forgotten, and the root gets a warning. A scan can be
stopped between any two steps, and run beside others, because a folder's digest is stored last.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path

from comicmaintainer.database import Database
from comicmaintainer.filesystem.identity import FileIdentity, device_of
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.model import CatalogueFile, SeenFile
from comicmaintainer.library.ignored import is_comic_name, is_ignored
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.scan.arrivals import Arrivals
from comicmaintainer.library.scan.folder_state import has_entries
from comicmaintainer.library.scan.mount_points import bare_mount_point
from comicmaintainer.library.scan.reading_pool import (
    FileReader,
    QuickReader,
    ReadingPool,
    ReadingProcesses,
)
from comicmaintainer.library.scan.root_scan import RootScan
from comicmaintainer.library.scan.scan_report import Listeners, ScanProgress, ScanReport
from comicmaintainer.library.scan.scan_rows import RootRecord, ScanRows

__all__ = ["FileReader", "LibraryScan", "Listeners", "ScanProgress", "ScanReport"]


class LibraryScan:
    """Scans `roots` into the catalogue of `database`, reading files with `reader`.

    Files that `quick_reader` can read are recorded while `slow_threads` threads read slower files.
    `open_processes` opens processes for many files, if the machine has room for some.
    `follow_rules` shows files by changed rules; it is given a checkpoint that may stop it.
    """

    def __init__(
        self,
        database: Database,
        roots: LibraryRoots,
        reader: FileReader,
        *,
        now: Callable[[], float],
        slow_threads: int = 4,
        quick_reader: QuickReader | None = None,
        open_processes: Callable[[], ReadingProcesses | None] = lambda: None,
        follow_rules: Callable[[Callable[[], None]], object] = lambda _: None,
    ) -> None:
        self._roots = roots
        self._rows = ScanRows(database)
        self._catalogue = Catalogue(database, now=now)
        self._reader = reader
        self._quick_reader = quick_reader
        self._now = now
        self._slow_threads = slow_threads
        self._open_processes = open_processes
        self._follow_rules = follow_rules

    def scan_root(
        self, root: Path, listeners: Listeners | None = None, *, forget_missing: bool = False
    ) -> ScanReport:
        """Scan one root and return the report.

        `forget_missing` means that the user has confirmed that missing files are really gone.
        """
        path = os.fspath(root)
        root_id = self._catalogue.add_root(path)
        record = self._rows.root(path)
        try:
            device = device_of(root)
        except OSError as error:
            warning = f"{path} can't be reached ({error.strerror}). Its files stay as they were."
            self._rows.warn(root_id, warning)
            is_first_sight = record is None or record.last_scan_at is None
            return ScanReport(path, is_first_sight=is_first_sight, warning=warning)
        arrivals = None if record is None else self._arrivals(record, device)
        listeners = listeners or Listeners()
        with self._pool(listeners) as pool:
            run = RootScan(
                self._rows, self._catalogue, self._roots, pool, path, root_id, listeners=listeners
            )
            report = run.run(
                record, device, arrivals=arrivals, now=self._now, forget_missing=forget_missing
            )
        self._catalogue.check_name_duplicates(listeners.checkpoint)
        self._catalogue.catch_up_lookups(listeners.checkpoint)
        self._catalogue.catch_up_facets(listeners.checkpoint)
        self._catalogue.catch_up_folders(listeners.checkpoint)
        self._follow_rules(listeners.checkpoint)
        return report

    def _pool(self, listeners: Listeners) -> ReadingPool:
        return ReadingPool(
            self._reader,
            self._quick_reader,
            self._open_processes,
            slow_threads=self._slow_threads,
            checkpoint=listeners.checkpoint,
        )

    def _arrivals(self, record: RootRecord, device: int) -> Arrivals | None:
        """The arrivals during the first scan of the root, also one that is resumed.

        This includes a root that was an empty mount point until now.
        """
        was_bare = record.device not in (None, device) and not self._rows.file_count(record.root_id)
        if record.last_scan_at is not None and not was_bare:
            return None
        is_resumed = record.first_scan_at is not None and not was_bare
        began_at = record.first_scan_at if is_resumed else None
        if began_at is None:
            began_at = self._now()
            self._rows.begin(record.root_id, began_at, device)
        return Arrivals(began_at, is_resumed=is_resumed, now=self._now)

    def scan_paths(self, paths: Iterable[Path]) -> None:
        """Update the catalogue from the disk for these files, present or gone."""
        seen: dict[str, list[SeenFile]] = {}
        missing: list[str] = []
        for path in paths:
            root = self._roots.root_of(path)
            if root is None or not _is_comic_below(root, path):
                continue
            file = _seen(path)
            if file is not None:
                seen.setdefault(os.fspath(root), []).append(file)
            elif has_entries(os.fspath(root)) and self.bare_mount_point(path) is None:
                missing.append(os.fspath(path))
        listeners = Listeners()
        with self._pool(listeners) as pool:
            for root_path, files in seen.items():
                root_id = self._catalogue.add_root(root_path)
                run = RootScan(
                    self._rows, self._catalogue, self._roots, pool, root_path, root_id,
                    listeners=listeners,
                )  # fmt: skip
                run.record(files)
        # Last, because a moved file has its row at the new place by now.
        self._catalogue.remove(missing)

    def bare_mount_point(self, path: Path, seen_on: int | None = None) -> Path | None:
        """Return the folder whose missing disk is the reason that `path` is missing, if any.

        `seen_on` is the comic's earlier device, for one that was never scanned.
        """
        return bare_mount_point(self._roots, self._rows, path, seen_on)

    def scan_path(self, path: Path) -> CatalogueFile | None:
        """Read one file into the catalogue; None if it is gone or not a comic of the library."""
        self.scan_paths([path])
        return self._catalogue.by_path(path)


def _is_comic_below(root: Path, path: Path) -> bool:
    below = path.relative_to(root).parts
    return bool(below) and is_comic_name(below[-1]) and not any(map(is_ignored, below[:-1]))


def _seen(path: Path) -> SeenFile | None:
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return SeenFile.of(os.fspath(path), FileIdentity.of_stat(status))

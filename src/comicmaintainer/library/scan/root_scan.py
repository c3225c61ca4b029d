"""One scan of one root: what the listing of its folders means for the catalogue.

Used by scan.py. Gathers in memory what is new, changed or lost, records it a batch at a time, and
forgets last.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from comicmaintainer.filesystem.identity import device_of
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.model import SeenFile
from comicmaintainer.library.ignored import is_ignored
from comicmaintainer.library.invalid_names import MAX_NAMED
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.scan.arrivals import Arrivals
from comicmaintainer.library.scan.folder_listing import FolderListing
from comicmaintainer.library.scan.folder_walk import list_folders
from comicmaintainer.library.scan.reading_pool import ReadingPool
from comicmaintainer.library.scan.scan_rows import KnownFile, RootRecord, ScanRows

RECORD_AT_A_TIME = 500
# When so much of the library is new, its search index is put in order at once.
MIN_SHARE_TO_MERGE = 0.2
# A root with another device that lost more than this share of its files has been swapped.
MAX_LOST_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class ScanProgress:
    """How far a scan of one root is; the numbers only grow."""

    root: str
    folders: int
    files: int
    read: int


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What a scan of one root found. `files` is how many comics lie there now.

    `unstorable` counts names that are no valid UTF-8 (left out), the first of which are the paths
    `unstorable_names`, written so that they can be shown; `unreadable` are folders that could not
    be listed (left as they were). With a `warning` nothing was forgotten.
    """

    root: str
    files: int = 0
    added: int = 0
    changed: int = 0
    moved: int = 0
    removed: int = 0
    unstorable: int = 0
    unstorable_names: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    is_first_sight: bool = False
    warning: str | None = None


def _nothing() -> None:
    """The checkpoint of a scan that nobody stops."""


def _nobody(_: object) -> None:
    """The listener of a scan that nobody watches."""


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who is told how a scan goes: `checkpoint` may raise to stop it, the others only listen.

    `on_new` gets the paths of new files, a batch at a time and before they are catalogued, and
    whether they lay there before the root was first scanned.
    """

    checkpoint: Callable[[], None] = _nothing
    progress: Callable[[ScanProgress], None] = _nobody
    on_new: Callable[[Sequence[str], bool], None] = lambda _paths, _were_there: None


class RootScan:
    """One scan of one root."""

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
        arrivals: Arrivals | None = None,
    ) -> None:
        """`arrivals` is given while the root is scanned for the first time."""
        self._rows = rows
        self._catalogue = catalogue
        self._roots = roots
        self._pool = pool
        self._root = root
        self._root_id = root_id
        self._listeners = listeners
        self._arrivals = arrivals
        self._knows_others = True
        self._healthy: dict[str, bool] = {}
        self._fresh: list[SeenFile] = []
        self._altered: list[SeenFile] = []
        self._renumbered: list[tuple[int, int, str]] = []
        self._listed: list[FolderListing] = []
        self._listed_with_loss: list[FolderListing] = []
        self._known_folders: dict[str, str] = {}
        self._lost_files: list[str] = []
        self._lost_folders: list[str] = []
        self._unreadable: list[str] = []
        self._unstorable: list[str] = []
        self._kept: list[str] = []
        self.folders = self.files = self.read = self.unstorable = 0
        self.added = self.changed = self.moved = self.removed = 0

    # --- the whole way ---------------------------------------------------------------------------

    def run(
        self,
        record: RootRecord | None,
        device: int,
        *,
        now: Callable[[], float],
        forget_missing: bool,
    ) -> ScanReport:
        """Look into every folder, record what is new, then forget what is gone."""
        self._known_folders = self._rows.digests(self._root_id)
        known_files = self._rows.file_count(self._root_id)
        self._knows_others = self._rows.file_count() > 0
        for listing in list_folders(self._root, self._known_folders):
            self._listeners.checkpoint()
            self._take(listing)
            if len(self._fresh) + len(self._altered) >= RECORD_AT_A_TIME:
                self._record()
        self._record()
        warning = None if forget_missing else self._suspicion(record, device, known_files)
        if warning is None:
            self._forget(forget_missing=forget_missing)
            warning = self._warning()
        self._rows.set_unstorable(self._root_id, self.unstorable, sorted(self._unstorable))
        self._rows.finish(self._root_id, device=device, now_at=now(), warning=warning)
        if self.added + self.changed > MIN_SHARE_TO_MERGE * self.files:
            self._catalogue.merge_search_index(self._listeners.checkpoint)
        return ScanReport(
            self._root, self.files, self.added, self.changed, self.moved, self.removed,
            self.unstorable, tuple(self._unstorable), tuple(self._unreadable),
            self._arrivals is not None, warning,
        )  # fmt: skip

    def record(self, files: Sequence[SeenFile]) -> None:
        """Record these files as a scan of their folders would."""
        known = self._rows.files_at([file.path for file in files])
        for file in files:
            self._compare(file, known.get(file.path))
        self._record()

    # --- looking ---------------------------------------------------------------------------------

    def _take(self, listing: FolderListing) -> None:
        self.folders += 1
        self.files += listing.file_count
        self.unstorable += listing.unstorable
        room = MAX_NAMED - len(self._unstorable)
        self._unstorable += (f"{listing.path}/{name}" for name in listing.unstorable_names[:room])
        if listing.error is not None:
            self._unreadable.append(f"{listing.path}: {listing.error}")
        elif listing.digest is None:
            self._lost_folders.append(listing.path)
        elif not listing.is_same:
            self._take_changed(listing)
        if self.folders % 64 == 0:
            self._tell()

    def _take_changed(self, listing: FolderListing) -> None:
        known = self._rows.files_of(listing.path)
        for name, size_bytes, mtime_ns, inode in listing.files:
            path = f"{listing.path}/{name}"
            file = SeenFile(path, size_bytes, mtime_ns, listing.device, inode)
            self._compare(file, known.pop(name, None))
        if not known:
            self._listed.append(listing)
            return
        lost_device = next(iter(known.values())).device
        if not listing.files and not listing.folders and lost_device != listing.device:
            # The bare mount point of a filesystem that is not there.
            self._kept.append(listing.path)
            return
        self._lost_files += [file.path for file in known.values()]
        self._listed_with_loss.append(listing)

    def _compare(self, file: SeenFile, known: KnownFile | None) -> None:
        if known is None:
            self._fresh.append(file)
        elif (known.size_bytes, known.mtime_ns) != (file.size_bytes, file.mtime_ns):
            self._altered.append(file)
        elif (known.device, known.inode) != (file.device, file.inode):
            self._renumbered.append((file.device, file.inode, file.path))

    # --- recording -------------------------------------------------------------------------------

    def _record(self) -> None:
        """Write what has been gathered; the digests of complete folders come last."""
        if self._renumbered:
            self._rows.set_identities(self._renumbered)
        came = self._came(self._fresh)
        fresh = self._without_moved(self._fresh, came)
        for at in range(0, len(fresh), RECORD_AT_A_TIME):
            for read in self._read(fresh[at : at + RECORD_AT_A_TIME]):
                self._record_fresh(read, came)
        for at in range(0, len(self._altered), RECORD_AT_A_TIME):
            for read in self._read(self._altered[at : at + RECORD_AT_A_TIME]):
                self._catalogue.upsert(read)
                self.changed += len(read)
        if self._listed:
            self._rows.set_digests(self._root_id, self._listed)
        self._fresh, self._altered, self._renumbered, self._listed = [], [], [], []

    def _read(self, files: Sequence[SeenFile]) -> Iterator[list[SeenFile]]:
        """Yield the files with their facts; each group is to be recorded before the next."""
        self._listeners.checkpoint()
        for read in self._pool.read(files):
            yield read
            self.read += len(read)
            self._tell()
            self._listeners.checkpoint()

    def _record_fresh(self, read: Sequence[SeenFile], came: set[str]) -> None:
        for file in read:
            if self._may_have_moved(file, came):
                self.moved += self._reclaim(file)
        for were_there in (True, False):
            paths = [file.path for file in read if (file.path not in came) is were_there]
            if paths:
                self._listeners.on_new(paths, were_there)
        self.added += self._catalogue.upsert(read)

    def _came(self, fresh: list[SeenFile]) -> set[str]:
        """Return the paths of the files that were not there before the root was first scanned."""
        paths = [file.path for file in fresh]
        return set(paths) if self._arrivals is None else self._arrivals.among(paths)

    def _may_have_moved(self, file: SeenFile, came: set[str]) -> bool:
        """Tell whether the catalogue may know the file by another path.

        In an empty catalogue only what comes during the first scan can: spared, this costs much.
        """
        return self._knows_others or (self._arrivals is not None and file.path in came)

    def _without_moved(self, fresh: list[SeenFile], came: set[str]) -> list[SeenFile]:
        """Move the rows of files that were renamed, and return those that are really new."""
        moves: list[tuple[str, str]] = []
        taken: set[str] = set()
        rest: list[SeenFile] = []
        for file in fresh:
            if not self._may_have_moved(file, came):
                rest.append(file)
                continue
            old = next(
                (
                    known.path
                    for known in self._rows.by_inode(file.device, file.inode)
                    if (known.size_bytes, known.mtime_ns) == (file.size_bytes, file.mtime_ns)
                    and known.path not in taken
                    and self._is_gone(known.path)
                ),
                None,
            )
            if old is None:
                rest.append(file)
            else:
                taken.add(old)
                moves.append((old, file.path))
        self.moved += self._catalogue.move_many(moves) if moves else 0
        return rest

    def _reclaim(self, file: SeenFile) -> bool:
        """Give the row of a file that has the same pages, and is gone, its new path."""
        fingerprint = file.facts.fingerprint if file.facts is not None else None
        if fingerprint is None or self._catalogue.by_path(file.path) is not None:
            return False
        for known in self._rows.by_fingerprint(fingerprint):
            if self._is_gone(known.path):
                return self._catalogue.move(known.path, file.path)
        return False

    def _is_gone(self, path: str) -> bool:
        """Tell whether the file is missing although its root is there."""
        if os.path.lexists(path):
            return False
        root = self._roots.root_of(Path(path))
        if root is None:
            return False
        name = os.fspath(root)
        if name not in self._healthy:
            self._healthy[name] = has_entries(name)
        return self._healthy[name]

    # --- forgetting ------------------------------------------------------------------------------

    def _suspicion(self, record: RootRecord | None, device: int, known_files: int) -> str | None:
        """Return why what is missing may only be out of reach, None where it is really gone."""
        if not known_files:
            return None
        if self.files == 0 and self._unreadable:
            return f"Nothing in {self._root} can be read ({self._unreadable[0]})."
        if self.files == 0:
            return (
                f"{self._root} is empty, though {known_files} comics were in it: a share that is "
                "not mounted? Nothing was forgotten; scan again when it is back."
            )
        left = self.files - self.added
        is_swapped = record is not None and record.device not in (None, device)
        if is_swapped and left < known_files * (1 - MAX_LOST_SHARE):
            return (
                f"{self._root} is on another device and only {max(0, left)} of {known_files} "
                "comics are still there: another disk? Nothing was forgotten."
            )
        return None

    def _forget(self, *, forget_missing: bool) -> None:
        for at in range(0, len(self._lost_files), RECORD_AT_A_TIME):
            self._listeners.checkpoint()
            batch = self._lost_files[at : at + RECORD_AT_A_TIME]
            self.removed += self._catalogue.remove(
                path for path in batch if not os.path.lexists(path)
            )
        if self._listed_with_loss:
            self._rows.set_digests(self._root_id, self._listed_with_loss)
        # Innermost first, so that a stop in between leaves no folder without the one above.
        for folder in sorted(self._lost_with_all_below(), reverse=True):
            self._listeners.checkpoint()
            if forget_missing or not self._is_unmounted(folder):
                self.removed += self._catalogue.forget_folder(folder)
            else:
                self._kept.append(folder)

    def _lost_with_all_below(self) -> set[str]:
        """Return the folders that are gone, with those that only a link leads to now."""
        lost = {folder for folder in self._lost_folders if not is_folder(folder)}
        if not lost:
            return lost
        found = set(lost)
        # Sorted by their parts, every folder comes right after the one that holds it.
        for folder in sorted(self._known_folders, key=lambda path: path.split("/")):
            if folder.rpartition("/")[0] in found:
                found.add(folder)
        return found

    def _is_unmounted(self, folder: str) -> bool:
        """Tell whether the folder lay on a filesystem whose mount point is bare now."""
        device = self._rows.device_of(folder)
        if device is None:
            return False
        above = Path(folder).parent
        while not is_folder(os.fspath(above)):
            above = above.parent
        return device_of(above) != device and not has_entries(os.fspath(above))

    def _warning(self) -> str | None:
        if self._kept:
            return (
                f"{self._kept[0]} is empty and on another device: a disk that is not mounted? "
                f"What was below it ({len(self._kept)} folders) was not forgotten."
            )
        if self._unreadable:
            return f"{len(self._unreadable)} folders can't be read, first {self._unreadable[0]}."
        return None

    def _tell(self) -> None:
        self._listeners.progress(ScanProgress(self._root, self.folders, self.files, self.read))


def is_folder(path: str) -> bool:
    """Tell whether a folder, and no link to one, is at `path`."""
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


def has_entries(folder: str) -> bool:
    """Tell whether the folder can be read and holds more than hidden and junk names."""
    try:
        with os.scandir(folder) as entries:
            return any(not is_ignored(entry.name) for entry in entries)
    except OSError:
        return False

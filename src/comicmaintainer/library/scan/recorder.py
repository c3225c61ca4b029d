"""Writes what a scan found into the catalogue, several hundred files to a commit.

Files are read before they are recorded; the digests of complete folders come last. Several batches
are read at once, so that rows are written while other processes read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.model import SeenFile
from comicmaintainer.library.scan.arrivals import Arrivals
from comicmaintainer.library.scan.differences import Found
from comicmaintainer.library.scan.folder_listing import FolderListing
from comicmaintainer.library.scan.moved_files import MovedFiles
from comicmaintainer.library.scan.reading_pool import GROUP_SIZE, ReadFile, ReadingPool
from comicmaintainer.library.scan.scan_report import Listeners, Tally
from comicmaintainer.library.scan.scan_rows import ScanRows

RECORD_AT_A_TIME = 500


@dataclass(slots=True)
class _Batch:
    """Files of one batch that are not recorded yet, and the folders that are complete with them.

    `came` are the paths of files that came after the root's first scan had begun.
    """

    came: set[str]
    listed: list[FolderListing]
    left: int


@dataclass(frozen=True, slots=True)
class _Pending:
    """A file that is being read."""

    batch: _Batch
    is_fresh: bool


class Recorder:
    """Records the files of one root, and counts them in `tally`."""

    def __init__(
        self,
        root: str,
        root_id: int,
        rows: ScanRows,
        catalogue: Catalogue,
        pool: ReadingPool,
        moved: MovedFiles,
        listeners: Listeners,
        tally: Tally,
        *,
        arrivals: Arrivals | None,
        knows_others: bool,
    ) -> None:
        """`knows_others` is False in an empty catalogue, which spares looking for moved files."""
        self._root = root
        self._root_id = root_id
        self._rows = rows
        self._catalogue = catalogue
        self._pool = pool
        self._moved = moved
        self._listeners = listeners
        self._tally = tally
        self._arrivals = arrivals
        self._knows_others = knows_others
        self._pending: dict[str, _Pending] = {}

    def record(self, found: Found) -> None:
        """Begin to record what was found, and record what has been read meanwhile."""
        if found.renumbered:
            self._rows.set_identities(found.renumbered)
        came = self._came(found.fresh)
        fresh = self._without_moved(found.fresh, came)
        batch = _Batch(came, found.listed, len(fresh) + len(found.altered))
        for files, is_fresh in ((fresh, True), (found.altered, False)):
            for group in _groups(files):
                self._pending.update((file.path, _Pending(batch, is_fresh)) for file in group)
                self._pool.add(group)
                self._record_read()
        if not (fresh or found.altered):
            self._complete(batch)

    def finish(self) -> None:
        """Record everything that `record` was given."""
        self._record_read(to_the_end=True)

    def _record_read(self, *, to_the_end: bool = False) -> None:
        for read_files in self._pool.read(to_the_end=to_the_end):
            self._write(read_files)
            self._tally.read += sum(facts is not None for _, facts in read_files)
            self._listeners.progress(self._tally.progress(self._root))

    def _write(self, read_files: Sequence[ReadFile]) -> None:
        """Record files; those that are gone by now have no facts, and no row to come."""
        pending = {file.path: self._pending.pop(file.path) for file, _ in read_files}
        seen = [file.with_facts(facts) for file, facts in read_files if facts is not None]
        self._announce([file for file in seen if pending[file.path].is_fresh], pending)
        self._tally.added += self._catalogue.upsert(seen)
        self._tally.changed += sum(not pending[file.path].is_fresh for file in seen)
        for each in pending.values():
            each.batch.left -= 1
            if not each.batch.left:
                self._complete(each.batch)

    def _announce(self, fresh: Sequence[SeenFile], pending: Mapping[str, _Pending]) -> None:
        """Look for the rows that new files had elsewhere, and tell the listeners of the files."""
        came = {file.path for file in fresh if file.path in pending[file.path].batch.came}
        wanted = [file for file in fresh if self._may_have_moved(file, came)]
        self._tally.moved += self._moved.move_by_pages(wanted)
        for were_there in (True, False):
            paths = [file.path for file in fresh if (file.path not in came) is were_there]
            if paths:
                self._listeners.on_new(paths, were_there)

    def _complete(self, batch: _Batch) -> None:
        """Store the digests of a batch's folders, because all their files are recorded."""
        if batch.listed:
            self._rows.set_digests(self._root_id, batch.listed)

    def _came(self, fresh: list[SeenFile]) -> set[str]:
        """Return the paths of the files that came after the root's first scan had begun."""
        paths = [file.path for file in fresh]
        return set(paths) if self._arrivals is None else self._arrivals.among(paths)

    def _may_have_moved(self, file: SeenFile, came: set[str]) -> bool:
        """Whether the catalogue may have the file under another path.

        In an empty catalogue, only files that come during the first scan can have moved.
        """
        return self._knows_others or (self._arrivals is not None and file.path in came)

    def _without_moved(self, fresh: list[SeenFile], came: set[str]) -> list[SeenFile]:
        """Move the rows of renamed files, and return the files that are really new."""
        wanted = [file for file in fresh if self._may_have_moved(file, came)]
        moves = self._moved.former_paths(wanted)
        if not moves:
            return fresh
        self._tally.moved += self._catalogue.move_many(list(moves.items()))
        moved = set(moves.values())
        return [file for file in fresh if file.path not in moved]


def _groups(files: Sequence[SeenFile]) -> Iterator[Sequence[SeenFile]]:
    for at in range(0, len(files), GROUP_SIZE):
        yield files[at : at + GROUP_SIZE]

"""Writes what a scan found into the catalogue, a batch at a time.

Files are read before they are recorded; the digests of complete folders come last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.model import SeenFile
from comicmaintainer.library.scan.arrivals import Arrivals
from comicmaintainer.library.scan.differences import Found
from comicmaintainer.library.scan.moved_files import MovedFiles
from comicmaintainer.library.scan.reading_pool import ReadingPool
from comicmaintainer.library.scan.scan_report import Listeners, Tally
from comicmaintainer.library.scan.scan_rows import ScanRows

RECORD_AT_A_TIME = 500


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

    def record(self, found: Found) -> None:
        """Write what has been found; the digests of complete folders come last."""
        if found.renumbered:
            self._rows.set_identities(found.renumbered)
        came = self._came(found.fresh)
        fresh = self._without_moved(found.fresh, came)
        for read in self._read(fresh):
            self._record_fresh(read, came)
        for read in self._read(found.altered):
            self._catalogue.upsert(read)
            self._tally.changed += len(read)
        if found.listed:
            self._rows.set_digests(self._root_id, found.listed)

    def _read(self, files: Sequence[SeenFile]) -> Iterator[list[SeenFile]]:
        """Yield the files with their facts; each group must be recorded before the next."""
        for at in range(0, len(files), RECORD_AT_A_TIME):
            self._listeners.checkpoint()
            for read in self._pool.read(files[at : at + RECORD_AT_A_TIME]):
                yield read
                self._tally.read += len(read)
                self._listeners.progress(self._tally.progress(self._root))
                self._listeners.checkpoint()

    def _record_fresh(self, read: Sequence[SeenFile], came: set[str]) -> None:
        for file in read:
            if self._may_have_moved(file, came):
                self._tally.moved += self._moved.move_by_pages(file)
        for were_there in (True, False):
            paths = [file.path for file in read if (file.path not in came) is were_there]
            if paths:
                self._listeners.on_new(paths, were_there)
        self._tally.added += self._catalogue.upsert(read)

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
        moves: dict[str, str] = {}
        rest: list[SeenFile] = []
        for file in fresh:
            may_have_moved = self._may_have_moved(file, came)
            former = self._moved.former_path(file, moves) if may_have_moved else None
            if former is None:
                rest.append(file)
            else:
                moves[former] = file.path
        self._tally.moved += self._catalogue.move_many(list(moves.items())) if moves else 0
        return rest

"""The rows of the catalogue: the files, their contents and their states.

Scan, operations and watcher write here; pages read through listing.py. Only files below a known
root are catalogued. Every write runs in one Database.transaction() and updates the search index.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from comicmaintainer.database import Database, Turn
from comicmaintainer.errors import FileMissing
from comicmaintainer.library.catalogue import folder_order, lookups, sort_keys
from comicmaintainer.library.catalogue.folder_rows import FolderTable
from comicmaintainer.library.catalogue.model import (
    FILE_COLUMNS,
    CatalogueFile,
    DuplicateBy,
    FileMark,
    FileState,
    SeenFile,
)
from comicmaintainer.library.catalogue.name_marks import proven_marks
from comicmaintainer.library.catalogue.search_index import SearchIndex
from comicmaintainer.library.catalogue.writer import CatalogueWriter

_GET = f"SELECT {FILE_COLUMNS}, t.tags FROM files f LEFT JOIN file_tags t USING (file_id) WHERE "
_BATCH = 500
MERGE_PAGES = 500
_SPELLINGS_LOOKED_AT = 50
_NUMBERED_ALIKE_LOOKED_AT = 50


class Catalogue:
    """The catalogue in `database`; `now` returns the time for new records."""

    def __init__(self, database: Database, *, now: Callable[[], float]) -> None:
        self._database = database
        self._now = now

    # --- reading ---------------------------------------------------------------------------------

    def get(self, file_id: int) -> CatalogueFile:
        """Return the file with its tags.

        Raises:
            FileMissing: the catalogue does not have the id.
        """
        row = self._database.row(_GET + "f.file_id = ?", (file_id,))
        if row is None:
            raise FileMissing(f"There is no file {file_id} in the catalogue.")
        return CatalogueFile.of_row(row)

    def by_path(self, path: str | os.PathLike[str]) -> CatalogueFile | None:
        """Return the file at `path` with its tags, or None if it is not catalogued."""
        row = self._database.row(_GET + "f.path = ?", (os.fspath(path),))
        return None if row is None else CatalogueFile.of_row(row)

    def ahead(self, paths: Sequence[str]) -> Catalogue:
        """Return the catalogue for items of these files that are planned together, right now.

        It has read their rows in one query, and reads the spellings of a series in a folder once.
        """
        rows = self._database.rows(
            _GET + "f.path IN (SELECT value FROM json_each(?))", (json.dumps(paths),)
        )
        found: dict[str, CatalogueFile | None] = dict.fromkeys(paths)
        found.update((row["path"], CatalogueFile.of_row(row)) for row in rows)
        return _CatalogueAhead(self._database, found, now=self._now)

    def with_tags(self, file_ids: Sequence[int]) -> list[CatalogueFile]:
        """Return those of these files that are catalogued, with their tags, in any order."""
        rows = self._database.rows(
            _GET + "f.file_id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))",
            (json.dumps(list(file_ids)),),
        )
        return [CatalogueFile.of_row(row) for row in rows]

    def ids_at(self, paths: Iterable[str]) -> dict[str, int]:
        """Return the ids of the catalogued files among these paths."""
        paths_json = json.dumps(list(paths))
        rows = self._database.rows(
            "SELECT path, file_id FROM files WHERE path IN (SELECT value FROM json_each(?))",
            (paths_json,),
        )
        return {row["path"]: row["file_id"] for row in rows}

    def in_folder(self, folder: str, *, series: str | None = None) -> list[CatalogueFile]:
        """Return the files directly in a folder with their tags, or only those of one series."""
        only, values = "", [folder]
        if series is not None:
            only, values = " AND f.series_key = ?", [folder, sort_keys.series_key(series)]
        rows = self._database.rows(
            _GET + "f.folder_id = (SELECT folder_id FROM folders WHERE path = ?)"
            f"{only} ORDER BY f.path",
            values,
        )
        return [CatalogueFile.of_row(row) for row in rows]

    def has_folder(self, folder: str) -> bool:
        """Whether a folder is known."""
        sql = "SELECT 1 FROM folders WHERE path = ?"
        return self._database.row(sql, (folder,)) is not None

    def count_in_folder(self, folder: str) -> int:
        """Return how many files are directly in a folder."""
        return int(
            self._database.value(
                "SELECT count(*) FROM files"
                " WHERE folder_id = (SELECT folder_id FROM folders WHERE path = ?)",
                (folder,),
            )
        )

    def spellings_beside(self, path: str | os.PathLike[str], series: str) -> dict[str, int]:
        """Return the spellings of this series by the files beside `path`, with their numbers.

        Reads up to `_SPELLINGS_LOOKED_AT` files, which is enough to decide.
        """
        name = os.fspath(path)
        folder = name.rpartition("/")[0]
        return self._spellings_in(folder, sort_keys.series_key(series)).beside(name)

    def _spellings_in(self, folder: str, key: str) -> _Spellings:
        # Found by the series, since one folder may hold a whole library: hence the plus.
        rows = self._database.rows(
            "SELECT path, series FROM files WHERE sort_key > ? AND sort_key < ? "
            "AND series IS NOT NULL "
            "AND +folder_id = (SELECT folder_id FROM folders WHERE path = ?) LIMIT ? + 0",
            (
                f"{key}{sort_keys.SEPARATOR}", f"{key}{sort_keys.AFTER_SEPARATOR}",
                folder, _SPELLINGS_LOOKED_AT + 1,
            ),
        )  # fmt: skip
        by_path = {row["path"]: row["series"] for row in rows}
        return _Spellings(by_path, Counter(by_path.values()))

    def with_same_number(self, file: CatalogueFile) -> list[str]:
        """Return the paths of other files with the same number in the same series.

        Other spellings of the number ("7", "#7") count in the same volume. Returns up to
        `_NUMBERED_ALIKE_LOOKED_AT` paths.
        """
        first, last = sort_keys.number_range(
            series=file.series or "", volume=file.volume, issue=file.issue
        )
        rows = self._database.rows(
            "SELECT path FROM files WHERE series_key = ?1 AND issue IS NOT DISTINCT FROM ?2 "
            "AND series IS NOT NULL AND file_id <> ?5 "
            "UNION ALL SELECT path FROM files WHERE sort_key > ?3 AND sort_key < ?4 "
            "AND series IS NOT NULL AND file_id <> ?5 LIMIT ?6",
            (
                sort_keys.series_key(file.series or ""), file.issue, first, last, file.file_id,
                _NUMBERED_ALIKE_LOOKED_AT,
            ),
        )  # fmt: skip
        return list(dict.fromkeys(row["path"] for row in rows))

    # --- writing ---------------------------------------------------------------------------------

    def add_root(self, path: str | os.PathLike[str]) -> int:
        """Add the root, unless it is known, and return its id.

        Files below it that belong to an earlier root inside or around it become its own.
        """
        with self._database.transaction(Turn.LIBRARY) as transaction:
            folders = FolderTable(transaction)
            root_id = folders.add_root(os.fspath(path), self._now())
            adopted = folders.adopt(root_id, os.fspath(path))
        for at in range(0, len(adopted), _BATCH):
            with self._database.transaction(Turn.LIBRARY) as transaction:
                SearchIndex(transaction).reindex(adopted[at : at + _BATCH])
        return root_id

    def merge_search_index(self, checkpoint: Callable[[], None] = lambda: None) -> None:
        """Merge the search index into one piece, in small steps; `checkpoint` may stop it between.

        This makes searches several times faster. It pays after many changes; small changes are
        merged as they happen.
        """
        pages = -MERGE_PAGES  # negative: all pieces, not only enough of them
        while True:
            with self._database.transaction(Turn.LIBRARY) as transaction:
                has_more = transaction.dialect.merge_search(transaction, pages)
            if not has_more:
                return
            pages = MERGE_PAGES
            checkpoint()

    def search_documents(self) -> Iterator[tuple[int, str]]:
        """Yield the rows of the search index as they should be, made anew."""
        after = 0
        while rows := self._database.rows(
            "SELECT file_id FROM files WHERE file_id > ? ORDER BY file_id LIMIT ?", (after, _BATCH)
        ):
            with self._database.transaction(Turn.LIBRARY) as transaction:
                index = SearchIndex(transaction)
                documents = index.documents([row["file_id"] for row in rows])
            yield from documents
            after = rows[-1]["file_id"]

    def roots(self) -> list[str]:
        """Return the paths of all known roots, watched or not."""
        return [row["path"] for row in self._database.rows("SELECT path FROM roots ORDER BY path")]

    def forget_root(self, path: str | os.PathLike[str]) -> int:
        """Forget a root that is no longer watched; return how many files it had."""
        row = self._database.row("SELECT root_id FROM roots WHERE path = ?", (os.fspath(path),))
        if row is None:
            return 0
        removed = 0
        while True:
            with self._database.transaction(Turn.LIBRARY) as transaction:
                deleted = transaction.rows(
                    "DELETE FROM files WHERE file_id IN "
                    "(SELECT file_id FROM files WHERE root_id = ? LIMIT ?) RETURNING path",
                    (row["root_id"], _BATCH),
                )
                if not deleted:
                    transaction.execute("DELETE FROM roots WHERE root_id = ?", (row["root_id"],))
                    return removed
                CatalogueWriter(transaction, self._now()).release(
                    [each["path"] for each in deleted]
                )
                removed += len(deleted)

    def forget_folder(self, path: str) -> int:
        """Forget the folder with the files directly in it; return how many files it had."""
        with self._database.transaction(Turn.LIBRARY) as transaction:
            deleted = transaction.rows(
                "DELETE FROM files WHERE folder_id = "
                "(SELECT folder_id FROM folders WHERE path = ?) RETURNING path",
                (path,),
            )
            transaction.execute("DELETE FROM folders WHERE path = ?", (path,))
            CatalogueWriter(transaction, self._now()).release([row["path"] for row in deleted])
            return len(deleted)

    def upsert(
        self,
        seen: Iterable[SeenFile],
        *,
        state: FileState | None = None,
        reason: str | None = None,
    ) -> int:
        """Record files in batches and return how many are new.

        With facts, all columns are set from them; without, only size and times. `state` and
        `reason` are set if given. Otherwise a new file is unprocessed, an unreadable one failed,
        and a known one keeps its state unless its pages changed or it had failed. Files outside
        the known roots are skipped.
        """
        added = 0
        pending = list(seen)
        mark = None if state is None else FileMark(state, reason)
        for at in range(0, len(pending), _BATCH):
            batch = pending[at : at + _BATCH]
            marks = {} if mark is None else {file.path: mark for file in batch}
            with self._database.transaction(Turn.LIBRARY) as transaction:
                added += CatalogueWriter(transaction, self._now()).upsert(batch, marks)
        return added

    def set_state(
        self,
        path: str | os.PathLike[str],
        state: FileState,
        *,
        reason: str | None = None,
        duplicate_of: str | None = None,
        duplicate_by: DuplicateBy | None = None,
        conflict_with: str | None = None,
    ) -> bool:
        """Set the state of the file at `path`; False if it is not catalogued."""
        mark = FileMark(state, reason, duplicate_of, duplicate_by, conflict_with)
        return self.set_marks([(os.fspath(path), mark)]) == 1

    def set_marks(self, marks: Iterable[tuple[str, FileMark]]) -> int:
        """Set the marks of many files, by path; return how many are catalogued."""
        with self._database.transaction(Turn.LIBRARY) as transaction:
            return CatalogueWriter(transaction, self._now()).set_marks(list(marks))

    def check_name_duplicates(self, checkpoint: Callable[[], None] = lambda: None) -> int:
        """Check by their pages the files marked as duplicates by name; return how many.

        `checkpoint` may stop it between two steps.
        """
        decided = 0
        while proven_marks(self._database):
            with self._database.transaction(Turn.LIBRARY) as transaction:
                marks = proven_marks(transaction)
                decided += CatalogueWriter(transaction, self._now()).set_marks(marks)
            checkpoint()
        return decided

    def catch_up_lookups(self, checkpoint: Callable[[], None] = lambda: None) -> int:
        """Store what finds the files of an earlier release by ids and names; return how many.

        `checkpoint` may stop it between two steps.
        """
        looked_at = 0
        while self._database.row("SELECT 1 FROM files_without_lookups LIMIT 1") is not None:
            with self._database.transaction(Turn.LIBRARY) as transaction:
                looked_at += lookups.catch_up(transaction)
            checkpoint()
        return looked_at

    def catch_up_facets(self, checkpoint: Callable[[], None] = lambda: None) -> int:
        """Index anew what an earlier release indexed with fewer facets; return how many files.

        `checkpoint` may stop it between two steps.
        """
        indexed = 0
        while self._database.row("SELECT 1 FROM files_without_facets LIMIT 1") is not None:
            with self._database.transaction(Turn.LIBRARY) as transaction:
                indexed += SearchIndex(transaction).catch_up()
            checkpoint()
        return indexed

    def catch_up_folders(self, checkpoint: Callable[[], None] = lambda: None) -> None:
        """Store by what folders of an earlier release are sorted; see `catch_up_facets`."""
        while folder_order.has_missing_keys(self._database):
            with self._database.transaction(Turn.LIBRARY) as transaction:
                folder_order.catch_up(transaction)
            checkpoint()

    def move(self, old: str | os.PathLike[str], new: str | os.PathLike[str]) -> bool:
        """Give the file its new path, keeping id, state and facts; False if it is unknown.

        A row at the new path can only be out of date, and is removed. Outside the known roots the
        file leaves the catalogue.
        """
        return self.move_many([(os.fspath(old), os.fspath(new))]) == 1

    def move_many(self, moves: Sequence[tuple[str, str]]) -> int:
        """Move several (old, new) in order, in one transaction; return how many were moved."""
        with self._database.transaction(Turn.LIBRARY) as transaction:
            writer = CatalogueWriter(transaction, self._now())
            return sum(writer.move(old, new) for old, new in moves)

    def remove(self, paths: Iterable[str | os.PathLike[str]]) -> int:
        """Forget the files at `paths` and return how many were catalogued."""
        listed = [os.fspath(path) for path in paths]
        removed = 0
        for at in range(0, len(listed), _BATCH):
            batch = listed[at : at + _BATCH]
            with self._database.transaction(Turn.LIBRARY) as transaction:
                removed += len(
                    transaction.rows(
                        "DELETE FROM files WHERE path IN (SELECT value FROM json_each(?)) "
                        "RETURNING file_id",
                        (json.dumps(batch),),
                    )
                )
                CatalogueWriter(transaction, self._now()).release(batch)
        return removed


@dataclass(frozen=True, slots=True)
class _Spellings:
    """How files of a folder spell one series: by path, and how many use each spelling."""

    by_path: dict[str, str]
    files: Counter[str]

    def beside(self, path: str) -> dict[str, int]:
        """Return the spellings of the other files than `path`, with their numbers."""
        beside = dict(self.files)
        own = self.by_path.get(path)
        if own is not None:
            beside[own] -= 1
            if not beside[own]:
                del beside[own]
        return beside


class _CatalogueAhead(Catalogue):
    """The catalogue for files that are planned together, by one thread; see `Catalogue.ahead`."""

    def __init__(
        self,
        database: Database,
        found: dict[str, CatalogueFile | None],
        *,
        now: Callable[[], float],
    ) -> None:
        super().__init__(database, now=now)
        self._found = found
        self._spellings: dict[tuple[str, str], _Spellings] = {}

    def by_path(self, path: str | os.PathLike[str]) -> CatalogueFile | None:
        """See Catalogue.by_path. A row that was read ahead is returned once: it may change."""
        name = os.fspath(path)
        return self._found.pop(name) if name in self._found else super().by_path(name)

    def _spellings_in(self, folder: str, key: str) -> _Spellings:
        known = self._spellings.get((folder, key))
        if known is None:
            known = self._spellings[folder, key] = super()._spellings_in(folder, key)
        return known

"""Files in conflict: other comics have the names that they should get.

Used by the pages, the API and the command line. The files for one name are shown together with the
file that has it, each with its differences from that file. No file is read.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from operator import itemgetter

from comicmaintainer.comics.naming.distinctions import Distinction, NamedComic, distinctions
from comicmaintainer.comics.pages.likeness import Likeness
from comicmaintainer.database import Database, page_keys, paging
from comicmaintainer.library.catalogue.model import FILE_COLUMNS, CatalogueFile, FileState
from comicmaintainer.library.duplicates.near_copies import NearCopies
from comicmaintainer.library.journal import ChangeState, Journal

MAX_PAGE_SIZE = 200
MAX_FILES_SHOWN = 50
"""The number of files shown for one name; `ConflictGroup.count` is that of all."""
_FORMER_NAMES = 5
_FILES = f"SELECT {FILE_COLUMNS}, t.tags FROM files f LEFT JOIN file_tags t USING (file_id) WHERE "


@dataclass(frozen=True, slots=True)
class ConflictingFile:
    """A file whose name another comic has.

    `apart` are its differences from that comic; `likeness` is how much the two look alike, None if
    they don't or were not compared by look.
    """

    file: CatalogueFile
    apart: tuple[Distinction, ...]
    likeness: Likeness | None


@dataclass(frozen=True, slots=True)
class ConflictGroup:
    """The files that should all have the name `path`, and the file that has it.

    `holder` is None if it is not catalogued, for example because it is not a comic.
    """

    path: str
    holder: CatalogueFile | None
    files: tuple[ConflictingFile, ...]
    count: int


class Conflicts:
    """Finds conflicts in the catalogue of `database`; former names come from the journal."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database = database
        self._journal = journal
        self._near = NearCopies(database)

    def groups(
        self, *, after_key: str | None = None, limit: int = 50
    ) -> tuple[tuple[ConflictGroup, ...], str | None]:
        """Return a page of contested names, and the key of the next page.

        Raises:
            InvalidInput: the key is not from this listing.
        """
        limit = max(1, min(limit, MAX_PAGE_SIZE))
        rows = self._database.rows(
            "SELECT conflict_with, count(*) AS files FROM files "
            "WHERE conflict_with IS NOT NULL AND conflict_with > ? "
            "GROUP BY conflict_with ORDER BY conflict_with LIMIT ?",
            (page_keys.path_of(after_key), limit + 1),
        )
        shown, next_key = paging.cut(rows, limit, itemgetter("conflict_with"))
        return tuple(self._group(row["conflict_with"], row["files"]) for row in shown), next_key

    def count(self) -> tuple[int, int]:
        """Return how many names are in conflict, and how many files should get them."""
        row = self._database.rows(
            "SELECT count(DISTINCT conflict_with) AS names, count(*) AS files FROM files "
            "WHERE conflict_with IS NOT NULL"
        )[0]
        return int(row["names"]), int(row["files"])

    def of_file(self, path: str | os.PathLike[str]) -> ConflictGroup | None:
        """Return the conflict of one file: only this file and the one that has the name.

        None if the file is not in conflict or not catalogued.
        """
        rows = self._database.rows(_FILES + "f.path = ?", (os.fspath(path),))
        file = CatalogueFile.of_row(rows[0]) if rows else None
        if file is None or file.state is not FileState.CONFLICT or file.conflict_with is None:
            return None
        holder = self._holder(file.conflict_with)
        return ConflictGroup(file.conflict_with, holder, self._compared([file], holder), 1)

    def _group(self, path: str, count: int) -> ConflictGroup:
        rows = self._database.rows(
            _FILES + "f.conflict_with = ? ORDER BY f.path LIMIT ?", (path, MAX_FILES_SHOWN)
        )
        holder = self._holder(path)
        files = self._compared([CatalogueFile.of_row(row) for row in rows], holder)
        return ConflictGroup(path, holder, files, count)

    def _holder(self, path: str) -> CatalogueFile | None:
        rows = self._database.rows(_FILES + "f.path = ?", (path,))
        return CatalogueFile.of_row(rows[0]) if rows else None

    def _compared(
        self, files: Iterable[CatalogueFile], holder: CatalogueFile | None
    ) -> tuple[ConflictingFile, ...]:
        if holder is None:
            return tuple(ConflictingFile(file, (), None) for file in files)
        other = self._named(holder)
        alike = {near.file.path: near.likeness for near in self._near.group_of(holder.path)}
        return tuple(
            ConflictingFile(file, distinctions(self._named(file), other), alike.get(file.path))
            for file in files
        )

    def _named(self, file: CatalogueFile) -> NamedComic:
        former = [
            os.path.basename(change.path_before)  # noqa: PTH119 - names of many files
            for change in self._journal.history(file.path, limit=4 * _FORMER_NAMES)
            if change.state is ChangeState.APPLIED and change.path_before != change.path_now
        ]
        return NamedComic(
            name=file.name,
            folder=os.path.basename(os.path.dirname(file.path)),  # noqa: PTH119, PTH120
            former_names=tuple(dict.fromkeys(former))[:_FORMER_NAMES],
            tags=file.tags,
            page_count=file.page_count,
        )

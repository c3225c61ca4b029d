"""Finds copies of one comic: exact ones by the fingerprint of their pages, near ones by look.

Several names of one file (hard links, a folder under two mounts) count once, because they are not
copies of each other. near_copies.py compares by look.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from comicmaintainer.database import Database, page_keys, paging
from comicmaintainer.library.catalogue.model import FILE_COLUMNS, CatalogueFile
from comicmaintainer.library.duplicates.best_copy import CopyFacts, Verdict, judge
from comicmaintainer.library.duplicates.near_copies import NearCopies

MAX_PAGE_SIZE = 200
# Only for groups with several names, so that the index decides for all others.
_DISTINCT = (
    "(SELECT count(*) FROM (SELECT DISTINCT g.device, g.inode FROM files g "
    "WHERE g.fingerprint = f.fingerprint) AS files_on_disk)"
)


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Files with the same pages, the one to keep first, and the reason for it."""

    fingerprint: str
    files: tuple[CatalogueFile, ...]
    reason: str


class Duplicates:
    """Finds copies in the catalogue of `database`; `near` has those that look alike."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.near = NearCopies(database)

    def groups(
        self, *, after_key: str | None = None, limit: int = 50
    ) -> tuple[tuple[DuplicateGroup, ...], str | None]:
        """Return a page of groups of files with equal pages, and the key of the next page."""
        limit = max(1, min(limit, MAX_PAGE_SIZE))
        rows = self._database.rows(
            "SELECT fingerprint FROM files f WHERE fingerprint IS NOT NULL AND fingerprint > ? "
            f"GROUP BY fingerprint HAVING count(*) > 1 AND {_DISTINCT} > 1 "
            "ORDER BY fingerprint LIMIT ?",
            (page_keys.bytes_of(after_key), limit + 1),
        )
        shown, next_key = paging.cut(rows, limit, lambda row: row["fingerprint"].hex())
        return tuple(self._group(row["fingerprint"]) for row in shown), next_key

    def paths(self) -> list[str]:
        """Return the paths of all files that are in a group, group by group."""
        rows = self._database.rows(
            "SELECT path FROM files WHERE fingerprint IN ("
            "SELECT fingerprint FROM files f WHERE fingerprint IS NOT NULL "
            f"GROUP BY fingerprint HAVING count(*) > 1 AND {_DISTINCT} > 1) "
            "ORDER BY fingerprint, path"
        )
        return [row["path"] for row in rows]

    def count(self) -> tuple[int, int]:
        """Return the number of groups, and how many files could be deleted."""
        row = self._database.rows(
            "SELECT count(*) AS groups, coalesce(sum(n - 1), 0) AS extra FROM ("
            f"SELECT {_DISTINCT} AS n FROM files f WHERE fingerprint IS NOT NULL "
            "GROUP BY fingerprint HAVING count(*) > 1) AS kinds WHERE n > 1"
        )[0]
        return int(row["groups"]), int(row["extra"])

    def copies_of(self, path: str | os.PathLike[str]) -> list[CatalogueFile]:
        """Return the other files with the same pages as the one at `path`, in any order."""
        rows = self._database.rows(
            f"SELECT {FILE_COLUMNS}, t.tags FROM files f LEFT JOIN file_tags t USING (file_id) "
            "WHERE f.fingerprint = (SELECT fingerprint FROM files WHERE path = ?1) "
            "AND f.path <> ?1",
            (os.fspath(path),),
        )
        return [CatalogueFile.of_row(row) for row in rows]

    def with_pages(self, fingerprint: bytes) -> list[str]:
        """Return the paths of the files whose pages have this fingerprint, in any order."""
        rows = self._database.rows("SELECT path FROM files WHERE fingerprint = ?", (fingerprint,))
        return [row["path"] for row in rows]

    def _group(self, fingerprint: bytes) -> DuplicateGroup:
        rows = self._database.rows(
            f"SELECT {FILE_COLUMNS}, t.tags FROM files f LEFT JOIN file_tags t USING (file_id) "
            "WHERE f.fingerprint = ? LIMIT ?",
            (fingerprint, MAX_PAGE_SIZE),
        )
        files = _without_other_names([CatalogueFile.of_row(row) for row in rows])
        by_path = {file.path: file for file in files}
        verdict = judged(files)
        ranked = tuple(by_path[copy.path] for copy in verdict.ranked)
        return DuplicateGroup(fingerprint.hex(), ranked, verdict.reason)


def _without_other_names(files: list[CatalogueFile]) -> list[CatalogueFile]:
    """Keep only the first name of each file on disk."""
    files_by_inode: dict[tuple[int, int], CatalogueFile] = {}
    for file in sorted(files, key=lambda file: file.path):
        files_by_inode.setdefault((file.device, file.inode), file)
    return list(files_by_inode.values())


def judged(files: list[CatalogueFile]) -> Verdict:
    """Rank files of the catalogue that are copies of each other."""
    return judge([CopyFacts.of_file(file) for file in files])

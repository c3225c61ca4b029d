"""Finds copies of one comic that differ in their bytes, by the look of their pages.

A job stores the hashes of a file's pages, and the file then joins the group of similar files. The
database keeps the groups: triggers remove files that leave the library or whose pages change, and
dissolve a group without two files that differ. Renames, tag writes and rescans keep groups.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comicmaintainer.comics.pages.likeness import ComicPictures, Likeness, likeness
from comicmaintainer.database import Database, Turn, page_keys, paging
from comicmaintainer.library.catalogue.model import FILE_COLUMNS, CatalogueFile
from comicmaintainer.library.duplicates import near_index
from comicmaintainer.library.duplicates.best_copy import CopyFacts, judge

MAX_PAGE_SIZE = 200


@dataclass(frozen=True, slots=True)
class NearFile:
    """One copy, and its likeness to the one that it is compared with.

    `facts` decide whether it is the one to keep; `width` and `height` in pixels are those of the
    page of median size, 0 if unknown; `unreadable` is how many sampled pages can't be decoded.
    """

    file: CatalogueFile
    likeness: Likeness
    has_same_pages: bool
    facts: CopyFacts
    width: int
    height: int
    unreadable: int


@dataclass(frozen=True, slots=True)
class NearGroup:
    """Files that look alike, the one to keep first, each compared with it; and the reason."""

    group_id: int
    files: tuple[NearFile, ...]
    reason: str


class NearCopies:
    """Stores and finds the near copies in the catalogue of `database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def is_known(self, file: CatalogueFile) -> bool:
        """Whether the stored hashes are still valid, so that the file need not be read.

        Undecodable pages may be decodable by now, with the same checksums.
        """
        row = self._database.row(
            "SELECT mtime_ns, unreadable FROM file_pictures WHERE file_id = ?", (file.file_id,)
        )
        return row is not None and (row["unreadable"] == 0 or row["mtime_ns"] == file.mtime_ns)

    def store(self, file: CatalogueFile, pictures: ComicPictures) -> bool:
        """Store the hashes of a file and put it into its group; False if it is not catalogued.

        `file` is the row that the pictures belong to; if the file was written meanwhile, nothing is
        stored.
        """
        with self._database.transaction(Turn.LIBRARY) as transaction:
            row = transaction.row(
                "SELECT page_count, mtime_ns, size_bytes FROM files WHERE file_id = ?",
                (file.file_id,),
            )
            if row is None or (row["mtime_ns"], row["size_bytes"]) != (
                file.mtime_ns,
                file.size_bytes,
            ):
                return False
            transaction.execute("DELETE FROM file_pictures WHERE file_id = ?", (file.file_id,))
            transaction.execute(
                "INSERT INTO file_pictures (file_id, mtime_ns, width, height, unreadable) "
                "VALUES (?, ?, ?, ?, ?)",
                (
                    file.file_id, file.mtime_ns,
                    pictures.width, pictures.height, pictures.unreadable,
                ),
            )  # fmt: skip
            near_index.put(transaction, file.file_id, row["page_count"], pictures.hashes)
            return True

    def groups(
        self, *, after_key: str | None = None, limit: int = 50
    ) -> tuple[tuple[NearGroup, ...], str | None]:
        """Return a page of groups, and the key of the next page."""
        limit = max(1, min(limit, MAX_PAGE_SIZE))
        rows = self._database.rows(
            "SELECT DISTINCT group_id FROM near_members WHERE group_id > ? "
            "ORDER BY group_id LIMIT ?",
            (page_keys.number_of(after_key), limit + 1),
        )
        shown, next_key = paging.cut(rows, limit, lambda row: str(row["group_id"]))
        members = self._members([row["group_id"] for row in shown])
        groups = tuple(
            _group(group_id, group_members) for group_id, group_members in members.items()
        )
        return groups, next_key

    def count(self) -> tuple[int, int]:
        """Return the number of groups, and how many files could be deleted."""
        row = self._database.rows(
            "SELECT count(DISTINCT group_id) AS groups, count(*) AS files FROM near_members"
        )[0]
        return int(row["groups"]), int(row["files"] - row["groups"])

    def has_compared(self) -> bool:
        """Whether any file has been compared."""
        return self._database.row("SELECT 1 FROM file_pictures LIMIT 1") is not None

    def group_of(self, path: str | os.PathLike[str]) -> list[NearFile]:
        """Return the group of `path`, compared with it: first itself, then the most alike.

        Empty if no other file looks like it.
        """
        row = self._database.row(
            "SELECT m.group_id, f.file_id FROM files f JOIN near_members m USING (file_id) "
            "WHERE f.path = ?",
            (os.fspath(path),),
        )
        members = [] if row is None else self._members([row["group_id"]])[row["group_id"]]
        own = [member for member in members if row and member.file.file_id == row["file_id"]]
        if not own:
            return []
        compared = [member.compared_with(own[0]) for member in members]
        first = own[0].file.path
        return sorted(
            compared, key=lambda one: (one.file.path != first, -one.likeness.alike, one.file.path)
        )

    def _members(self, group_ids: Sequence[int]) -> dict[int, list[_Member]]:
        """Return the members of each of the groups, in the order of `group_ids`."""
        rows = self._database.rows(
            f"SELECT {FILE_COLUMNS}, m.group_id, t.tags, p.width, p.height, p.unreadable "
            "FROM near_members m JOIN files f USING (file_id) JOIN file_pictures p USING (file_id) "
            "LEFT JOIN file_tags t USING (file_id) "
            "WHERE m.group_id IN (SELECT CAST(value AS BIGINT) FROM json_each(?)) "
            "ORDER BY m.group_id, m.file_id",
            (json.dumps(list(group_ids)),),
        )
        hashes = near_index.hashes_of(self._database, [row["file_id"] for row in rows])
        members: dict[int, list[_Member]] = defaultdict(list)
        for row in rows:
            members[row["group_id"]].append(_Member.of_row(row, hashes.get(row["file_id"], {})))
        return members


@dataclass(frozen=True, slots=True)
class _Member:
    """A stored file of a group, before any comparison."""

    file: CatalogueFile
    facts: CopyFacts
    hashes: Mapping[int, int]
    width: int
    height: int
    unreadable: int

    @classmethod
    def of_row(cls, row: Any, hashes: Mapping[int, int]) -> _Member:
        file = CatalogueFile.of_row(row)
        width, height, unreadable = row["width"], row["height"], row["unreadable"]
        facts = CopyFacts.of_file(file).with_look(
            pixels=width * height, size_bytes=file.size_bytes, is_damaged=unreadable > 0
        )
        return cls(file, facts, hashes, width, height, unreadable)

    def compared_with(self, other: _Member) -> NearFile:
        own = self.file.fingerprint
        return NearFile(
            file=self.file,
            likeness=likeness(self.hashes, other.hashes),
            has_same_pages=self is other or (own is not None and own == other.file.fingerprint),
            facts=self.facts,
            width=self.width,
            height=self.height,
            unreadable=self.unreadable,
        )


def _group(group_id: int, members: list[_Member]) -> NearGroup:
    verdict = judge([member.facts for member in members])
    by_path = {member.file.path: member for member in members}
    best = by_path[verdict.keep.path]
    ranked = tuple(by_path[copy.path].compared_with(best) for copy in verdict.ranked)
    return NearGroup(group_id, ranked, verdict.reason)

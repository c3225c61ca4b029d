"""Copies of one comic that differ in their files' bytes: found by how their pages look.

A job stores what a file looks like; at that moment the file is put with those that it looks like.
Groups are kept in the database: files that leave the library, or whose pages change, drop out of
theirs by themselves, and what a group needs to be one (two files that differ) is seen to there.
Renames, tag writes and rescans leave groups as they are.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comicmaintainer.comics.likeness import ComicPictures, Likeness, likeness
from comicmaintainer.database import Database
from comicmaintainer.errors import InvalidInput
from comicmaintainer.library import near_index
from comicmaintainer.library.copy_score import CopyFacts, judge
from comicmaintainer.library.model import FILE_COLUMNS, CatalogueFile

MAX_PAGE_SIZE = 200


@dataclass(frozen=True, slots=True)
class NearFile:
    """One copy, and how much it looks like the one that it is compared with.

    `facts` decide whether it is the one to keep; `width` and `height` are those of a middling page
    in pixels, 0 where unknown; `unreadable` is how many of the sampled pages can't be decoded.
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
    """Files that look alike, the one to keep first, each compared with that; and why that one."""

    group_id: int
    files: tuple[NearFile, ...]
    reason: str


class NearCopies:
    """Keeps and finds the near copies in the catalogue of `database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def is_known(self, file: CatalogueFile) -> bool:
        """Whether what is stored still holds, so that the file need not be read.

        Pages that could not be decoded may have been put right since, under the same checksums.
        """
        row = self._database.row(
            "SELECT mtime_ns, unreadable FROM file_pictures WHERE file_id = ?", (file.file_id,)
        )
        return row is not None and (row["unreadable"] == 0 or row["mtime_ns"] == file.mtime_ns)

    def store(self, file: CatalogueFile, pictures: ComicPictures) -> bool:
        """Store what a file looks like and put it into its group; False where it is not known.

        `file` is the row that the pictures belong to: one that was written meanwhile is left.
        """
        with self._database.transaction() as transaction:
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
            (_number(after_key), limit + 1),
        )
        wanted = [row["group_id"] for row in rows[:limit]]
        members: dict[int, list[Any]] = defaultdict(list)
        for row in self._members(wanted):
            members[row["group_id"]].append(row)
        hashes = near_index.hashes_of(
            self._database, [row["file_id"] for rows in members.values() for row in rows]
        )
        groups = tuple(_group(number, members[number], hashes) for number in members)
        return groups, str(wanted[-1]) if len(rows) > limit else None

    def count(self) -> tuple[int, int]:
        """Return how many groups there are and how many files could go."""
        row = self._database.rows(
            "SELECT count(DISTINCT group_id) AS groups, count(*) AS files FROM near_members"
        )[0]
        return int(row["groups"]), int(row["files"] - row["groups"])

    def has_compared(self) -> bool:
        """Whether any file has been looked at."""
        return self._database.row("SELECT 1 FROM file_pictures LIMIT 1") is not None

    def group_of(self, path: str | os.PathLike[str]) -> list[NearFile]:
        """Return the files of the group of `path`, compared with it: itself, then the most alike.

        Empty where it looks like no other file.
        """
        row = self._database.row(
            "SELECT m.group_id, f.file_id FROM files f JOIN near_members m USING (file_id) "
            "WHERE f.path = ?",
            (os.fspath(path),),
        )
        members = [] if row is None else self._members([row["group_id"]])
        own = [each for each in members if row and each["file_id"] == row["file_id"]]
        if not own:
            return []
        hashes = near_index.hashes_of(self._database, [each["file_id"] for each in members])
        compared = [_compared(each, own[0], hashes) for each in members]
        path = own[0]["path"]
        return sorted(
            compared,
            key=lambda near: (near.file.path != path, -near.likeness.alike, near.file.path),
        )

    def _members(self, group_ids: Sequence[int]) -> list[Any]:
        return self._database.rows(
            f"SELECT m.group_id, {FILE_COLUMNS}, t.tags, p.width, p.height, p.unreadable "
            "FROM near_members m JOIN files f USING (file_id) JOIN file_pictures p USING (file_id) "
            "LEFT JOIN file_tags t USING (file_id) "
            "WHERE m.group_id IN (SELECT value FROM json_each(?)) ORDER BY m.group_id, m.file_id",
            (json.dumps(list(group_ids)),),
        )


def _group(group_id: int, rows: list[Any], hashes: Mapping[int, Mapping[int, int]]) -> NearGroup:
    verdict = judge([_copy_facts(row) for row in rows])
    by_path = {row["path"]: row for row in rows}
    best = by_path[verdict.keep.path]
    ranked = tuple(_compared(by_path[copy.path], best, hashes) for copy in verdict.ranked)
    return NearGroup(group_id, ranked, verdict.reason)


def _compared(row: Any, other: Any, hashes: Mapping[int, Mapping[int, int]]) -> NearFile:
    """The file of `row`, compared with that of `other`."""
    is_exact = row["fingerprint"] is not None and row["fingerprint"] == other["fingerprint"]
    return NearFile(
        file=CatalogueFile.of_row(row),
        likeness=likeness(hashes.get(row["file_id"], {}), hashes.get(other["file_id"], {})),
        has_same_pages=is_exact or row["file_id"] == other["file_id"],
        facts=_copy_facts(row),
        width=row["width"],
        height=row["height"],
        unreadable=row["unreadable"],
    )


def _copy_facts(row: Any) -> CopyFacts:
    return CopyFacts.of_file(
        CatalogueFile.of_row(row),
        pixels=row["width"] * row["height"],
        is_damaged=row["unreadable"] > 0,
    )


def _number(key: str | None) -> int:
    if key is None:
        return 0
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        raise InvalidInput("The page key is not one that this listing gave out.")
    return int(key)

"""Copies of one comic: exact by the fingerprint of their pages, near by the hash of their cover.

Near covers are found in SQL: each 64-bit hash is stored in four bands of 16 bits. Two hashes that
differ in at most d bits differ in at most d/4 bits in one of the bands at least, so it is enough
to look up the values that are so close to each band (multi-index hashing: Norouzi, Punjani and
Fleet, "Fast Search in Hamming Space", 2012). What is found so is then compared whole.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from comicmaintainer.database import Database
from comicmaintainer.errors import InvalidInput
from comicmaintainer.library.copy_score import CopyFacts, Verdict, judge
from comicmaintainer.library.model import FILE_COLUMNS, CatalogueFile

BANDS = 4
BAND_BITS = 16
HASH_BITS = BANDS * BAND_BITS
MAX_DISTANCE = 11
# Blank and single-coloured covers hash to nearly all zeros or ones and say nothing.
MIN_TELLING_BITS = 6
# Two comics with one cover but very different lengths are an issue and its collection.
MAX_PAGE_DIFFERENCE = 0.15
MIN_PAGE_DIFFERENCE = 3
MAX_PAGE_SIZE = 200


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Files with the same pages, the one to keep first, and why it."""

    fingerprint: str
    files: tuple[CatalogueFile, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class NearCopy:
    """A file whose cover differs in `distance` of 64 bits."""

    file: CatalogueFile
    distance: int


class Duplicates:
    """Looks for copies in the catalogue of `database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def groups(
        self, *, after_key: str | None = None, limit: int = 50
    ) -> tuple[tuple[DuplicateGroup, ...], str | None]:
        """Return a page of groups of files with equal pages, and the key of the next page."""
        limit = max(1, min(limit, MAX_PAGE_SIZE))
        rows = self._database.rows(
            "SELECT fingerprint FROM files WHERE fingerprint IS NOT NULL AND fingerprint > ? "
            "GROUP BY fingerprint HAVING count(*) > 1 ORDER BY fingerprint LIMIT ?",
            (_bytes(after_key), limit + 1),
        )
        groups = tuple(self._group(row["fingerprint"]) for row in rows[:limit])
        return groups, groups[-1].fingerprint if len(rows) > limit else None

    def count(self) -> tuple[int, int]:
        """Return how many groups there are and how many files could go."""
        row = self._database.rows(
            "SELECT count(*) AS groups, coalesce(sum(n - 1), 0) AS extra FROM ("
            "SELECT count(*) AS n FROM files WHERE fingerprint IS NOT NULL "
            "GROUP BY fingerprint HAVING n > 1)"
        )[0]
        return int(row["groups"]), int(row["extra"])

    def copies_of(self, path: str | os.PathLike[str]) -> list[CatalogueFile]:
        """Return the other files with the same pages as the one at `path`, in no certain order."""
        rows = self._database.rows(
            f"SELECT {FILE_COLUMNS}, t.tags FROM files f LEFT JOIN file_tags t USING (file_id) "
            "WHERE f.fingerprint = (SELECT fingerprint FROM files WHERE path = ?1) "
            "AND f.path <> ?1",
            (os.fspath(path),),
        )
        return [CatalogueFile.of_row(row) for row in rows]

    def set_cover_hash(self, path: str | os.PathLike[str], cover_hash: int | None) -> bool:
        """Store the 64-bit hash of a file's cover (signed or not); False where it is unknown.

        A cover that says nothing is stored but not looked for.
        """
        with self._database.transaction() as transaction:
            row = transaction.row("SELECT file_id FROM files WHERE path = ?", (os.fspath(path),))
            if row is None:
                return False
            file_id = row["file_id"]
            stored = None if cover_hash is None else _signed(cover_hash)
            transaction.execute(
                "UPDATE files SET cover_hash = ? WHERE file_id = ?", (stored, file_id)
            )
            transaction.execute("DELETE FROM cover_bands WHERE file_id = ?", (file_id,))
            if cover_hash is not None and _is_telling(cover_hash):
                transaction.execute_many(
                    "INSERT INTO cover_bands (band, file_id) VALUES (?, ?)",
                    [(band, file_id) for band in _bands(cover_hash)],
                )
            return True

    def near(self, path: str | os.PathLike[str], *, max_distance: int = 10) -> list[NearCopy]:
        """Return other files whose cover looks like that of the file at `path`, nearest first.

        `max_distance` is at most MAX_DISTANCE. Files of a very different length are left out, and
        exact copies are included.
        """
        row = self._database.row(
            "SELECT file_id, cover_hash, page_count FROM files WHERE path = ?", (os.fspath(path),)
        )
        if row is None or row["cover_hash"] is None or not _is_telling(row["cover_hash"]):
            return []
        max_distance = min(max_distance, MAX_DISTANCE)
        probes = list(_probes(row["cover_hash"], max_distance // BANDS))
        candidates = self._database.rows(
            "SELECT DISTINCT f.file_id, f.cover_hash, f.page_count FROM json_each(?) j "
            "CROSS JOIN cover_bands b ON b.band = j.value "
            "CROSS JOIN files f ON f.file_id = b.file_id "
            "WHERE f.file_id <> ? AND f.cover_hash IS NOT NULL",
            (json.dumps(probes), row["file_id"]),
        )
        distances = {}
        for other in candidates:
            distance = ((row["cover_hash"] ^ other["cover_hash"]) & _MASK).bit_count()
            if distance <= max_distance and _is_as_long(row["page_count"], other["page_count"]):
                distances[other["file_id"]] = distance
        return self._near_copies(distances)

    def _near_copies(self, distances: dict[int, int]) -> list[NearCopy]:
        rows = self._database.rows(
            f"SELECT {FILE_COLUMNS}, t.tags FROM files f LEFT JOIN file_tags t USING (file_id) "
            "WHERE f.file_id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(distances)),),
        )
        found = [NearCopy(CatalogueFile.of_row(row), distances[row["file_id"]]) for row in rows]
        return sorted(found, key=lambda near: (near.distance, near.file.path))

    def _group(self, fingerprint: bytes) -> DuplicateGroup:
        rows = self._database.rows(
            f"SELECT {FILE_COLUMNS}, t.tags FROM files f LEFT JOIN file_tags t USING (file_id) "
            "WHERE f.fingerprint = ? LIMIT ?",
            (fingerprint, MAX_PAGE_SIZE),
        )
        files = [CatalogueFile.of_row(row) for row in rows]
        by_path = {file.path: file for file in files}
        verdict = judged(files)
        ranked = tuple(by_path[copy.path] for copy in verdict.ranked)
        return DuplicateGroup(fingerprint.hex(), ranked, verdict.reason)


def judged(files: list[CatalogueFile]) -> Verdict:
    """Rank files of the catalogue that are copies of each other."""
    return judge([CopyFacts.of_file(file) for file in files])


_MASK = (1 << HASH_BITS) - 1
_BAND_MASK = (1 << BAND_BITS) - 1


def _bands(cover_hash: int) -> list[int]:
    """Return the bands as `number of the band << 16 | its bits`."""
    return [
        number << BAND_BITS | (cover_hash >> number * BAND_BITS) & _BAND_MASK
        for number in range(BANDS)
    ]


def _probes(cover_hash: int, radius: int) -> Iterator[int]:
    """Yield every band value that differs in at most `radius` bits from a band of the hash."""
    flips = [
        sum(1 << bit for bit in bits)
        for count in range(radius + 1)
        for bits in combinations(range(BAND_BITS), count)
    ]
    for band in _bands(cover_hash):
        yield from (band ^ flip for flip in flips)


def _is_telling(cover_hash: int) -> bool:
    ones = (cover_hash & _MASK).bit_count()
    return MIN_TELLING_BITS <= ones <= HASH_BITS - MIN_TELLING_BITS


def _is_as_long(first: int | None, second: int | None) -> bool:
    if not first or not second:
        return True
    allowed = max(MIN_PAGE_DIFFERENCE, MAX_PAGE_DIFFERENCE * max(first, second))
    return abs(first - second) <= allowed


def _signed(value: int) -> int:
    value &= _MASK
    return value - (1 << HASH_BITS) if value >> (HASH_BITS - 1) else value


def _bytes(key: str | None) -> bytes:
    try:
        return bytes.fromhex(key or "")
    except ValueError as error:
        raise InvalidInput("The page key is not one that this listing gave out.") from error

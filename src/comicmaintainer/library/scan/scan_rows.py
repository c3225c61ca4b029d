"""The rows that a scan compares with the disk: roots, folder digests, files of a folder.

Used only by scans; every method is one query or one transaction.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from comicmaintainer.database import Database, Turn
from comicmaintainer.library.catalogue.folder_order import folder_key
from comicmaintainer.library.scan.folder_listing import FolderListing

_ROOT = "SELECT root_id, path, device, first_scan_at, last_scan_at FROM roots WHERE path = ?"
_KNOWN = "path, name, size_bytes, mtime_ns, device, inode, state"


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file in the catalogue."""

    path: str
    name: str
    size_bytes: int
    mtime_ns: int
    device: int
    inode: int
    state: str


@dataclass(frozen=True, slots=True)
class RootRecord:
    """A root in the catalogue.

    `first_scan_at` is when its first scan began; `last_scan_at` is None until a scan is complete.
    """

    root_id: int
    path: str
    device: int | None
    first_scan_at: float | None
    last_scan_at: float | None


class ScanRows:
    """The results of earlier scans in `database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def root(self, path: str) -> RootRecord | None:
        """Return the root at `path`, or None if it is unknown."""
        row = self._database.row(_ROOT, (path,))
        return None if row is None else RootRecord(**dict(row))

    def begin(self, root_id: int, now_at: float, device: int) -> None:
        """Note that the first scan of the root begins."""
        with self._database.transaction(Turn.LIBRARY) as transaction:
            transaction.execute(
                "UPDATE roots SET first_scan_at = ?, last_scan_at = NULL, device = ? "
                "WHERE root_id = ?",
                (now_at, device, root_id),
            )

    def file_count(self, root_id: int | None = None) -> int:
        """Return the number of known files of the root, or of all roots."""
        row = self._database.row(
            "SELECT coalesce(sum(files), 0) AS n FROM file_counts WHERE ?1 IS NULL OR root_id = ?1",
            (root_id,),
        )
        return 0 if row is None else int(row["n"])

    def digests(self, root_id: int) -> dict[str, str]:
        """Return the digest of each known folder of the root, "" if it has none yet."""
        rows = self._database.rows("SELECT path, digest FROM folders WHERE root_id = ?", (root_id,))
        return {row["path"]: (row["digest"] or b"").hex() for row in rows}

    def files_of(self, folder: str) -> dict[str, KnownFile]:
        """Return the known files directly in the folder, by name."""
        rows = self._database.rows(
            f"SELECT {_KNOWN} FROM files WHERE folder_id = "
            "(SELECT folder_id FROM folders WHERE path = ?)",
            (folder,),
        )
        return {row["name"]: KnownFile(**dict(row)) for row in rows}

    def files_at(self, paths: Sequence[str]) -> dict[str, KnownFile]:
        """Return the known files among these paths, by path."""
        rows = self._database.rows(
            f"SELECT {_KNOWN} FROM files WHERE path IN (SELECT value FROM json_each(?))",
            (json.dumps(paths),),
        )
        return {row["path"]: KnownFile(**dict(row)) for row in rows}

    def device_of(self, folder: str) -> int | None:
        """Return the device of the folder's files, None if it has none."""
        row = self._database.row(
            "SELECT device FROM files WHERE path > ? || '/' AND path < ? || '0' LIMIT 1",
            (folder, folder),
        )
        return None if row is None else int(row["device"])

    def by_identity(
        self, identities: Sequence[tuple[int, int]]
    ) -> dict[tuple[int, int], list[KnownFile]]:
        """Return the known files with these identities, (device, inode)."""
        wanted = set(identities)
        rows = self._database.rows(
            f"SELECT {_KNOWN} FROM files "
            "WHERE inode IN (SELECT CAST(value AS BIGINT) FROM json_each(?))",
            (json.dumps([inode for _, inode in wanted]),),
        )
        found: dict[tuple[int, int], list[KnownFile]] = {}
        for row in rows:
            identity = (row["device"], row["inode"])
            if identity in wanted:
                found.setdefault(identity, []).append(KnownFile(**dict(row)))
        return found

    def known_fingerprints(self, fingerprints: Collection[bytes]) -> set[bytes]:
        """Return those that some known file has."""
        if not fingerprints:
            return set()
        rows = self._database.rows(
            f"WITH wanted (fingerprint) AS (VALUES {', '.join(['(?)'] * len(fingerprints))}) "
            "SELECT fingerprint FROM wanted "
            "WHERE EXISTS (SELECT 1 FROM files f WHERE f.fingerprint = wanted.fingerprint)",
            tuple(fingerprints),
        )
        return {row["fingerprint"] for row in rows}

    def by_fingerprint(self, fingerprint: bytes, *, limit: int = 20) -> list[KnownFile]:
        """Return known files with the same list of pages."""
        rows = self._database.rows(
            f"SELECT {_KNOWN} FROM files WHERE fingerprint = ? ORDER BY file_id LIMIT ?",
            (fingerprint, limit),
        )
        return [KnownFile(**dict(row)) for row in rows]

    def set_identities(self, files: Iterable[tuple[int, int, str]]) -> None:
        """Set (device, inode) of the files at the given paths."""
        with self._database.transaction(Turn.LIBRARY) as transaction:
            transaction.execute_many("UPDATE files SET device = ?, inode = ? WHERE path = ?", files)

    def set_digests(self, root_id: int, listings: Sequence[FolderListing]) -> None:
        """Store the digests of folders after all their files have been recorded.

        Their subfolders are added in the same transaction. Otherwise, if the scan is stopped now,
        no later scan would list them, because the folder above is unchanged.
        """
        with self._database.transaction(Turn.LIBRARY) as transaction:
            transaction.execute_many(
                "INSERT INTO folders (root_id, path, sort_key, digest) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (path) DO UPDATE SET digest = excluded.digest",
                [
                    (
                        root_id,
                        listing.path,
                        folder_key(listing.path),
                        bytes.fromhex(listing.digest or ""),
                    )
                    for listing in listings
                ],
            )
            transaction.execute_many(
                "INSERT INTO folders (root_id, path, sort_key) VALUES (?, ?, ?) "
                "ON CONFLICT DO NOTHING",
                [
                    (root_id, path, folder_key(path))
                    for listing in listings
                    for path in listing.folders
                ],
            )

    def warn(self, root_id: int, warning: str) -> None:
        """Store with the root why its last scan is unreliable."""
        with self._database.transaction(Turn.LIBRARY) as transaction:
            transaction.execute(
                "UPDATE roots SET warning = ? WHERE root_id = ?", (warning, root_id)
            )

    def set_unstorable(self, root_id: int, count: int, names: Sequence[str]) -> None:
        """Store with the root the names that its last scan skipped."""
        with self._database.transaction(Turn.LIBRARY) as transaction:
            transaction.execute(
                "UPDATE roots SET unstorable = ?1, unstorable_names = ?2 WHERE root_id = ?3 "
                "AND (unstorable <> ?1 OR unstorable_names <> ?2)",
                (count, json.dumps(names, ensure_ascii=False), root_id),
            )

    def finish(self, root_id: int, *, device: int, now_at: float, warning: str | None) -> None:
        """Note that a scan of the root is complete."""
        with self._database.transaction(Turn.LIBRARY) as transaction:
            transaction.execute(
                "UPDATE roots SET device = ?, last_scan_at = ?, warning = ? WHERE root_id = ?",
                (device, now_at, warning, root_id),
            )

"""Which roots this host has, and which host has which, for a library that several hosts share.

A root is here if its mark can be read and is the one that the database knows. Items are given only
to hosts that have their root. Used by workers, by the submission of jobs, and where something would
be wrong of a root that is elsewhere. Times are UTC epoch seconds.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from comicmaintainer import __version__
from comicmaintainer.database import Database, Row, Transaction, Turn
from comicmaintainer.errors import FileMissing, InvalidSetting, StorageError
from comicmaintainer.filesystem.reliability import FilesystemKind, filesystem_of
from comicmaintainer.library import root_marks
from comicmaintainer.library.roots import LibraryRoots

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 10.0
BELIEVED_FOR_S = 3 * LOOK_EVERY_S
"""How long what was seen last is believed. A share that hangs lets no look come to its end."""
FRESH_S = 60.0
"""A host or mount that was seen this long ago is still there."""
_REMOTE = (FilesystemKind.NETWORK, FilesystemKind.FUSE)
_KNOWN = "SELECT root_id, path, uid FROM roots"


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a look found at one root; `filesystem` is None if nothing can be read there."""

    path: str
    mark: str | None
    filesystem: str | None
    is_writable: bool


class HostRoots:
    """The roots of this host in a shared `database`; `roots` are those of its settings."""

    def __init__(
        self,
        database: Database,
        roots: LibraryRoots,
        *,
        now: Callable[[], float],
        clock: Callable[[], float] = time.monotonic,
        local_time: Callable[[], float] = time.time,
    ) -> None:
        """`now` is the server's time, `local_time` that of this host."""
        self._database = database
        self._roots = roots
        self._now = now
        self._clock = clock
        self._local_time = local_time
        self._turn = threading.Lock()
        self._looked_at: float | None = None
        self._here: Mapping[str, int] = {}
        self._logged: dict[str, str] = {}

    # --- this host -------------------------------------------------------------------------------

    def register(self) -> None:
        """Check that this host fits to the others.

        Raises:
            InvalidSetting: another host has its name, or has one of its roots at another path.
            DatabaseError: the database can't be used.
        """
        uid, now = self._host_uid(), self._now()
        with self._database.transaction(Turn.LIBRARY) as transaction:
            row = transaction.row(
                "SELECT uid, seen_at FROM hosts WHERE host = ?", (self._database.host,)
            )
            if row is not None and row["uid"] != uid and row["seen_at"] > now - FRESH_S:
                raise InvalidSetting(
                    f"HOST_NAME: another host called {self._database.host} uses this database. "
                    f"Give each its own name. If this one took its place, wait {FRESH_S:.0f} s."
                )
            self._note_host(transaction, uid, now)
        for path in self._roots.paths:
            other = self._other_place_of(os.fspath(path), root_marks.read(path))
            if other is not None:
                raise InvalidSetting(
                    f"WATCHED_DIR: {path} is the folder that other hosts have at {other}; mount it "
                    "at the same path on all hosts"
                )

    def here(self) -> frozenset[int]:
        """Return the ids of the roots that are here; looks if the last look was a while ago.

        Raises:
            DatabaseError: the database can't be used.
        """
        return frozenset(self._paths_here().values())

    def has(self, path: Path) -> bool:
        """Whether a file or folder belongs to this host: its root is here, or it is in none.

        Raises:
            DatabaseError: the database can't be used.
        """
        here = self._paths_here()
        root = self._root_of(os.fspath(path), self._database.rows(_KNOWN))
        return path.parent.is_dir() if root is None else root["path"] in here

    def should_watch(self, root: Path) -> bool:
        """Whether this host should watch a root: it has it, and none has it on a disk of its own.

        Raises:
            DatabaseError: the database can't be used.
        """
        root_id = self._paths_here().get(os.fspath(root))
        if root_id is None:
            return False
        rows = self._database.rows(
            "SELECT host, filesystem FROM root_mounts WHERE root_id = ? AND seen_at > ?",
            (root_id, self._now() - BELIEVED_FOR_S),
        )
        is_remote = {row["host"]: row["filesystem"] in _REMOTE for row in rows}
        return all(is_remote.values()) or not is_remote.get(self._database.host, True)

    def look(self) -> None:
        """Find out which roots are here, and tell the other hosts.

        Raises:
            DatabaseError: the database can't be used.
        """
        began = self._clock()
        marked = {row["path"] for row in self._database.rows(f"{_KNOWN} WHERE uid IS NOT NULL")}
        seen = [
            _look_at(path, may_mark=os.fspath(path) not in marked) for path in self._roots.paths
        ]
        now = self._now()
        with self._database.transaction(Turn.LIBRARY) as transaction:
            self._note_host(transaction, self._host_uid(), now)
            here = {
                each.path: root_id
                for each in seen
                if (root_id := self._note_root(transaction, each, now)) is not None
            }
            better = {row["root_id"] for row in self._writers_elsewhere(transaction, now)}
        unwritable = {each.path for each in seen if not each.is_writable}
        self._here = {
            path: root_id
            for path, root_id in here.items()
            if path not in unwritable or root_id not in better
        }
        self._looked_at = began

    # --- all hosts -------------------------------------------------------------------------------

    def root_ids(self, items: Iterable[str], places: Mapping[str, str]) -> dict[str, int]:
        """Return the root of each item that lies in one; `places` are the paths of some items."""
        known = self._database.rows(_KNOWN)
        found: dict[str, int] = {}
        for item in items:
            root = self._root_of(places.get(item, item), known)
            if root is not None:
                found[item] = root["root_id"]
        return found

    def elsewhere(self) -> list[str]:
        """Return the roots that other hosts have had, and this one does not have now.

        Raises:
            DatabaseError: the database can't be used.
        """
        rows = self._database.rows(
            "SELECT path, uid FROM roots WHERE uid IS NOT NULL AND EXISTS (SELECT 1"
            " FROM root_mounts m WHERE m.root_id = roots.root_id AND m.host <> ?) ORDER BY path",
            (self._database.host,),
        )
        own = set(map(os.fspath, self._roots.paths))
        return [
            row["path"]
            for row in rows
            if row["path"] not in own or root_marks.read(Path(row["path"])) != row["uid"]
        ]

    @staticmethod
    def _root_of(path: str, known: Iterable[Row]) -> Row | None:
        holding = [
            row for row in known if path == row["path"] or path.startswith(f"{row['path']}/")
        ]
        return max(holding, key=lambda row: len(row["path"]), default=None)

    # --- looking ---------------------------------------------------------------------------------

    def _paths_here(self) -> Mapping[str, int]:
        age_s = self._age_s()
        if age_s is None:
            with self._turn:
                if self._looked_at is None:
                    self.look()
        elif age_s >= LOOK_EVERY_S and self._turn.acquire(blocking=False):
            try:
                self.look()
            finally:
                self._turn.release()
        age_s = self._age_s()
        return self._here if age_s is not None and age_s < BELIEVED_FOR_S else {}

    def _age_s(self) -> float | None:
        return None if self._looked_at is None else self._clock() - self._looked_at

    def _note_host(self, transaction: Transaction, uid: str, now: float) -> None:
        transaction.execute(
            "INSERT INTO hosts (host, uid, seen_at, version, clock_ahead_s)"
            " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (host) DO UPDATE SET"
            " uid = ?2, seen_at = ?3, version = ?4, clock_ahead_s = ?5",
            (self._database.host, uid, now, __version__, self._local_time() - now),
        )

    def _note_root(self, transaction: Transaction, seen: _Seen, now: float) -> int | None:
        """Store what was seen of a root; return its id if it is here."""
        transaction.execute(
            "INSERT INTO roots (path, first_seen_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
            (seen.path, now),
        )
        row = transaction.rows(f"{_KNOWN} WHERE path = ?", (seen.path,))[0]
        reason = self._why_not_here(transaction, row, seen)
        if reason is None and row["uid"] is None and seen.mark is not None:
            transaction.execute(
                "UPDATE roots SET uid = ? WHERE root_id = ?", (seen.mark, row["root_id"])
            )
        if reason != self._logged.get(seen.path):
            if reason is not None:
                logger.warning("%s Its items are left to other hosts.", reason)
            self._logged[seen.path] = reason or ""
        if reason is not None:
            return None
        transaction.execute(
            "INSERT INTO root_mounts (root_id, host, filesystem, writable, seen_at)"
            " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (root_id, host) DO UPDATE SET"
            " filesystem = ?3, writable = ?4, seen_at = ?5",
            (
                row["root_id"], self._database.host, seen.filesystem, int(seen.is_writable), now,
            ),
        )  # fmt: skip
        root_id: int = row["root_id"]
        return root_id

    def _why_not_here(self, transaction: Transaction, row: Row, seen: _Seen) -> str | None:
        if seen.filesystem is None:
            return f"{seen.path} can't be read."
        if row["uid"] is not None:
            if seen.mark == row["uid"]:
                return None
            mark = root_marks.place(Path(seen.path))
            return (
                f"{seen.path} is not the folder that the library knows: its disk or share is not "
                f"mounted, or another one is. (If it is the right one, write "
                f'{{"uid": "{row["uid"]}"}} into {mark}.)'
            )
        other = self._other_place_of(seen.path, seen.mark, transaction)
        if other is None:
            return None
        return f"{seen.path} is the folder that other hosts have at {other}."

    def _other_place_of(
        self, path: str, mark: str | None, transaction: Transaction | None = None
    ) -> str | None:
        rows = (transaction or self._database).rows(
            "SELECT path FROM roots WHERE uid = ? AND path <> ?", (mark, path)
        )
        return rows[0]["path"] if rows else None

    def _writers_elsewhere(self, source: Database | Transaction, now: float) -> list[Row]:
        """Return the roots that other hosts can write in, each with the host."""
        return source.rows(
            "SELECT root_id, host FROM root_mounts"
            " WHERE writable = 1 AND host <> ? AND seen_at > ?",
            (self._database.host, now - FRESH_S),
        )

    def _host_uid(self) -> str:
        """Return what tells this host from another one of its name: it is in its own folder."""
        path = self._database.local_folder / "host.uid"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        except FileExistsError:
            return path.read_text(encoding="ascii")
        with open(descriptor, "w", encoding="ascii") as file:  # noqa: PTH123 - a descriptor
            uid = uuid.uuid4().hex
            file.write(uid)
        return uid


def _look_at(root: Path, *, may_mark: bool) -> _Seen:
    path = os.fspath(root)
    try:
        filesystem = filesystem_of(root)[1]
        with os.scandir(root) as entries:
            has_entries = any(True for _ in entries)
    except (OSError, FileMissing, StorageError):
        return _Seen(path, None, None, is_writable=False)
    is_writable = os.access(root, os.W_OK | os.X_OK)
    mark = root_marks.read(root)
    # An empty folder may be the mount point of a share that is not there yet.
    if mark is None and may_mark and is_writable and has_entries:
        mark = _given(root)
    return _Seen(path, mark, filesystem, is_writable=is_writable)


def _given(root: Path) -> str | None:
    try:
        return root_marks.give(root)
    except StorageError as error:
        logger.warning("%s can't be marked: %s", root, error)
        return None

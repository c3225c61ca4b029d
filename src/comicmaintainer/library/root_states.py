"""The state of each root: last scan, warnings, skipped names, and whether it is still watched.

Used by the pages, `doctor`, the command line and the maintenance. The catalogue keeps the files of
a root that is no longer watched for `KEEP_UNWATCHED_S`, so that a mistake in the settings is
harmless; then, or earlier on request, the root is forgotten. A watched root is never forgotten,
even if its disk is missing. Journal and undo do not need the catalogue.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from comicmaintainer.audit import Action
from comicmaintainer.audit.audit_log import record
from comicmaintainer.database import Database, Turn
from comicmaintainer.database.stored_values import stored_json
from comicmaintainer.errors import Conflict, NotFound
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.roots import LibraryRoots

DAY_S = 86400.0
KEEP_UNWATCHED_S = 30 * DAY_S
MOUNTED_WITHIN_S = DAY_S
"""A root that another host had this long ago is watched: that host may be switched off."""
NAMED_IN_A_REMARK = 3
MOST_FOLDERS = 200


@dataclass(frozen=True, slots=True)
class RootState:
    """One root of the catalogue; `forget_at` is when it will be forgotten, None for never.

    `unstorable` counts the names that are not valid UTF-8; the first of them are
    `unstorable_names`, in printable form.
    """

    path: str
    files: int
    size_bytes: int
    is_watched: bool
    last_scan_at: float | None
    warning: str | None
    forget_at: float | None
    unstorable: int
    unstorable_names: tuple[str, ...]

    def unstorable_remark(self) -> str | None:
        """One sentence about the skipped names, None if there are none."""
        if not self.unstorable:
            return None
        names = ", ".join(self.unstorable_names[:NAMED_IN_A_REMARK])
        more = self.unstorable - min(NAMED_IN_A_REMARK, len(self.unstorable_names))
        rest = f" and {more:,} more" if more else ""
        return f"Names that are not valid UTF-8 are left out of the library: {names}{rest}."


class RootStates:
    """The roots in the catalogue, compared with `roots`, the watched ones.

    In a library that several hosts share, a root that any of them has is watched.
    """

    def __init__(
        self,
        database: Database,
        catalogue: Catalogue,
        roots: LibraryRoots,
        *,
        now: Callable[[], float],
    ) -> None:
        self._database = database
        self._catalogue = catalogue
        self._roots = roots
        self._now = now

    def all(self) -> list[RootState]:
        """Return all roots, by path."""
        rows = self._database.rows(
            "SELECT r.path, r.last_scan_at, r.unwatched_at, r.warning, r.unstorable,"
            " r.unstorable_names, coalesce(sum(c.files), 0) AS files, "
            "coalesce(sum(c.size_bytes), 0) AS size_bytes "
            "FROM roots r LEFT JOIN file_counts c USING (root_id) "
            "GROUP BY r.root_id ORDER BY r.path"
        )
        others = self._watched_elsewhere()
        return [self._state(row, others) for row in rows]

    def note_watched(self) -> None:
        """Note the roots that are no longer watched, with the time, and those that are again."""
        others = self._watched_elsewhere()
        with self._database.transaction(Turn.LIBRARY) as transaction:
            for row in transaction.rows("SELECT path, unwatched_at FROM roots"):
                since_at = row["unwatched_at"]
                if self._is_watched(row["path"], others) != (since_at is None):
                    transaction.execute(
                        "UPDATE roots SET unwatched_at = ? WHERE path = ?",
                        (self._now() if since_at is None else None, row["path"]),
                    )

    def forget_expired(self) -> int:
        """Forget the roots whose time has expired; return how many files they had.

        Without any watched folder, on any host, nothing is forgotten, because the setting may just
        be missing.
        """
        if not self._roots.paths and not self._watched_elsewhere():
            return 0
        expired = [
            root.path
            for root in self.all()
            if root.forget_at is not None and root.forget_at <= self._now()
        ]
        return sum(map(self.forget, expired))

    def forget(self, path: str) -> int:
        """Forget a root that is no longer watched; return how many files it had.

        Raises:
            NotFound: the catalogue does not have the root.
            Conflict: it is watched.
        """
        if path not in self._catalogue.roots():
            raise NotFound(f"The catalogue knows no watched folder {path}.")
        if self._is_watched(path, self._watched_elsewhere()):
            raise Conflict(
                f"{path} is watched: take it out of WATCHED_DIR first. What is missing from it is "
                "forgotten by a scan with --forget-missing."
            )
        for root in self._roots.paths:
            # Watched folders inside it keep their rows, even before their own first scan.
            if root.is_relative_to(path):
                self._catalogue.add_root(root)
        forgotten = self._catalogue.forget_root(path)
        with self._database.transaction(Turn.LIBRARY) as transaction:
            record(
                transaction,
                Action.ROOT_FORGOTTEN,
                path,
                now=self._now(),
                details={"files": forgotten},
            )
        return forgotten

    def top_folders(self) -> list[str]:
        """Return the folders with comics directly in the watched ones, at most MOST_FOLDERS.

        Of several watched folders, these themselves as well.
        """
        found = [str(root) for root in self._roots.paths] if len(self._roots.paths) > 1 else []
        for root in self._roots.paths:
            start = len(f"{root}/") + 1
            rows = self._database.rows(
                "SELECT DISTINCT substr(rest, 1, instr(rest || '/', '/') - 1) AS top FROM"
                " (SELECT substr(f.path, ?) AS rest FROM folders f JOIN roots r USING (root_id)"
                " WHERE r.path = ?) AS below WHERE rest <> '' ORDER BY top LIMIT ?",
                (start, str(root), MOST_FOLDERS),
            )
            found += [f"{root}/{row['top']}" for row in rows]
        return found[:MOST_FOLDERS]

    def _state(self, row: object, others: Collection[str]) -> RootState:
        values = dict(row)  # type: ignore[call-overload]
        is_watched = self._is_watched(values["path"], others)
        since_at = values["unwatched_at"]
        forget_at = None if is_watched or since_at is None else since_at + KEEP_UNWATCHED_S
        return RootState(
            path=values["path"],
            files=values["files"],
            size_bytes=values["size_bytes"],
            is_watched=is_watched,
            last_scan_at=values["last_scan_at"],
            warning=values["warning"],
            forget_at=forget_at,
            unstorable=values["unstorable"],
            unstorable_names=_names(values["unstorable_names"]),
        )

    def _is_watched(self, path: str, others: Collection[str]) -> bool:
        return path in others or self._roots.root_of(Path(os.path.normpath(path))) is not None

    def _watched_elsewhere(self) -> set[str]:
        if not self._database.is_shared:
            return set()
        rows = self._database.rows(
            "SELECT DISTINCT path FROM roots JOIN root_mounts USING (root_id)"
            " WHERE host <> ? AND seen_at > ?",
            (self._database.host, self._now() - MOUNTED_WITHIN_S),
        )
        return {row["path"] for row in rows}


def _names(stored: str) -> tuple[str, ...]:
    names = stored_json(stored)
    return tuple(map(str, names)) if isinstance(names, list) else ()

"""Folders whose files are never written (SQL).

A file in a protected folder, however deep, is read but never changed, moved or replaced, and
nothing is moved to it. `Protection.require` is the one guard: items are refused by it before they
are planned, and JournalBatch asks it again for every intent, without which no file is touched.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from comicmaintainer.audit import Action
from comicmaintainer.audit.audit_log import record
from comicmaintainer.database import Database, Turn
from comicmaintainer.errors import Conflict, FolderProtected, InvalidInput, NotFound

MAX_FOLDERS = 1000


@dataclass(frozen=True, slots=True)
class ProtectedFolder:
    """A folder whose files are never written, since `since_at` (UTC epoch seconds)."""

    folder: str
    since_at: float


@dataclass(frozen=True, slots=True)
class Protection:
    """The folders that are protected at one moment."""

    folders: tuple[Path, ...] = ()

    def protecting(self, path: Path) -> str | None:
        """Return the protected folder that `path` is in, or is itself; None if there is none."""
        if not self.folders:
            return None
        # The name itself may be a link that is about to be replaced: its folder counts.
        real = Path(os.path.realpath(path.parent), path.name)
        return next((str(one) for one in self.folders if real.is_relative_to(one)), None)

    def require(self, paths: Iterable[Path]) -> None:
        """Check that all these files may be written.

        Raises:
            FolderProtected: one is in a protected folder, which the message names.
        """
        if not self.folders:
            return
        for path in paths:
            folder = self.protecting(path)
            if folder is not None:
                raise FolderProtected(
                    f"it is in {folder}, which is protected: files there are never written",
                    path=path,
                )


class ProtectedFolders:
    """The folders that are never written. Read anew each time, so that a change counts at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[ProtectedFolder]:
        """Return the protected folders by path."""
        rows = self._database.rows("SELECT folder, since_at FROM protected_folders ORDER BY folder")
        return [ProtectedFolder(row["folder"], row["since_at"]) for row in rows]

    def add(self, folder: Path, now: float) -> None:
        """Protect a folder; one that is protected already stays so.

        Raises:
            InvalidInput: it is not an absolute path.
            Conflict: too many folders are protected.
        """
        if not folder.is_absolute():
            raise InvalidInput("Give the whole path of the folder.", field="folder")
        path = os.path.realpath(folder)
        with self._database.transaction(Turn.LIBRARY) as transaction:
            if transaction.value("SELECT count(*) FROM protected_folders") >= MAX_FOLDERS:
                raise Conflict(f"{MAX_FOLDERS} folders are protected already; release some first.")
            added = transaction.execute(
                "INSERT INTO protected_folders (folder, since_at) VALUES (?, ?)"
                " ON CONFLICT (folder) DO NOTHING",
                (path, now),
            )
            if added == 1:
                record(transaction, Action.FOLDER_PROTECTED, path, now=now)

    def release(self, folder: str, now: float) -> None:
        """Let the files of a folder be written again.

        Raises:
            NotFound: the folder is not protected itself.
        """
        with self._database.transaction(Turn.LIBRARY) as transaction:
            if not transaction.execute("DELETE FROM protected_folders WHERE folder = ?", (folder,)):
                raise NotFound(f"{folder} is not protected.", field="folder")
            record(transaction, Action.FOLDER_RELEASED, folder, now=now)

    def now(self) -> Protection:
        """Return what is protected now, to ask about many paths."""
        rows = self._database.rows("SELECT folder FROM protected_folders")
        return Protection(tuple(Path(row["folder"]) for row in rows))

    def protecting(self, path: Path) -> str | None:
        """See `Protection.protecting`."""
        return self.now().protecting(path)

    def require(self, paths: Iterable[Path]) -> None:
        """See `Protection.require`."""
        self.now().require(paths)

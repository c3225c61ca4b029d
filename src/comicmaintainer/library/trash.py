"""The trash inside each watched root: keeps deleted comics until they expire.

    ROOT/.comicmaintainer/trash/20260131T120000-1f2e3d4c5b6a7988/Series/Comic 001.cbz

The path of a kept file contains everything: when it was deleted, and its path relative to its root.
So one rename moves a file to the trash and one restores it, no list can disagree with the disk,
and nothing depends on the database. Operations move and journal the files; this module touches a
comic only to delete it permanently. The folder is hidden, so scan and watcher ignore it.
Only regular files count, and no symbolic link below a root is followed, because anyone who
may write to the share can create one.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from comicmaintainer.errors import Conflict, FolderProtected, OutsideLibrary, TrashEntryNotFound
from comicmaintainer.filesystem.folders import opened_below, sync_folder
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.library.roots import LibraryRoots

logger = logging.getLogger(__name__)

_TIME_FORMAT = "%Y%m%dT%H%M%S"
_ID = re.compile(r"\d{8}T\d{6}-[0-9a-f]{16}")
# An empty folder may be waiting for its file, so it is kept this long.
_EMPTY_FOLDER_AGE_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class TrashEntry:
    """One deleted file. `original_path` is where it was, `kept_path` where it is now."""

    trash_id: str
    original_path: str
    kept_path: str
    root: str
    size_bytes: int
    deleted_at: float


class Trash:
    """The trash of all `roots`; `now` returns the time of a deletion.

    Nothing is deleted from the trash of a root that is protected: `protecting` returns the
    protected folder that a path is in.
    """

    def __init__(
        self,
        roots: LibraryRoots,
        *,
        now: Callable[[], float],
        protecting: Callable[[Path], str | None] = lambda _path: None,
    ) -> None:
        self._roots = roots
        self._now = now
        self._protecting = protecting

    def place_for(self, path: Path) -> Path:
        """Return a free place in the trash for the file at `path`, on the same filesystem.

        Nothing is created. For a file outside all roots, the trash is in the file's own folder.

        Raises:
            OutsideLibrary: the trash folder is a symbolic link.
        """
        root = self._roots.root_of(path) or path.parent
        moment = datetime.fromtimestamp(self._now(), UTC).strftime(_TIME_FORMAT)
        return self._folder(root) / f"{moment}-{secrets.token_hex(8)}" / path.relative_to(root)

    def entries(self) -> list[TrashEntry]:
        """Return all entries of the trash of all roots, last deleted first."""
        entries = [entry for root in self._roots.paths for entry in self._entries_of(root)]
        return sorted(entries, key=lambda entry: (entry.deleted_at, entry.trash_id), reverse=True)

    def get(self, trash_id: str) -> TrashEntry:
        """Return the entry with this id.

        Raises:
            TrashEntryNotFound: it is not in the trash (any more).
        """
        if _ID.fullmatch(trash_id):
            for root in self._roots.paths:
                for entry in self._files_of(root, trash_id):
                    return entry
        raise TrashEntryNotFound(
            f"The trash has no entry {trash_id!r}; it may have been restored or have expired."
        )

    def empty(self, *, shown: str) -> int:
        """Delete everything permanently and return the number of files.

        `shown` is the `digest_of` the entries that the user saw; only these are deleted.

        Raises:
            Conflict: the entries have changed; nothing was deleted.
            ReadOnlyStorage, StorageFailed.
        """
        entries = self.entries()
        for root in {entry.root for entry in entries}:
            folder = self._protecting(self._roots.trash_of(Path(root)))
            if folder is not None:
                raise FolderProtected(
                    f"the trash is in {folder}, which is protected; nothing was deleted", path=root
                )
        if digest_of(entries) != shown:
            raise Conflict(
                "The trash has changed since it was listed; nothing was deleted. Look at it again."
            )
        for entry in entries:
            self._delete(entry)
        return len(entries)

    def expire(self, *, max_age_s: float, max_bytes: int | None = None) -> list[TrashEntry]:
        """Delete older entries permanently, then the oldest until at most `max_bytes` remain.

        Returns the deleted entries.

        Raises:
            ReadOnlyStorage, StorageFailed.
        """
        oldest_at = self._now() - max_age_s
        kept_bytes = 0
        deleted = []
        roots = [
            one for one in self._roots.paths if not self._protecting(self._roots.trash_of(one))
        ]
        known = {str(root) for root in roots}
        for entry in self.entries():
            if entry.root not in known:
                continue
            kept_bytes += entry.size_bytes
            if entry.deleted_at < oldest_at or (max_bytes is not None and kept_bytes > max_bytes):
                self._delete(entry)
                deleted.append(entry)
        for root in roots:
            self._clear_empty_folders(root)
        return deleted

    def _folder(self, root: Path) -> Path:
        folder = self._roots.trash_of(root)
        if folder.is_symlink() or folder.parent.is_symlink():
            raise OutsideLibrary(f"{folder} leads elsewhere through a symbolic link; remove it.")
        return folder

    def _entries_of(self, root: Path) -> Iterator[TrashEntry]:
        for trash_id in _ids(self._folder(root)):
            yield from self._files_of(root, trash_id)

    def _files_of(self, root: Path, trash_id: str) -> Iterator[TrashEntry]:
        top = self._folder(root) / trash_id
        if top.is_symlink():
            return
        for folder, _, names in os.walk(top):
            for name in sorted(names):
                kept = Path(folder, name)
                try:
                    status = kept.lstat()
                except FileNotFoundError:
                    continue
                if stat.S_ISREG(status.st_mode):
                    original = str(root / kept.relative_to(top))
                    yield TrashEntry(
                        trash_id, original, str(kept), str(root), status.st_size, _moment(trash_id)
                    )

    def _delete(self, entry: TrashEntry) -> None:
        root, kept = Path(entry.root), Path(entry.kept_path)
        with storage_errors(kept), suppress(FileNotFoundError):
            with opened_below(root, kept.parent) as folder:
                os.unlink(kept.name, dir_fd=folder)
            logger.info("Deleted %s from the trash for good", kept)
        self._remove_empty(root, kept.parent)

    def _remove_empty(self, root: Path, folder: Path) -> None:
        """Remove the folder if it is empty, and those above it as far as the trash."""
        top = self._folder(root)
        while folder != top and _is_removed(root, folder):
            folder = folder.parent
        sync_folder(folder)

    def _clear_empty_folders(self, root: Path) -> None:
        top = self._folder(root)
        for trash_id in _ids(top):
            if _moment(trash_id) < self._now() - _EMPTY_FOLDER_AGE_S:
                for folder, _, _ in os.walk(top / trash_id, topdown=False):
                    _is_removed(root, Path(folder))


def digest_of(entries: Iterable[TrashEntry]) -> str:
    """Return a digest of 16 hexadecimal digits of these entries, in any order."""
    digest = hashlib.blake2b(digest_size=8)
    for path, size_bytes in sorted((entry.kept_path, entry.size_bytes) for entry in entries):
        digest.update(f"{path}\0{size_bytes}\0".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _ids(folder: Path) -> list[str]:
    try:
        return sorted(
            path.name
            for path in folder.iterdir()
            if _ID.fullmatch(path.name) and not path.is_symlink()
        )
    except (FileNotFoundError, NotADirectoryError):
        return []


def _moment(trash_id: str) -> float:
    moment = trash_id.partition("-")[0]
    try:
        return datetime.strptime(moment, _TIME_FORMAT).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0


def _is_removed(root: Path, folder: Path) -> bool:
    """Remove the folder if it is empty."""
    try:
        with opened_below(root, folder.parent) as above:
            os.rmdir(folder.name, dir_fd=above)
    except OSError:
        return False
    return True

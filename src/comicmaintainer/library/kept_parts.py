"""The folders for parts of replaced archives, which undo needs: one inside each root.

    ROOT/.comicmaintainer/keep/1f2e3d4c5b6a7988.kept

They lie beside the trash, so that every host that has the root can undo. A part is written and read
by `comics/archives/edits`, where its receipt has its path; this module knows the folders, and
deletes what has expired. For a file outside all roots, and for a root whose top folder can't be
written, the folder is `CONFIG_DIR/keep`, where releases before had all parts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from comicmaintainer.filesystem.folders import opened_below
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.library.roots import LibraryRoots

NAME = re.compile(r"[0-9a-f]{16}\.kept")


class KeptParts:
    """The folders of all `roots`, and the one `elsewhere`.

    Nothing is deleted in a root that is protected: `protecting` returns the protected folder that a
    path is in.
    """

    def __init__(
        self,
        roots: LibraryRoots,
        elsewhere: Path,
        *,
        protecting: Callable[[Path], str | None] = lambda _path: None,
    ) -> None:
        self._roots = roots
        self._elsewhere = elsewhere
        self._protecting = protecting

    def folders_for(self, path: Path) -> tuple[Path, ...]:
        """Return the folders for parts of the archive at `path`: in the first that can be written.

        Nothing is created.
        """
        root = self._roots.root_of(path)
        if root is None or _is_led_away(self._roots.keep_of(root)):
            return (self._elsewhere,)
        return (self._roots.keep_of(root), self._elsewhere)

    def expire(self, before_at: float) -> None:
        """Delete the parts that were written before; other processes may do so at the same time.

        Raises:
            ReadOnlyStorage, StorageFailed.
        """
        _remove_older(self._elsewhere, self._elsewhere, before_at)
        for root in self._roots.paths:
            folder = self._roots.keep_of(root)
            if not self._protecting(folder) and not _is_led_away(folder):
                _remove_older(root, folder, before_at)


def _is_led_away(folder: Path) -> bool:
    """Whether someone who may write to the share has put a symbolic link in the place of ours."""
    return folder.is_symlink() or folder.parent.is_symlink()


def _remove_older(top: Path, folder: Path, before_at: float) -> None:
    with (
        storage_errors(folder),
        suppress(FileNotFoundError, NotADirectoryError),
        opened_below(top, folder) as descriptor,
        os.scandir(descriptor) as entries,
    ):
        for entry in entries:
            with suppress(FileNotFoundError):
                is_part = NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)
                if is_part and entry.stat(follow_symlinks=False).st_mtime < before_at:
                    os.unlink(entry.name, dir_fd=descriptor)

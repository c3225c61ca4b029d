"""Rows of files that were renamed or moved: known by inode, or else by pages, and gone there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.model import SeenFile
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.scan.folder_state import has_entries
from comicmaintainer.library.scan.scan_rows import ScanRows


class MovedFiles:
    """Finds the rows of moved files; `roots` tell a moved file from a missing disk."""

    def __init__(self, rows: ScanRows, catalogue: Catalogue, roots: LibraryRoots) -> None:
        self._rows = rows
        self._catalogue = catalogue
        self._roots = roots
        self._healthy: dict[str, bool] = {}

    def former_paths(self, files: Sequence[SeenFile]) -> dict[str, str]:
        """Return, by former path, the new path of each file whose identity was elsewhere.

        Only files that are gone there count.
        """
        known = self._rows.by_identity([(file.device, file.inode) for file in files])
        moves: dict[str, str] = {}
        for file in files:
            for former in known.get((file.device, file.inode), ()):
                if (
                    (former.size_bytes, former.mtime_ns) == (file.size_bytes, file.mtime_ns)
                    and former.path not in moves
                    and self._is_gone(former.path)
                ):
                    moves[former.path] = file.path
                    break
        return moves

    def move_by_pages(self, files: Sequence[SeenFile]) -> int:
        """Move the rows of files that have the same pages and are gone; return how many."""
        prints = {
            file.path: file.facts.fingerprint
            for file in files
            if file.facts is not None and file.facts.fingerprint is not None
        }
        known = self._rows.known_fingerprints(set(prints.values()))
        return sum(
            self._move_by_pages(path, each) for path, each in prints.items() if each in known
        )

    def _move_by_pages(self, path: str, fingerprint: bytes) -> bool:
        if self._catalogue.by_path(path) is not None:
            return False
        for known in self._rows.by_fingerprint(fingerprint):
            if self._is_gone(known.path):
                return self._catalogue.move(known.path, path)
        return False

    def _is_gone(self, path: str) -> bool:
        """Whether the file is missing although its root is present."""
        if os.path.lexists(path):
            return False
        root = self._roots.root_of(Path(path))
        if root is None:
            return False
        name = os.fspath(root)
        if name not in self._healthy:
            self._healthy[name] = has_entries(name)
        return self._healthy[name]

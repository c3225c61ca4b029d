"""Rows of files that were renamed or moved: known by inode, or else by pages, and gone there."""

from __future__ import annotations

import os
from collections.abc import Container
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

    def former_path(self, file: SeenFile, taken: Container[str]) -> str | None:
        """Return where a file with the same identity was, if it is gone there and not `taken`."""
        for known in self._rows.by_inode(file.device, file.inode):
            if (
                (known.size_bytes, known.mtime_ns) == (file.size_bytes, file.mtime_ns)
                and known.path not in taken
                and self._is_gone(known.path)
            ):
                return known.path
        return None

    def move_by_pages(self, file: SeenFile) -> bool:
        """Move the row of a file that has the same pages and is gone; tells if there was one."""
        fingerprint = file.facts.fingerprint if file.facts is not None else None
        if fingerprint is None or self._catalogue.by_path(file.path) is not None:
            return False
        for known in self._rows.by_fingerprint(fingerprint):
            if self._is_gone(known.path):
                return self._catalogue.move(known.path, file.path)
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

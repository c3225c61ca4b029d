"""The watched folders of all hosts, for what jobs are asked for.

A folder that only other hosts have can't be looked at here: its files and folders are those of the
catalogue. Jobs run where their folders are; see `host_roots`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from comicmaintainer.errors import FileMissing
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.host_roots import HostRoots
from comicmaintainer.library.roots import LibraryRoots

_BELIEVED_FOR_S = 2.0
"""A request may name thousands of files."""


class SharedRoots(LibraryRoots):
    """The `roots` of this host, and those that only other hosts have."""

    def __init__(
        self,
        roots: LibraryRoots,
        hosts: HostRoots,
        catalogue: Catalogue,
        listing: Listing,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(roots.paths)
        self._hosts = hosts
        self._catalogue = catalogue
        self._listing = listing
        self._clock = clock
        self._asked: tuple[float, tuple[Path, ...]] | None = None

    def everywhere(self) -> tuple[Path, ...]:
        """See LibraryRoots."""
        return tuple(dict.fromkeys((*self.paths, *self._elsewhere())))

    def resolve(self, text: str) -> Path:
        """See LibraryRoots; a file of a folder that is elsewhere must be in the catalogue."""
        root = self._root_elsewhere(text)
        if root is None:
            return super().resolve(text)
        self._require_comic_name(text)
        path = self._contained_elsewhere(text, root)
        if self._catalogue.by_path(path) is None:
            raise FileMissing(f"{text!r} does not exist, as far as the hosts with {root} know.")
        return path

    def resolve_folder(self, text: str) -> Path:
        """See LibraryRoots; a folder that is elsewhere must be in the catalogue."""
        root = self._root_elsewhere(text)
        if root is None:
            return super().resolve_folder(text)
        path = self._contained_elsewhere(text, root)
        if path != root and not self._catalogue.has_folder(os.fspath(path)):
            raise FileMissing(f"There is no folder {text!r}, as far as the hosts with {root} know.")
        return path

    def walk(
        self, root: Path, *, on_unreadable: Callable[[str], None] | None = None
    ) -> Iterator[Path]:
        """See LibraryRoots; the files of a folder that is elsewhere are those of the catalogue."""
        if self._root_elsewhere(os.fspath(root)) is None:
            return super().walk(root, on_unreadable=on_unreadable)
        return map(Path, self._listing.paths(FileFilter(folder=os.fspath(root))))

    def _contained_elsewhere(self, text: str, root: Path) -> Path:
        self._require_sane(text)
        (path,) = self._candidates(text)
        self._require_seen(path, root, text)
        return path

    def _root_elsewhere(self, text: str) -> Path | None:
        path = Path(text)
        for root in self._elsewhere():
            if path == root or root in path.parents:
                return root
        return None

    def _elsewhere(self) -> tuple[Path, ...]:
        now = self._clock()
        if self._asked is None or now - self._asked[0] >= _BELIEVED_FOR_S:
            self._asked = now, tuple(map(Path, self._hosts.elsewhere()))
        return self._asked[1]

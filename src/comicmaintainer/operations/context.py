"""What every operation is handed: the library's stores, the policies and the clock.

Built once per process by the composition root; tests build their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from comicmaintainer.comics.archives.strategy import HardLinks, TagWrite
from comicmaintainer.filesystem.kinds import FilesystemKind, filesystem_of
from comicmaintainer.library.catalogue import Catalogue
from comicmaintainer.library.duplicates import Duplicates
from comicmaintainer.library.journal import Journal
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.scan import LibraryScan
from comicmaintainer.library.trash import Trash
from comicmaintainer.operations.ledger import Ledger


def _nothing(point: str) -> None:
    del point


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationContext:
    """Dependencies of all operations. Safe to share between threads.

    `keep_dir` holds what undoing a replaced archive needs. `duplicate_dir` is where duplicates are
    moved, None to only mark them. `reached` is told the name of each point of an item's way where
    a crash must be survived; tests kill the process there.
    """

    roots: LibraryRoots
    catalogue: Catalogue
    journal: Journal
    ledger: Ledger
    trash: Trash
    scan: LibraryScan
    duplicates: Duplicates
    keep_dir: Path
    now: Callable[[], float]
    duplicate_dir: Path | None = None
    tag_write: TagWrite = TagWrite.AUTO
    trusted: frozenset[FilesystemKind] = frozenset()
    hard_links: HardLinks = HardLinks.COPY
    reached: Callable[[str], None] = _nothing

    def tag_write_at(self, path: Path) -> TagWrite:
        """How tags are written at `path`; appended too where the user trusts its filesystem.

        `trusted` holds the kinds of filesystem that a setting vouches for.
        """
        if (
            self.tag_write is TagWrite.AUTO
            and self.trusted
            and filesystem_of(path)[1] in self.trusted
        ):
            return TagWrite.APPEND
        return self.tag_write

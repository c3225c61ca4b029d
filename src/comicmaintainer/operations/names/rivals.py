"""Finds other files that should get the same name as a comic, according to the catalogue.

If several items of a job want one name, the first gets it, whatever the order they run in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from comicmaintainer.comics.archives.model import ArchiveFormat
from comicmaintainer.comics.metadata import ComicMetadata, from_dict
from comicmaintainer.errors import InvalidInput
from comicmaintainer.library.catalogue.model import CatalogueFile
from comicmaintainer.operations.context import OperationContext


@dataclass(frozen=True, slots=True)
class Rivals:
    """The other files that should also get the name `target`, according to the catalogue.

    `wanted_by` returns the path that the job gives a file, by its format and catalogued tags.
    """

    context: OperationContext
    path: Path
    target: Path
    wanted_by: Callable[[Path, ArchiveFormat, ComicMetadata], Path | None]
    known: CatalogueFile | None

    def candidates(self) -> Sequence[str]:
        """Return the paths of files with the same number in the same series."""
        known = self.known
        if known is None or known.series is None:
            return ()
        return self.context.catalogue.with_same_number(known)

    def wants(self, path: Path) -> bool:
        """Tell whether the rules give the file at `path` this name, by its catalogued tags."""
        row = self.context.catalogue.by_path(path)
        if row is None or row.format is None:
            return False
        try:
            tags = from_dict(row.tags)
        except InvalidInput:
            return False  # catalogued by a release with other values
        return self.wanted_by(path, ArchiveFormat(row.format), tags) == self.target

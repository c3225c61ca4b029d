"""Which other files should get the name that a comic should get: what the catalogue tells of them.

Of the items of one job that want one name the first gets it, in whatever order they are run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from comicmaintainer.comics.archives.model import ArchiveFormat
from comicmaintainer.comics.metadata import from_dict
from comicmaintainer.comics.rules.rules import Rules
from comicmaintainer.errors import InvalidInput
from comicmaintainer.library.catalogue.model import CatalogueFile
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.derived import at_place


@dataclass(frozen=True, slots=True)
class Rivals:
    """The other files that should get the name `target` too, as far as the catalogue tells."""

    context: OperationContext
    path: Path
    target: Path
    rules: Rules
    known: CatalogueFile | None
    writes_tags: bool

    def candidates(self) -> Sequence[str]:
        """The paths of files with the same number in the same series."""
        known = self.known
        if known is None or known.series is None:
            return ()
        return self.context.catalogue.with_same_number(known)

    def wants(self, path: Path) -> bool:
        """Whether the rules give the file at `path` this name, by the tags in the catalogue."""
        row = self.context.catalogue.by_path(path)
        if row is None or row.format is None:
            return False
        try:
            tags = from_dict(row.tags)
        except InvalidInput:
            return False  # catalogued by a release that knew other values
        kind = ArchiveFormat(row.format)
        is_kept = self.writes_tags and kind.is_taggable
        rival = at_place(self.context, path, kind, self.rules, is_kept=is_kept)
        return rival.path_by_tags(tags).path == self.target

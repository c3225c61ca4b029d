"""What an operation is going to change about one comic: plans as frozen values.

A plan is made without touching anything. Its JSON form is what previews store and pages show as
differences, so its words are part of the API:

    {"changes": [{"type": "tags", "fields": [{"field", "before", "after"}], "unchanged": 12},
                 {"type": "rename", "from": "/old.cbz", "to": "/new.cbz"}],
     "path": "/new.cbz", "unchanged": false, "why": {"series": "folder"}, "identity": [...]}

`path` is where the file is, or will be, afterwards; `identity` (device, inode, size in bytes,
mtime in ns) is the file that was looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

from comicmaintainer.comics.archives.edits.edit import Edit
from comicmaintainer.comics.metadata import FieldChange
from comicmaintainer.comics.metadata.sources import MetadataSources
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.library.catalogue.model import (
    CatalogueFile,
    DuplicateBy,
    FileFacts,
    FileMark,
    conflict_reason,
)


@dataclass(frozen=True, slots=True)
class TagChange:
    """Other tags. `edit` writes them, `after` is what the archive says then.

    `replaced` are metadata files in a folder, or in other letters, that go: what is written stands
    at the root, under its usual name.
    """

    type: ClassVar[str] = "tags"
    fields: tuple[FieldChange, ...]
    unchanged: int
    edit: Edit
    after: MetadataSources
    replaced: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        fields = [{"field": f.field, "before": f.before, "after": f.after} for f in self.fields]
        return {
            "type": self.type,
            "fields": fields,
            "unchanged": self.unchanged,
            **({"replaced": list(self.replaced)} if self.replaced else {}),
        }


@dataclass(frozen=True, slots=True)
class PageChange:
    """Pages marked as deleted, or removed; `left` is how many the archive has then.

    `numbers` are those that these pages had, counted from 0, where names alone don't tell: a name
    may be given twice.
    """

    type: ClassVar[str] = "pages"
    marked: tuple[str, ...]
    removed: tuple[str, ...]
    numbers: tuple[int, ...]
    left: int
    edit: Edit

    def to_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"type": self.type, "left": self.left}
        if self.numbers:
            found["numbers"] = list(self.numbers)
        if self.marked:
            found["marked"] = list(self.marked)
        if self.removed:
            found["removed"] = list(self.removed)
        return found


@dataclass(frozen=True, slots=True)
class CompactChange:
    """The archive rewritten without its dead bytes."""

    type: ClassVar[str] = "compact"
    dead_bytes: int
    edit: Edit

    def to_json(self) -> dict[str, Any]:
        return {"type": self.type, "dead_bytes": self.dead_bytes}


@dataclass(frozen=True, slots=True)
class HealChange:
    """Broken pages put in anew from a sound copy."""

    type: ClassVar[str] = "heal"
    pages: tuple[str, ...]
    copy: Path
    edit: Edit

    def to_json(self) -> dict[str, Any]:
        return {"type": self.type, "pages": list(self.pages), "copy": str(self.copy)}


@dataclass(frozen=True, slots=True)
class RebuildChange:
    """A damaged archive put together anew from its `saved` members and pages `added` from a copy.

    `again` are pages that shared the data of others and get their own. `lost` are members that are
    gone, by name as far as it is known. `is_whole` says whether every page is there; None where
    that can't be known.
    """

    type: ClassVar[str] = "rebuild"
    saved: int
    added: tuple[str, ...]
    copy: Path | None
    lost: tuple[str, ...]
    is_whole: bool | None
    edit: Edit
    again: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "type": self.type,
            "saved": self.saved,
            "added": list(self.added),
            "copy": None if self.copy is None else str(self.copy),
            "lost": list(self.lost),
            "whole": self.is_whole,
            **({"again": list(self.again)} if self.again else {}),
        }


@dataclass(frozen=True, slots=True)
class MoveChange:
    """Another path, of the given `type`: `rename`, or `restore` from the trash."""

    source: Path
    target: Path
    type: str = "rename"

    def to_json(self) -> dict[str, Any]:
        return {"type": self.type, "from": str(self.source), "to": str(self.target)}


@dataclass(frozen=True, slots=True)
class DuplicateChange:
    """Marked as another copy of `of`; moved to `target` where duplicates have a folder.

    `by` is what shows it. `kept` is the copy that must stay while this one is moved.
    """

    type: ClassVar[str] = "duplicate"
    source: Path
    of: Path
    target: Path | None
    by: DuplicateBy = DuplicateBy.PAGES
    kept: Path | None = None

    def to_json(self) -> dict[str, Any]:
        shown = {"type": self.type, "of": str(self.of)}
        if self.target is not None:
            shown |= {"from": str(self.source), "to": str(self.target)}
        return shown


@dataclass(frozen=True, slots=True)
class ConflictChange:
    """Marked as in conflict with another comic, at `other`, that has the name it should get.

    The file stays where it is. Without `is_compared` the pages of the two can't be compared.
    """

    type: ClassVar[str] = "conflict"
    source: Path
    other: Path
    is_compared: bool

    @property
    def reason(self) -> str:
        """What the catalogue says of the file."""
        return conflict_reason(str(self.other), is_compared=self.is_compared)

    def to_json(self) -> dict[str, Any]:
        return {"type": self.type, "with": str(self.other), "compared": self.is_compared}


@dataclass(frozen=True, slots=True)
class TrashChange:
    """Out of the library, into the trash of its root; `kept` is the copy that must stay instead."""

    type: ClassVar[str] = "trash"
    source: Path
    target: Path
    reason: str
    kept: Path | None = None

    def to_json(self) -> dict[str, Any]:
        return {"type": self.type, "from": str(self.source), "reason": self.reason}


@dataclass(frozen=True, slots=True)
class ConvertChange:
    """A CBZ of the same pages beside the file, whose own change to the trash follows.

    `write(guard)` makes it; `token` names its temporary file. With `keeps_pages` no page is
    re-encoded. `tags_from` are the sources whose
    tags are put into its ComicInfo, `left_out` what the file holds and the CBZ will not.
    """

    type: ClassVar[str] = "convert"
    source: Path
    target: Path
    format: str
    pages: int
    token: str
    write: Callable[[Callable[[], None]], object]
    keeps_pages: bool
    tags_from: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "type": self.type,
            "from": str(self.source),
            "to": str(self.target),
            "format": self.format,
            "pages": self.pages,
            **({"tags_from": list(self.tags_from)} if self.tags_from else {}),
            **({"left_out": list(self.left_out)} if self.left_out else {}),
        }


FileChange = (
    TagChange
    | PageChange
    | CompactChange
    | HealChange
    | RebuildChange
    | MoveChange
    | DuplicateChange
    | ConflictChange
    | TrashChange
    | ConvertChange
)


class NameRivals(Protocol):
    """Other files that may want the same name; of the items of a job the first gets it."""

    def candidates(self) -> Sequence[str]:
        """The paths of files that are worth a closer look; quickly found."""

    def wants(self, path: Path) -> bool:
        """Whether the file at `path` should get the name as well."""


@dataclass(frozen=True, slots=True)
class WantedName:
    """The path that a file should have, and the plans for what may be the matter with it.

    `is_free` is how the disk was found. `if_taken` is given the name that another file has or will
    have, where that file is now, and where this one goes if it is its duplicate (None: found anew).
    """

    target: Path
    is_free: bool
    if_free: Callable[[], Plan]
    if_taken: Callable[[Path, Path, Path | None], Plan]
    rivals: NameRivals


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes of one item in their order, and why.

    `why` says, by field or topic, what a value was taken from; `facts` are further findings for
    the result (a report, the original of a duplicate). `known` is the file's row in the catalogue,
    `mark` the state it has there afterwards, None to leave it. `contents` is what will be in the
    file then, None where it has to be read. `wanted` is there where the file should have another
    name: what the plan makes of it is how the disk is now, whatever the job's other items do.
    """

    path: Path
    identity: FileIdentity
    changes: tuple[FileChange, ...] = ()
    why: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    known: CatalogueFile | None = None
    mark: FileMark | None = None
    contents: FileFacts | None = None
    wanted: WantedName | None = None

    @property
    def path_after(self) -> Path:
        """Where the file will be."""
        for change in reversed(self.changes):
            if isinstance(change, MoveChange | DuplicateChange | ConvertChange):
                return change.target or change.source
        return self.path

    def details(self) -> dict[str, Any]:
        """The result details of a preview."""
        return {
            "changes": [change.to_json() for change in self.changes],
            "path": str(self.path_after),
            "unchanged": not self.changes,
            "identity": self.identity.to_json(),
            **({"why": dict(self.why)} if self.why else {}),
            **self.facts,
        }

"""Plans: what an operation is going to change about one comic, as frozen values.

Planning touches nothing. Previews store a plan's JSON form and pages show it, so its words are part
of the API:

    {"changes": [the summary of each change, see file_change.py],
     "path": "/new.cbz", "unchanged": false, "why": {"series": "folder"}, "identity": [...]}

`path` is where the file will be afterwards; `identity` (device, inode, size in bytes, mtime in ns)
is the file that was read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.library.catalogue.model import CatalogueFile, FileFacts, FileMark
from comicmaintainer.operations.changes.file_change import ChangeType, FileChange


class NameRivals(Protocol):
    """Other files that may want the same name; the first item of a job gets it."""

    def candidates(self) -> Sequence[str]:
        """Return the paths of files that may want the name; this is cheap."""

    def wants(self, path: Path) -> bool:
        """Tell whether the file at `path` should get the name as well."""


@dataclass(frozen=True, slots=True)
class WantedName:
    """The path that a file should have, and the plans for the cases that it is free or taken.

    `is_free` is the state on disk when planned. `if_taken` gets the name that another file has or
    will have, where that file is now, and where this one goes as its duplicate (None: choose one).
    """

    target: Path
    is_free: bool
    if_free: Callable[[], Plan]
    if_taken: Callable[[Path, Path, Path | None], Plan]
    rivals: NameRivals


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes of one item in order, and their reasons.

    `changes` are those of its comic. Then follow those `beside` it: of files that are no comics.

    `why` says, by field or topic, where a value comes from; `facts` are further findings for the
    result (a report, the original of a duplicate). `known` is the file's row in the catalogue,
    `mark` the state it gets there, None to leave it. `contents` is what will be in the file, None
    if it must be read. `wanted` is set if the file should have another name; the plan's changes
    then fit the disk as it is now, whatever the job's other items do.
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
    beside: tuple[FileChange, ...] = ()

    @property
    def all_changes(self) -> tuple[FileChange, ...]:
        """The changes of the comic and those beside it, in order."""
        return (*self.changes, *self.beside)

    @property
    def path_after(self) -> Path:
        """The path that the comic will have."""
        for change in reversed(self.changes):
            if change.type is not ChangeType.TRASH and change.target != change.source:
                return change.target
        return self.path

    def details(self) -> dict[str, Any]:
        """Return the result details of a preview."""
        return {
            "changes": [dict(change.summary) for change in self.all_changes],
            "path": str(self.path_after),
            "unchanged": not self.all_changes,
            "identity": self.identity.to_json(),
            **({"why": dict(self.why)} if self.why else {}),
            **self.facts,
        }

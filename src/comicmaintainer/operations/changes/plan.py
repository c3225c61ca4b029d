"""What an operation is going to change about one comic: plans as frozen values.

A plan is made without touching anything. Previews store its JSON form and pages show it, so its
words are part of the API:

    {"changes": [the summary of each change, see file_change.py],
     "path": "/new.cbz", "unchanged": false, "why": {"series": "folder"}, "identity": [...]}

`path` is where the file is, or will be, afterwards; `identity` (device, inode, size in bytes,
mtime in ns) is the file that was looked at.
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
            if change.type is not ChangeType.TRASH and change.target != change.source:
                return change.target
        return self.path

    def details(self) -> dict[str, Any]:
        """The result details of a preview."""
        return {
            "changes": [dict(change.summary) for change in self.changes],
            "path": str(self.path_after),
            "unchanged": not self.changes,
            "identity": self.identity.to_json(),
            **({"why": dict(self.why)} if self.why else {}),
            **self.facts,
        }

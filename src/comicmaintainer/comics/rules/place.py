"""A comic's location, and the target of a name made for it.

A name with folders is relative to the library's root. For a comic outside the library, it is
relative to the comic's folder, or to the parent of its folders if they already have those names.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """A comic's path, and the root of its library, if any."""

    path: Path
    root: Path | None = None

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders between the root and the comic; outside all roots, only the comic's own."""
        if self.root is None:
            return (self.path.parent.name,)
        below = os.fspath(self.path)[len(os.fspath(self.root)) :]
        return tuple(below.lstrip("/").split("/")[:-1])

    def target(self, name: str) -> Path:
        """Return the path for `name`, which is relative and has "/" between folders."""
        if "/" not in name:
            return self.path.parent / name
        if self.root is not None:
            return self.root / name
        folders = tuple(name.split("/")[:-1])
        parent = self.path.parent
        is_below = parent.parts[-len(folders) :] == folders
        return (parent.parents[len(folders) - 1] if is_below else parent) / name

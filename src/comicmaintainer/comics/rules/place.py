"""Where a comic lies, and where a name that was made for it leads.

A name with folders counts from the library's root. A comic outside the library has none: such a
name counts from its folder, or from above the folders of that name that it lies in already.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """A comic's path, and the root of the library that it lies in."""

    path: Path
    root: Path | None = None

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders from the root (exclusive) to the comic; outside all roots only its own."""
        if self.root is None:
            return (self.path.parent.name,)
        return self.path.relative_to(self.root).parts[:-1]

    def target(self, name: str) -> Path:
        """Return where `name` leads, a relative path whose folders are separated by "/"."""
        if "/" not in name:
            return self.path.parent / name
        if self.root is not None:
            return self.root / name
        folders = tuple(name.split("/")[:-1])
        parent = self.path.parent
        is_below = parent.parts[-len(folders) :] == folders
        return (parent.parents[len(folders) - 1] if is_below else parent) / name

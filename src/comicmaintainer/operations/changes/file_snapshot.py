"""A snapshot of a file after a change, so that undo can tell whether it is still the same file.

Undoing our own later changes leaves another time or inode behind; other programs leave other bytes.
So a file counts as the same if its identity is the same, or else its size and its last 64 KiB,
where the directory of a ZIP has every member's CRC.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from comicmaintainer.comics.archives.edits.edit import ContentMark
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.filesystem.regular_files import open_regular

END_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class FileSnapshot:
    """Identity and content of one file at the end of a change."""

    identity: FileIdentity
    end: ContentMark

    @classmethod
    def of(cls, path: Path) -> Self:
        """Return the snapshot of the file at `path`.

        Raises:
            FileMissing, ReadOnlyStorage, StorageFailed.
        """
        with storage_errors(path):
            descriptor = open_regular(path, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                identity = FileIdentity.of_stat(os.fstat(descriptor))
                size_bytes = identity.size_bytes
                return cls(
                    identity,
                    ContentMark.of(descriptor, size_bytes, max(0, size_bytes - END_BYTES)),
                )
            finally:
                os.close(descriptor)

    def is_at(self, path: Path) -> bool:
        """Tell whether the file at `path` is this one, or one with the same content.

        Raises:
            FileMissing, ReadOnlyStorage, StorageFailed.
        """
        now = FileIdentity.of(path)
        if now == self.identity and not self.identity.is_foreign:
            return True
        return now.size_bytes == self.identity.size_bytes and FileSnapshot.of(path).end == self.end

    def to_json(self) -> dict[str, Any]:
        """Return the snapshot's part of a receipt."""
        return {"identity": self.identity.to_json(), "end": self.end.to_json()}

    @classmethod
    def from_json(cls, receipt: Mapping[str, Any], *, is_foreign: bool = False) -> Self:
        """Return the inverse of `to_json`."""
        return cls(
            FileIdentity.from_json(receipt["identity"], is_foreign=is_foreign),
            ContentMark.from_json(receipt["end"]),
        )

"""Records of a change to an archive: the edit before it, the receipt after it.

Both can be stored as JSON. An `Edit` is stored before the file is touched. It holds everything
needed to make the change, or to find out after a crash how far it got. A `Receipt` holds
everything needed to undo it.
"""

from __future__ import annotations

import hashlib
import os
from base64 import b64decode, b64encode
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from comicmaintainer.comics.archives.edits.strategy import Strategy
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.filesystem.regular_files import open_regular

if TYPE_CHECKING:
    from comicmaintainer.comics.archives.edits.zip_layout import Tail

HASH_CHUNK_BYTES = 1 << 20

Recipe = tuple[tuple[bool, int, int], ...]
"""The ranges of an old archive in order: (from the kept bytes?, offset in its source, length)."""


@dataclass(frozen=True, slots=True)
class ContentMark:
    """A file's content, recognised by its size and the SHA-256 of everything after an offset.

    The offset is where a ZIP's directory begins or where an append began, so equal marks mean the
    same members with the same CRCs at the same places.
    """

    size_bytes: int
    tail_offset: int
    tail_sha256: str

    @classmethod
    def of(cls, descriptor: int, size_bytes: int, tail_offset: int) -> Self:
        """The mark of an open file, read as if it ended at `size_bytes`."""
        return cls(size_bytes, tail_offset, hash_range(descriptor, tail_offset, size_bytes))

    def is_on(self, descriptor: int) -> bool:
        """True if the open file has exactly this content."""
        return os.fstat(descriptor).st_size == self.size_bytes and self.is_within(descriptor)

    def is_within(self, descriptor: int) -> bool:
        """True if the open file, cut off at this mark's size, would have this content."""
        return (
            os.fstat(descriptor).st_size >= self.size_bytes
            and hash_range(descriptor, self.tail_offset, self.size_bytes) == self.tail_sha256
        )

    def to_json(self) -> list[int | str]:
        return [self.size_bytes, self.tail_offset, self.tail_sha256]

    @classmethod
    def from_json(cls, value: list[Any]) -> Self:
        return cls(*value)


def hash_range(descriptor: int, start: int, end: int) -> str:
    """SHA-256 (hex) of the bytes from `start` to `end` of the open file."""
    digest = hashlib.sha256()
    while start < end:
        block = os.pread(descriptor, min(HASH_CHUNK_BYTES, end - start), start)
        if not block:
            break
        digest.update(block)
        start += len(block)
    return digest.hexdigest()


def recipe_to_json(recipe: Recipe) -> list[list[int]]:
    return [[int(is_kept), offset, length] for is_kept, offset, length in recipe]


def recipe_from_json(value: list[list[int]]) -> Recipe:
    return tuple((bool(is_kept), offset, length) for is_kept, offset, length in value)


@dataclass(frozen=True, slots=True)
class MemberChange:
    """A member's new content, already compressed; `data` None removes the member.

    With a `place` it applies to the member at that place in the directory (a place after the last
    adds a member), otherwise to all members of the name.
    """

    name: str
    data: bytes | None
    method: int = 0
    crc: int = 0
    size_bytes: int = 0
    place: int | None = None

    def to_json(self) -> dict[str, Any]:
        data = None if self.data is None else b64encode(self.data).decode("ascii")
        return {
            "name": self.name,
            "data": data,
            "method": self.method,
            "crc": self.crc,
            "size_bytes": self.size_bytes,
            **({} if self.place is None else {"place": self.place}),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        data = value["data"]
        return cls(**{**value, "data": None if data is None else b64decode(data)})


@dataclass(frozen=True, slots=True)
class Edit:
    """A planned change, not made yet. `modified_dos` is the members' packed DOS time."""

    path: Path
    token: str  # in the names of the temporary and the kept file, to find both after a crash
    strategy: Strategy
    reason: str
    before: FileIdentity
    before_mark: ContentMark
    after_mark: ContentMark
    members: tuple[MemberChange, ...]
    modified_dos: int
    recipe: Recipe = ()  # of a replace: how to rebuild the old archive
    tail: Tail | None = field(default=None, compare=False, repr=False)
    """What an append writes, while it is still known from planning; it is not stored."""

    @property
    def is_change(self) -> bool:
        """False if the archive already has the wanted content, so nothing will be written."""
        return self.strategy is not Strategy.NOTHING

    def is_made_at(self, path: Path) -> bool:
        """Whether the file at `path` is the archive after this change.

        Raises:
            FileMissing, NotAComicPath, StorageError.
        """
        with storage_errors(path):
            descriptor = open_regular(path, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                return self.after_mark.is_on(descriptor)
            finally:
                os.close(descriptor)

    def to_json(self) -> dict[str, Any]:
        return {
            "path": str(self.path),
            "token": self.token,
            "strategy": self.strategy.value,
            "reason": self.reason,
            "before": self.before.to_json(),
            "before_mark": self.before_mark.to_json(),
            "after_mark": self.after_mark.to_json(),
            "members": [member.to_json() for member in self.members],
            "modified_dos": self.modified_dos,
            "recipe": recipe_to_json(self.recipe),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        return cls(
            path=Path(value["path"]),
            token=value["token"],
            strategy=Strategy(value["strategy"]),
            reason=value["reason"],
            before=FileIdentity.from_json(value["before"]),
            before_mark=ContentMark.from_json(value["before_mark"]),
            after_mark=ContentMark.from_json(value["after_mark"]),
            members=tuple(MemberChange.from_json(member) for member in value["members"]),
            modified_dos=value["modified_dos"],
            recipe=recipe_from_json(value["recipe"]),
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """The bytes of an old archive that its replacement lacks, and how to rebuild it."""

    path: Path
    sha256: str
    recipe: Recipe

    def to_json(self) -> dict[str, Any]:
        return {
            "path": str(self.path),
            "sha256": self.sha256,
            "recipe": recipe_to_json(self.recipe),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        return cls(Path(value["path"]), value["sha256"], recipe_from_json(value["recipe"]))


@dataclass(frozen=True, slots=True)
class Receipt:
    """A completed change, and what is needed to undo it."""

    path: Path
    token: str
    strategy: Strategy
    before_mark: ContentMark
    after_mark: ContentMark
    after: FileIdentity
    kept: Kept | None

    def at(self, path: Path) -> Receipt:
        """The same receipt for the file under another name."""
        return replace(self, path=path)

    def to_json(self) -> dict[str, Any]:
        return {
            "path": str(self.path),
            "token": self.token,
            "strategy": self.strategy.value,
            "before_mark": self.before_mark.to_json(),
            "after_mark": self.after_mark.to_json(),
            "after": self.after.to_json(),
            "kept": None if self.kept is None else self.kept.to_json(),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        kept = value["kept"]
        return cls(
            path=Path(value["path"]),
            token=value["token"],
            strategy=Strategy(value["strategy"]),
            before_mark=ContentMark.from_json(value["before_mark"]),
            after_mark=ContentMark.from_json(value["after_mark"]),
            after=FileIdentity.from_json(value["after"]),
            kept=None if kept is None else Kept.from_json(kept),
        )

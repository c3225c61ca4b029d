"""The identity of a file on disk: device, inode, size and modification time.

Compared right before a change becomes final: if it differs from the plan, another program has
changed the file and the change is refused. Its numbers always have the form of `stored_numbers`.
A disk may have another device number each time it is mounted, so the device is not compared. Of
another host, the inode is not compared either, and times only to the second: a share may show both
otherwise.
All comparisons of files with stored files or with each other use this module.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from comicmaintainer.errors import FileMissing
from comicmaintainer.filesystem.os_errors import translated
from comicmaintainer.filesystem.stored_numbers import is_stored_form, stored_number

_SECOND_NS = 10**9


@dataclass(frozen=True, slots=True, eq=False)
class FileIdentity:
    """A file at one moment. If it is equal later, the file was neither replaced nor written.

    The device does not count: the disk may have been mounted again since. One that another host has
    stored is foreign: only its size and the second of its time count.
    """

    dev: int
    ino: int
    size_bytes: int
    mtime_ns: int
    is_foreign: bool = False

    def __post_init__(self) -> None:
        """Convert the numbers to the stored form, also those of an older journal."""
        if is_stored_form(self.dev, self.ino, self.mtime_ns):
            return
        for name in ("dev", "ino", "mtime_ns"):
            object.__setattr__(self, name, stored_number(getattr(self, name)))

    def __eq__(self, other: object) -> bool:
        """Tell whether both are the same file, as far as that can be told."""
        if not isinstance(other, FileIdentity):
            return NotImplemented
        return self.looks_like(other) and (
            self.is_foreign or other.is_foreign or self.ino == other.ino
        )

    def __hash__(self) -> int:
        """Return what is the same for equal ones."""
        return hash((self.size_bytes, self.mtime_ns // _SECOND_NS))

    def looks_like(self, other: FileIdentity) -> bool:
        """Tell whether both have the same size and time, as a copy with its times has."""
        unit = _SECOND_NS if self.is_foreign or other.is_foreign else 1
        return (self.size_bytes, self.mtime_ns // unit) == (
            other.size_bytes,
            other.mtime_ns // unit,
        )

    @property
    def place(self) -> tuple[int, int]:
        """Device and inode: equal for two names of one file."""
        return self.dev, self.ino

    def is_of_file(self, stored: FileIdentity) -> bool:
        """Whether this is the file `stored`, perhaps written since.

        Under another device number, or stored by another host, it must not have been written:
        inodes differ only on one disk.
        """
        return (self.place == stored.place and not stored.is_foreign) or self == stored

    @classmethod
    def of(cls, path: Path) -> Self:
        """Identity of the file at `path`, without following symbolic links.

        Raises:
            FileMissing, ReadOnlyStorage, StorageFailed.
        """
        try:
            return cls.of_stat(os.lstat(path))
        except OSError as error:
            raise translated(error, path) from error

    @classmethod
    def find(cls, path: Path) -> Self | None:
        """Like `of`, but None if there is no file at `path`.

        Raises:
            ReadOnlyStorage, StorageFailed.
        """
        try:
            return cls.of(path)
        except FileMissing:
            return None

    @classmethod
    def of_stat(cls, status: os.stat_result) -> Self:
        """Identity from an existing `stat` or `fstat` result."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)

    def to_json(self) -> list[int]:
        """`[dev, ino, size_bytes, mtime_ns]`."""
        return [self.dev, self.ino, self.size_bytes, self.mtime_ns]

    @classmethod
    def from_json(cls, value: list[int], *, is_foreign: bool = False) -> Self:
        """The inverse of `to_json`."""
        dev, ino, size_bytes, mtime_ns = value
        return cls(dev, ino, size_bytes, mtime_ns, is_foreign)


def device_of(path: Path) -> int:
    """The device of the file or folder at `path`, in the stored form.

    Raises:
        OSError.
    """
    return stored_number(path.stat().st_dev)


def device_above(path: Path) -> int:
    """The device of the nearest folder above `path` that exists, in the stored form.

    Raises:
        OSError.
    """
    while True:
        path = path.parent
        try:
            return device_of(path)
        except (FileNotFoundError, NotADirectoryError):
            continue


def is_one_file(one: Path, other: Path) -> bool:
    """Whether both paths lead to the same file on disk; False if one of them is missing."""
    try:
        return one.samefile(other)
    except FileNotFoundError:
        return False

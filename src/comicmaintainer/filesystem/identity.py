"""What makes a file on disk *this* file: device, inode, size and modification time.

Compared right before a change is made final: when it differs from what was planned for, other
hands have been at the file and the change is refused. Its numbers have one form everywhere, that of
`stored_numbers`: whoever compares a file with a stored one, or with another, does it here.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from comicmaintainer.errors import FileMissing
from comicmaintainer.filesystem.os_errors import translated
from comicmaintainer.filesystem.stored_numbers import is_stored_form, stored_number


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """A file at one moment. Two equal identities mean: not replaced and not written since."""

    dev: int
    ino: int
    size_bytes: int
    mtime_ns: int

    def __post_init__(self) -> None:
        """Bring the numbers into the stored form, also those of a journal of before."""
        if is_stored_form(self.dev, self.ino, self.mtime_ns):
            return
        for name in ("dev", "ino", "mtime_ns"):
            object.__setattr__(self, name, stored_number(getattr(self, name)))

    @property
    def place(self) -> tuple[int, int]:
        """Device and inode: equal for two names of one file."""
        return self.dev, self.ino

    @classmethod
    def of(cls, path: Path) -> Self:
        """Identity of the file at `path`, following no symbolic link.

        Raises:
            FileMissing, ReadOnlyStorage, StorageFailed.
        """
        try:
            return cls.of_stat(os.lstat(path))
        except OSError as error:
            raise translated(error, path) from error

    @classmethod
    def find(cls, path: Path) -> Self | None:
        """Identity of the file at `path` as `of` gives it, None where there is none.

        Raises:
            ReadOnlyStorage, StorageFailed.
        """
        try:
            return cls.of(path)
        except FileMissing:
            return None

    @classmethod
    def of_stat(cls, status: os.stat_result) -> Self:
        """Identity from a `stat` or `fstat` result that is already at hand."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)

    def to_json(self) -> list[int]:
        """`[dev, ino, size_bytes, mtime_ns]`."""
        return [self.dev, self.ino, self.size_bytes, self.mtime_ns]

    @classmethod
    def from_json(cls, value: list[int]) -> Self:
        """The inverse of `to_json`."""
        dev, ino, size_bytes, mtime_ns = value
        return cls(dev, ino, size_bytes, mtime_ns)


def device_of(path: Path) -> int:
    """The device of what is at `path`, in the stored form.

    Raises:
        OSError.
    """
    return stored_number(path.stat().st_dev)


def is_one_file(one: Path, other: Path) -> bool:
    """True where both paths lead to one file on disk; False also where one leads nowhere."""
    try:
        return one.samefile(other)
    except FileNotFoundError:
        return False

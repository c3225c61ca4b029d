"""What a server knows of a book, and what of it is kept when the book's file changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from comicmaintainer.database.stored_values import stored_object

Place = tuple[int, str]
"""The place in a list, from 0, and the name of the list."""


class ReadStatus(StrEnum):
    """How far the owner of the key has read. The names are stored."""

    UNREAD = "unread"
    STARTED = "started"
    READ = "read"


class Trait(StrEnum):
    """What a server recognises a book by. The names are those of order_store."""

    NAME = "name"
    CONTENTS = "contents"

    @property
    def other(self) -> Trait:
        """The other one."""
        return Trait.CONTENTS if self is Trait.NAME else Trait.NAME


@dataclass(frozen=True, slots=True)
class Known:
    """What is kept of a book.

    `page` is the last one that was read, counted from 1, 0 for none; `is_read` that it was read to
    the end. `locked` are fields that people have locked, with their values; `lists` are the read
    lists it is in, by id. Of its series likewise; its lists are collections.
    """

    page: int = 0
    is_read: bool = False
    locked: Mapping[str, Any] = field(default_factory=dict)
    lists: Mapping[str, Place] = field(default_factory=dict)
    series_id: str = ""
    series_locked: Mapping[str, Any] = field(default_factory=dict)
    series_lists: Mapping[str, Place] = field(default_factory=dict)

    @property
    def status(self) -> ReadStatus:
        """How far it was read, in a word."""
        if self.is_read:
            return ReadStatus.READ
        return ReadStatus.STARTED if self.page else ReadStatus.UNREAD

    @property
    def reach(self) -> tuple[bool, int]:
        """How far it was read, as a value to compare."""
        return self.is_read, self.page

    def with_progress_of(self, other: Known) -> Known:
        """Return this with the progress of another, such as that of the old book in the trash."""
        return replace(self, page=other.page, is_read=other.is_read)

    def to_json(self) -> str:
        """Return the text that is stored; what is empty is left out."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps({name: value for name, value in values.items() if value})

    @classmethod
    def from_json(cls, text: str) -> Known:
        """Return what was stored; what this version does not know is left out."""
        stored = stored_object(text)
        return cls(**{name: stored[name] for name in cls.__slots__ if name in stored})


@dataclass(frozen=True, slots=True)
class ServerBook:
    """A book as its server shows it.

    `path` is in the server's own names. `is_gone` says that the file is gone and the book only in
    the server's trash, `is_ready` that the server has read the file, which then had `size_bytes`,
    None if the server does not say. With `is_unreadable` it has failed to. It `is_hashed` if the
    server can recognise the file under another name, as far as it is set up to. `place` is what
    requests about it need besides its id.
    """

    book_id: str
    path: str
    known: Known
    pages: int
    link: str
    size_bytes: int | None = None
    is_gone: bool = False
    is_ready: bool = True
    is_unreadable: bool = False
    is_hashed: bool = True
    place: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Move:
    """A comic whose book is `target` now, of which `known` is to hold.

    `former_id` is the book it was before, None if that is the same or was never known. With
    `is_of_other`, what the target has is another comic's, since files have exchanged their names:
    it does not count.
    """

    former_id: str | None
    known: Known
    target: ServerBook
    is_of_other: bool = False

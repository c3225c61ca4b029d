"""The parts of helpers' answers that only helpers and their callers use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from comicmaintainer.comics.archives.model import Entry
from comicmaintainer.comics.archives.pdf.page_source import PageSource


@dataclass(frozen=True, slots=True)
class Listing:
    """The contents of an archive; see `ComicArchive`."""

    entries: tuple[Entry, ...]
    pages: tuple[Entry, ...]
    links: tuple[str, ...]
    comment: bytes


@dataclass(frozen=True, slots=True)
class MemberEnd:
    """How reading a member ended: the parts of an error, None if it was read completely.

    `source` is that of a PDF page.
    """

    error: Mapping[str, str] | None
    source: PageSource | None


@dataclass(frozen=True, slots=True)
class MemberSum:
    """A member that was read: its checksum and size, or whether its source is the same."""

    entry: Entry
    crc: int | None
    size_bytes: int | None
    is_same: bool

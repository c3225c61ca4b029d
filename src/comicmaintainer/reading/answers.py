"""The parts of what helpers answer that only they and their callers know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from comicmaintainer.comics.archives.model import Entry
from comicmaintainer.comics.archives.pdf.pdf_page import PageSource


@dataclass(frozen=True, slots=True)
class Listing:
    """What an archive has; see `ComicArchive`."""

    entries: tuple[Entry, ...]
    pages: tuple[Entry, ...]
    links: tuple[str, ...]
    comment: bytes


@dataclass(frozen=True, slots=True)
class MemberEnd:
    """How reading a member ended: the parts of an error, None where it was read whole.

    `source` is what a page of a PDF was made of.
    """

    error: Mapping[str, str] | None
    source: PageSource | None


@dataclass(frozen=True, slots=True)
class MemberSum:
    """A member that was read: its checksum and size, or whether it is made of what it was."""

    entry: Entry
    crc: int | None
    size_bytes: int | None
    is_same: bool

"""What verifying a comic found, member by member."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from comicmaintainer.comics.archives.model import ArchiveFormat, PageFact
from comicmaintainer.comics.archives.page_names import in_reading_order, is_page
from comicmaintainer.comics.images.model import ImageFacts
from comicmaintainer.errors import ComicMaintainerError, error_of
from comicmaintainer.filesystem.identity import FileIdentity


@dataclass(frozen=True, slots=True)
class MemberReport:
    """One member: its size, CRC and image facts (None if unreadable), and its problem.

    `problem` does not repeat the name of the file or the member.
    """

    name: str
    place: int
    size_bytes: int | None
    crc: int | None
    image: ImageFacts | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """One comic. `fault` has the parts of an error about the whole archive."""

    path: Path
    identity: FileIdentity
    format: ArchiveFormat | None
    members: tuple[MemberReport, ...]
    fault: Mapping[str, str] | None

    @property
    def is_sound(self) -> bool:
        return self.fault is None and not self.broken

    @property
    def error(self) -> ComicMaintainerError | None:
        return None if self.fault is None else error_of(self.fault)

    @property
    def broken(self) -> tuple[MemberReport, ...]:
        """The members that have a problem."""
        return tuple(member for member in self.members if member.problem is not None)

    @property
    def page_facts(self) -> tuple[PageFact, ...]:
        """The completely read pages, in reading order."""
        facts = [
            (member.name, member.size_bytes, member.crc, member.place)
            for member in self.members
            if member.size_bytes is not None and is_page(member.name)
        ]
        return tuple(in_reading_order(facts, itemgetter(0)))

"""Decides which members found in a damaged ZIP belong to the comic, and which are lost.

A name may be found twice: as two members, or as an old version of a member that was rewritten
after it. The remains of the directory decide, by name and content. Without them, two images with
one name are two pages, and for other files the last one counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from comicmaintainer.comics.archives.page_names import is_page
from comicmaintainer.comics.archives.zip.directory_run import Listed
from comicmaintainer.comics.archives.zip.zip_directory import ZipRecord

Content = tuple[int, int]
"""Size in bytes and CRC-32."""


class FoundHeader(NamedTuple):
    """A local header; `record` is None if the member is damaged."""

    name: str
    offset: int
    record: ZipRecord | None


@dataclass(frozen=True, slots=True)
class Listing:
    """The remains of the comic's own directory.

    `members` have the offsets of their local headers in the file if `has_places`. `is_complete`
    is true if the directory is whole and ends the file.
    """

    members: tuple[Listed, ...]
    has_places: bool
    is_complete: bool

    @property
    def places(self) -> frozenset[int]:
        """The offsets of local headers, if they are reliable."""
        return frozenset(each.offset for each in self.members if self.has_places)

    @property
    def names(self) -> Counter[str]:
        """How often each name is listed."""
        return Counter(each.name for each in self.members)


@dataclass(frozen=True, slots=True)
class Choice:
    """The salvaged members in the file's order.

    `foreign` are the places, in `records`, of those that belong to an archive inside this one or
    that a whole directory does not list. `again` are further names that the directory gives to the
    data of a salvaged member, each with that member's place. `lost` are the names of listed or
    found members that are damaged.
    """

    records: tuple[ZipRecord, ...]
    foreign: frozenset[int]
    again: tuple[tuple[str, int], ...]
    lost: tuple[str, ...]


def choose(headers: Sequence[FoundHeader], listing: Listing, inner: Collection[int]) -> Choice:
    """Choose among the headers; those at the offsets `inner` belong to an archive inside."""
    own: dict[str, list[ZipRecord]] = {}
    unsound: dict[str, None] = {}
    of_others: dict[str, ZipRecord] = {}
    for name, offset, record in headers:
        if offset in inner:
            of_others |= {} if record is None else {name: record}
        elif record is None:
            unsound[name] = None
        else:
            own.setdefault(name, []).append(record)
    names = listing.names
    chosen = {name: _of_one_name(name, records, listing) for name, records in own.items()}
    added = {
        name: record
        for name, record in of_others.items()
        if name not in chosen and name not in unsound and name not in names
    }
    kept = [record for records in chosen.values() for record in records]
    contents = {_content(each) for each in listing.members}
    foreign = {record.offset for record in added.values()}
    if listing.is_complete:
        foreign |= {
            each.offset
            for each in kept
            if each.name not in names and _content(each) not in contents
        }
    records = sorted((*kept, *added.values()), key=lambda record: record.offset)
    records = [record for record in records if not record.is_folder]
    return Choice(
        tuple(records),
        frozenset(place for place, record in enumerate(records) if record.offset in foreign),
        _again(records, listing),
        _lost(kept, unsound, listing),
    )


def has_all(headers: Sequence[FoundHeader], listed: Sequence[Listed]) -> bool:
    """Whether every listed member was found undamaged, with its name and content."""
    sound = Counter((h.name, *_content(h.record)) for h in headers if h.record is not None)
    expected = Counter((each.name, *_content(each)) for each in listed)
    return bool(expected) and expected <= sound


def _of_one_name(name: str, records: list[ZipRecord], listing: Listing) -> list[ZipRecord]:
    """Choose among the undamaged members with one name, in the file's order."""
    if not listing.is_complete:
        if not is_page(name):
            return records[-1:]
        return list({_content(record): record for record in records}.values())
    expected = Counter(_content(each) for each in listing.members if each.name == name)
    missing = expected.total()
    chosen: list[ZipRecord] = []
    places = listing.places
    in_place = [record for record in records if record.offset in places]
    for record in (*in_place, *records):
        if record not in chosen and expected[_content(record)] > 0:
            expected[_content(record)] -= 1
            chosen.append(record)
    # A member listed with another content counts if it is at the listed place.
    chosen += [r for r in in_place if r not in chosen][: missing - len(chosen)]
    return chosen or records[-1:]


def _again(records: Sequence[ZipRecord], listing: Listing) -> tuple[tuple[str, int], ...]:
    """Members that a whole directory lists again, under another name than the header's."""
    if not (listing.is_complete and listing.has_places):
        return ()
    names = listing.names
    places = {record.offset: place for place, record in enumerate(records) if record.name in names}
    placed = [(each, places.get(each.offset)) for each in listing.members]
    return tuple(
        (each.name, place)
        for each, place in placed
        if place is not None
        and records[place].name != each.name
        and _content(records[place]) == _content(each)
    )


def _lost(kept: Sequence[ZipRecord], unsound: Collection[str], listing: Listing) -> tuple[str, ...]:
    """Names of members of which neither the name nor the content was salvaged."""
    contents = {_content(record) for record in kept}
    saved = Counter(record.name for record in kept)
    missing = [
        each.name
        for each, number in _numbered(listing.members)
        if number >= saved[each.name] and _content(each) not in contents
    ]
    names = listing.names
    damaged = [] if listing.is_complete else [name for name in unsound if name not in names]
    damaged = [name for name in damaged if not saved[name]]
    return tuple(name for name in (*damaged, *missing) if not name.endswith("/"))


def _numbered(listed: Sequence[Listed]) -> list[tuple[Listed, int]]:
    """The listed members, each with the number of members of its name before it."""
    seen: Counter[str] = Counter()
    numbered = []
    for each in listed:
        numbered.append((each, seen[each.name]))
        seen[each.name] += 1
    return numbered


def _content(member: ZipRecord | Listed) -> Content:
    return member.size_bytes, member.crc

"""Which of the members that were found in a damaged ZIP are the comic's, and which are lost.

A name may be found twice: as two members, or as an old version of one that was written anew behind
it. What is left of the directory tells, by name and content; where there is none, two images with
one name are two pages, and of anything else the last one counts.
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
    """A local header; `record` is None where the member is not sound."""

    name: str
    offset: int
    record: ZipRecord | None


@dataclass(frozen=True, slots=True)
class Listing:
    """What is left of the comic's own directory.

    `members` have the offsets of their local headers in the file, if `has_places`. `is_complete`
    says that it is whole and ends the file.
    """

    members: tuple[Listed, ...]
    has_places: bool
    is_complete: bool

    @property
    def places(self) -> frozenset[int]:
        """Where local headers are, as far as it is to be believed."""
        return frozenset(each.offset for each in self.members if self.has_places)

    @property
    def names(self) -> Counter[str]:
        """How often each name is listed."""
        return Counter(each.name for each in self.members)


@dataclass(frozen=True, slots=True)
class Choice:
    """The saved members in the file's order.

    `foreign` are the places, in `records`, of those which belong to an archive inside this one or
    which a whole directory does not list. `again` are further names that the directory gives to the
    data of a saved member, each with that one's place. `lost` are the names of members that are
    told of and not sound.
    """

    records: tuple[ZipRecord, ...]
    foreign: frozenset[int]
    again: tuple[tuple[str, int], ...]
    lost: tuple[str, ...]


def choose(headers: Sequence[FoundHeader], listing: Listing, inner: Collection[int]) -> Choice:
    """Choose among the headers; those at the offsets `inner` belong to an archive in this one."""
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
    chosen = {name: _of_one_name(name, found, listing) for name, found in own.items()}
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
    """Tell whether every listed member was found sound, under its name and with its content."""
    found = Counter((h.name, *_content(h.record)) for h in headers if h.record is not None)
    wanted = Counter((each.name, *_content(each)) for each in listed)
    return bool(wanted) and wanted <= found


def _of_one_name(name: str, found: list[ZipRecord], listing: Listing) -> list[ZipRecord]:
    """The members among sound ones with one name, in the file's order."""
    if not listing.is_complete:
        if not is_page(name):
            return found[-1:]
        return list({_content(record): record for record in found}.values())
    wanted = Counter(_content(each) for each in listing.members if each.name == name)
    missing = wanted.total()
    chosen: list[ZipRecord] = []
    places = listing.places
    in_place = [record for record in found if record.offset in places]
    for record in (*in_place, *found):
        if record not in chosen and wanted[_content(record)] > 0:
            wanted[_content(record)] -= 1
            chosen.append(record)
    # Of what is listed with another content, what stands in its place.
    chosen += [r for r in in_place if r not in chosen][: missing - len(chosen)]
    return chosen or found[-1:]


def _again(records: Sequence[ZipRecord], listing: Listing) -> tuple[tuple[str, int], ...]:
    """What a whole directory lists a second time, under another name than the header's."""
    if not (listing.is_complete and listing.has_places):
        return ()
    names = listing.names
    places = {record.offset: place for place, record in enumerate(records) if record.name in names}
    found = [(each, places.get(each.offset)) for each in listing.members]
    return tuple(
        (each.name, place)
        for each, place in found
        if place is not None
        and records[place].name != each.name
        and _content(records[place]) == _content(each)
    )


def _lost(kept: Sequence[ZipRecord], unsound: Collection[str], listing: Listing) -> tuple[str, ...]:
    """Names of members that are told of and have neither their name nor their content saved."""
    contents = {_content(record) for record in kept}
    saved = Counter(record.name for record in kept)
    missing = [
        each.name
        for each, number in _numbered(listing.members)
        if number >= saved[each.name] and _content(each) not in contents
    ]
    names = listing.names
    told = [] if listing.is_complete else [name for name in unsound if name not in names]
    told = [name for name in told if not saved[name]]
    return tuple(name for name in (*told, *missing) if not name.endswith("/"))


def _numbered(listed: Sequence[Listed]) -> list[tuple[Listed, int]]:
    """The listed members, each with how many of its name come before it."""
    seen: Counter[str] = Counter()
    numbered = []
    for each in listed:
        numbered.append((each, seen[each.name]))
        seen[each.name] += 1
    return numbered


def _content(member: ZipRecord | Listed) -> Content:
    return member.size_bytes, member.crc

"""Reads CBZ files with positional reads: the tail, then the requested members.

`ZipReader` is an open archive. `read_cbz_quickly` gets the tags and the page list for a library
scan without building an object per entry.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Self

from comicmaintainer.comics.archives.inner_comics import is_inner_comic
from comicmaintainer.comics.archives.model import ArchiveFormat, Entry, Limits, PageFact
from comicmaintainer.comics.archives.own_members import OwnMembers
from comicmaintainer.comics.archives.page_names import in_reading_order, is_page
from comicmaintainer.comics.archives.zip.zip_directory import (
    FLAG_ENCRYPTED,
    FLAG_MASKED,
    LOCAL_HEADER,
    MAX_32,
    RECORD,
    RECORD_FACTS,
    RECORD_SIGNATURE,
    Directory,
    ZipRecord,
    decoded_name,
    parse_records,
    read_directory,
    require_few_entries,
    zip64_values,
)
from comicmaintainer.comics.archives.zip.zip_extents import is_in_place, member_extents
from comicmaintainer.comics.archives.zip.zip_members import (
    OWN_METHODS,
    PLAIN_METHODS,
    checked,
    read_head,
    read_small,
    stream_member,
)
from comicmaintainer.errors import (
    DamagedArchive,
    EmptyArchive,
    EncryptedArchive,
    HostileArchive,
)
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.os_errors import storage_errors, translated
from comicmaintainer.filesystem.regular_files import open_regular

REPAIR_ADVICE = "`verify` with `heal` rebuilds it"

MemberStream = Callable[[Path, ZipRecord], Iterator[bytes]]
"""Streams one member of an archive by other means, not yet checked against its record."""


class ZipReader:
    """A CBZ open for reading. Implements `ComicArchive`."""

    format = ArchiveFormat.CBZ
    links: tuple[str, ...] = ()

    def __init__(
        self,
        path: Path,
        limits: Limits,
        *,
        fallback: MemberStream | None = None,
        methods: frozenset[int] = OWN_METHODS,
        size_bytes: int | None = None,
    ) -> None:
        """Open `path` and read its directory; with `size_bytes`, as if the file ended there.

        `fallback` streams members in compressions that are not in `methods`.

        Raises:
            EmptyArchive, DamagedArchive, HostileArchive, FileMissing, StorageFailed.
        """
        self._path = path
        self._limits = limits
        self._fallback = fallback
        self._methods = methods
        with storage_errors(path):
            self.descriptor = open_regular(path)
        try:
            with storage_errors(path):
                self.identity = FileIdentity.of_stat(os.fstat(self.descriptor))
                self.directory = read_directory(
                    self.descriptor, limits, path=path, size_bytes=size_bytes
                )
                self.records = parse_records(self.directory, path=path)
                check_bounds(self.descriptor, self.records, self.directory, limits, path=path)
        except BaseException:
            self.close()
            raise

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(
            Entry(record.name, record.size_bytes, record.compressed_bytes, record.crc, place)
            for place, record in enumerate(self.records)
            if not record.is_folder
        )

    @cached_property
    def pages(self) -> tuple[Entry, ...]:
        pages = (entry for entry in self.entries if is_page(entry.name))
        return tuple(in_reading_order(pages, attrgetter("name")))

    @property
    def comment(self) -> bytes:
        return self.directory.comment

    @property
    def is_plain(self) -> bool:
        """True if every member is stored or deflated, which all programs can read."""
        return all(record.method in PLAIN_METHODS for record in self.records)

    def record(self, entry: Entry) -> ZipRecord:
        """The directory's record of a member."""
        return self.records[entry.place]

    def read(self, entry: Entry, max_bytes: int | None = None) -> bytes:
        return self.read_record(self.record(entry), max_bytes)

    def read_record(self, record: ZipRecord, max_bytes: int | None = None) -> bytes:
        """The content of the member with this directory record, like `read`."""
        limit = self._limits.max_member_bytes if max_bytes is None else max_bytes
        if record.size_bytes > limit:
            raise HostileArchive(
                f"{record.size_bytes} bytes are more than {limit}",
                path=self._path,
                member=record.name,
            )
        if self._fallback is not None and self._needs_fallback(record):
            return b"".join(self._stream(record))
        with storage_errors(self._path):
            return read_small(self.descriptor, record, path=self._path)

    def head(self, entry: Entry, count: int) -> bytes:
        """At most the first `count` bytes of a member, unchecked.

        Raises:
            DamagedArchive, EncryptedArchive, UnsupportedArchive, StorageFailed.
        """
        with storage_errors(self._path):
            return read_head(self.descriptor, self.record(entry), count, path=self._path)

    def stream(self, entry: Entry) -> Iterator[bytes]:
        return self._stream(self.record(entry))

    def _stream(self, record: ZipRecord) -> Iterator[bytes]:
        if self._fallback is not None and self._needs_fallback(record):
            chunks = self._fallback(self._path, record)
            yield from checked(chunks, record, path=self._path)
            return
        try:
            yield from stream_member(self.descriptor, record, path=self._path)
        except OSError as error:
            raise translated(error, self._path) from error

    def _needs_fallback(self, record: ZipRecord) -> bool:
        return record.method not in self._methods and not record.is_encrypted

    def require_places(self) -> None:
        """Verify that every member is at its recorded place, as before a rewrite.

        Raises:
            DamagedArchive, StorageFailed.
        """
        with storage_errors(self._path):
            member_extents(self.descriptor, self.directory, self.records, path=self._path)

    def walk(self) -> Iterator[tuple[Entry, Iterator[bytes]]]:
        for entry in self.entries:
            yield entry, self.stream(entry)

    def close(self) -> None:
        os.close(self.descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def check_bounds(
    descriptor: int,
    records: tuple[ZipRecord, ...],
    directory: Directory,
    limits: Limits,
    *,
    path: Path,
) -> None:
    """Refuse what no honest archive has: absurd sizes and ratios, overlapping members.

    Raises:
        EmptyArchive: there are no records.
        DamagedArchive: a member is outside the file, or at the place of another one.
        HostileArchive.
        OSError.
    """
    if not records:
        raise EmptyArchive("the archive is empty", path=path)
    require_few_entries(len(records), limits, path=path)
    total = 0
    for record in records:
        total += record.size_bytes
        large = record.size_bytes > limits.ratio_from_bytes
        if record.size_bytes > limits.max_member_bytes or total > limits.max_total_bytes:
            raise HostileArchive("its size exceeds the limits", path=path, member=record.name)
        if large and record.size_bytes > record.compressed_bytes * limits.max_ratio:
            raise HostileArchive("it is a decompression bomb", path=path, member=record.name)
    if total > limits.ratio_from_bytes + directory.file_size * limits.max_ratio:
        raise HostileArchive("its members together are a decompression bomb", path=path)
    previous: ZipRecord | None = None
    previous_end = 0
    for record in sorted(records, key=lambda one: one.offset):
        end = record.offset + LOCAL_HEADER.size + len(record.raw_name) + record.compressed_bytes
        if end > directory.offset:
            raise DamagedArchive(
                f"it lies outside the archive. {REPAIR_ADVICE}", path=path, member=record.name
            )
        if previous is not None and record.offset < previous_end:
            raise _overlap(descriptor, previous, record, path)
        previous, previous_end = record, end


def _overlap(
    descriptor: int, first: ZipRecord, second: ZipRecord, path: Path
) -> DamagedArchive | HostileArchive:
    """The error for a member inside another: a wrong directory, or a crafted archive."""
    if first.offset == second.offset:
        names = f"{first.name} and {second.name} share one place"
        return DamagedArchive(f"{names} in the archive. {REPAIR_ADVICE}", path=path)
    if all(is_in_place(descriptor, record, path=path) for record in (first, second)):
        return HostileArchive(f"{second.name} overlaps {first.name}", path=path)
    return DamagedArchive(
        f"its recorded place in the archive is wrong. {REPAIR_ADVICE}",
        path=path,
        member=second.name,
    )


@dataclass(frozen=True, slots=True)
class QuickRead:
    """The data that a scan needs of a file: small members by name, pages, and the comment.

    `members` are those that describe the whole archive, `misplaced` the names of them and similar
    members other than the usual name at the root (see `own_members`). `page_facts` are in reading
    order; sizes are 0 if the format does not list them. `information` is a PDF's information
    dictionary, empty for other formats. `comics` is how many members are comics.
    """

    format: ArchiveFormat
    identity: FileIdentity
    members: dict[str, bytes]
    page_facts: tuple[PageFact, ...]
    comment: bytes
    information: Mapping[str, str] = field(default_factory=dict)
    comics: int = 0
    misplaced: tuple[str, ...] = ()

    @property
    def pages(self) -> tuple[str, ...]:
        return tuple(name for name, *_ in self.page_facts)


MAX_QUICK_MEMBER_BYTES = 8 << 20


class NotPlain(Exception):
    """A needed member has to be decoded. Internal: the caller has a helper process do it."""


def read_cbz_quickly(
    descriptor: int,
    path: Path,
    names: Collection[str],
    limits: Limits,
    *,
    methods: frozenset[int] = OWN_METHODS,
) -> QuickRead:
    """Read tags and pages of the open CBZ: the tail, and one read for each requested member.

    `names` are usual names (`ComicInfo.xml`); see `own_members` for what matches.

    Raises:
        EmptyArchive, DamagedArchive, EncryptedArchive, UnsupportedArchive, HostileArchive,
        OSError.
        NotPlain: a member is in a supported compression that is not in `methods`.
    """
    identity = FileIdentity.of_stat(os.fstat(descriptor))
    directory = read_directory(descriptor, limits, path=path)
    data = directory.records
    unpack = RECORD_FACTS.unpack_from
    position = place = 0
    facts: list[PageFact] = []
    own = OwnMembers(names)
    records: list[ZipRecord] = []
    comics = 0
    while place < directory.count or data.startswith(RECORD_SIGNATURE, position):
        if not data.startswith(RECORD_SIGNATURE, position) or position + RECORD.size > len(data):
            raise DamagedArchive("the central directory is damaged", path=path)
        flags, method, crc, compressed, size, name_length, extra_length, note_length, offset = (
            unpack(data, position)
        )
        name_at = position + RECORD.size
        raw_name = data[name_at : name_at + name_length]
        extra = data[name_at + name_length : name_at + name_length + extra_length]
        end = name_at + name_length + extra_length + note_length
        name = decoded_name(raw_name, flags, extra)
        if MAX_32 in (size, compressed, offset):
            size, compressed, offset = zip64_values(extra, size, compressed, offset)
        if is_page(name):
            if flags & (FLAG_ENCRYPTED | FLAG_MASKED):
                raise EncryptedArchive("it needs a password", path=path, member=name)
            facts.append((name, size, crc, place))
        elif (usual := own.usual_name(name)) is not None:
            own.add(len(records), name, usual)
            records.append(
                ZipRecord(
                    name,
                    flags,
                    method,
                    crc,
                    compressed,
                    size,
                    offset + directory.shift,
                    b"",
                    raw_name,
                )
            )
        elif is_inner_comic(name):
            comics += 1
        position = end
        place += 1
    if place == 0:
        raise EmptyArchive("the archive is empty", path=path)
    require_few_entries(place, limits, path=path)
    members = {}
    misplaced: list[str] = []
    for member in own.chosen(name for name, *_ in facts).values():
        record = records[member.number]
        if record.size_bytes > MAX_QUICK_MEMBER_BYTES:
            raise HostileArchive("it is too large for metadata", path=path, member=record.name)
        _require_plain(record, directory, methods, path)
        members[record.name] = read_small(descriptor, record, path=path)
        misplaced += member.misplaced
    ordered = tuple(in_reading_order(facts, itemgetter(0)))
    return QuickRead(
        ArchiveFormat.CBZ,
        identity,
        members,
        ordered,
        directory.comment,
        comics=comics,
        misplaced=tuple(misplaced),
    )


def _require_plain(
    record: ZipRecord, directory: Directory, methods: frozenset[int], path: Path
) -> None:
    end = record.offset + LOCAL_HEADER.size + len(record.raw_name) + record.compressed_bytes
    if end > directory.offset:
        raise DamagedArchive(
            f"it lies outside the archive. {REPAIR_ADVICE}", path=path, member=record.name
        )
    if record.method in OWN_METHODS - methods and not record.is_encrypted:
        raise NotPlain

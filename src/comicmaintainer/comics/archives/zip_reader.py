"""Reading of CBZ files with positional reads: the tail, then the members asked for.

Two doors: `ZipReader`, an open archive, and `read_cbz_quickly`, which gets a library scan the
tags and the page list of a file without building an object per entry.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Self

from comicmaintainer.comics.archives.model import ArchiveFormat, Entry, Limits
from comicmaintainer.comics.archives.page_names import in_reading_order, is_page
from comicmaintainer.comics.archives.zip_directory import (
    FLAG_ENCRYPTED,
    FLAG_MASKED,
    MAX_32,
    RECORD,
    RECORD_FACTS,
    RECORD_SIGNATURE,
    Directory,
    ZipRecord,
    decoded_name,
    parse_records,
    read_directory,
    zip64_values,
)
from comicmaintainer.comics.archives.zip_members import (
    OWN_METHODS,
    read_head,
    read_small,
    require_readable,
    stream_member,
)
from comicmaintainer.errors import (
    DamagedArchive,
    EmptyArchive,
    EncryptedArchive,
    FileMissing,
    HostileArchive,
)
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.os_errors import storage_errors, translated
from comicmaintainer.filesystem.regular_files import open_regular

MemberStream = Callable[[Path, str], Iterator[bytes]]
"""Streams one member by other means: (archive, name) → chunks."""


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
        size_bytes: int | None = None,
    ) -> None:
        """Open `path` and read its directory, with `size_bytes` as if the file ended there.

        `fallback` streams members in compressions that are not ours.

        Raises:
            EmptyArchive, DamagedArchive, HostileArchive, FileMissing, StorageFailed.
        """
        self._path = path
        self._limits = limits
        self._fallback = fallback
        with storage_errors(path):
            self.descriptor = open_regular(path)
        try:
            with storage_errors(path):
                self.identity = FileIdentity.of_stat(os.fstat(self.descriptor))
                self.directory = read_directory(
                    self.descriptor, limits, label=path, size_bytes=size_bytes
                )
            self.records = parse_records(self.directory, label=path)
            check_bounds(self.records, self.directory, limits, label=path)
        except BaseException:
            self.close()
            raise

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(
            Entry(record.name, record.size_bytes, record.compressed_bytes, record.crc)
            for record in self.records
            if not record.is_folder
        )

    @cached_property
    def pages(self) -> tuple[str, ...]:
        return tuple(in_reading_order({r.name for r in self.records if is_page(r.name)}))

    @property
    def comment(self) -> bytes:
        return self.directory.comment

    @cached_property
    def _by_name(self) -> dict[str, ZipRecord]:
        # Of several with one name the last counts, as for every other reader.
        return {record.name: record for record in self.records}

    def record(self, name: str) -> ZipRecord:
        """The directory's record of a member.

        Raises:
            FileMissing: no member has this name.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise FileMissing(f"{self._path}: it has no member {name}") from None

    def read(self, name: str, max_bytes: int | None = None) -> bytes:
        record = self.record(name)
        limit = self._limits.max_member_bytes if max_bytes is None else max_bytes
        if record.size_bytes > limit:
            raise HostileArchive(
                f"{self._path}: {name}: {record.size_bytes} bytes are more than {limit}"
            )
        if self._fallback is not None and self._needs_fallback(record):
            return b"".join(self.stream(name))
        with storage_errors(self._path):
            return read_small(self.descriptor, record, label=self._path)

    def head(self, name: str, count: int) -> bytes:
        """The first `count` bytes of a member at most, checked against nothing.

        Raises:
            FileMissing, DamagedArchive, EncryptedArchive, UnsupportedArchive, StorageFailed.
        """
        with storage_errors(self._path):
            return read_head(self.descriptor, self.record(name), count, label=self._path)

    def stream(self, name: str) -> Iterator[bytes]:
        return self._stream(self.record(name))

    def _stream(self, record: ZipRecord) -> Iterator[bytes]:
        if self._fallback is not None and self._needs_fallback(record):
            try:
                yield from self._fallback(self._path, record.name)
            except FileMissing as error:
                # libarchive decodes some odd names in another way than we do.
                require_readable(record, label=self._path)
                raise DamagedArchive(f"{self._path}: {record.name}: it can't be found") from error
            return
        try:
            yield from stream_member(self.descriptor, record, label=self._path)
        except OSError as error:
            raise translated(error, self._path) from error

    def _needs_fallback(self, record: ZipRecord) -> bool:
        return record.method not in OWN_METHODS and not record.is_encrypted

    def walk(self) -> Iterator[tuple[Entry, Iterator[bytes]]]:
        for record in self.records:
            if not record.is_folder:
                entry = Entry(record.name, record.size_bytes, record.compressed_bytes, record.crc)
                yield entry, self._stream(record)

    def close(self) -> None:
        os.close(self.descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def check_bounds(
    records: tuple[ZipRecord, ...], directory: Directory, limits: Limits, *, label: object
) -> None:
    """Refuse what no honest archive has: members over one another, absurd sizes and ratios.

    Raises:
        EmptyArchive: there is no record at all.
        DamagedArchive: a member lies outside the file.
        HostileArchive.
    """
    if not records:
        raise EmptyArchive(f"{label}: the archive is empty")
    total = 0
    previous_end = 0
    previous_name = ""
    for record in sorted(records, key=lambda one: one.offset):
        end = record.offset + 30 + len(record.raw_name) + record.compressed_bytes
        if end > directory.offset:
            raise DamagedArchive(f"{label}: {record.name}: it lies outside the archive")
        if record.offset < previous_end:
            raise HostileArchive(f"{label}: {record.name} overlaps {previous_name}")
        previous_end, previous_name = end, record.name
        total += record.size_bytes
        large = record.size_bytes > limits.ratio_from_bytes
        if record.size_bytes > limits.max_member_bytes or total > limits.max_total_bytes:
            raise HostileArchive(f"{label}: {record.name}: its size is beyond the limits")
        if large and record.size_bytes > record.compressed_bytes * limits.max_ratio:
            raise HostileArchive(f"{label}: {record.name}: it is a decompression bomb")


@dataclass(frozen=True, slots=True)
class QuickRead:
    """What a scan wants of a file: small members by name, pages in reading order, the comment.

    `page_facts` are (name, size in bytes, CRC-32 or None) in reading order; sizes are 0 where the
    format does not tell. `information` is a PDF's information dictionary, empty for other formats.
    """

    format: ArchiveFormat
    identity: FileIdentity
    members: dict[str, bytes]
    page_facts: tuple[tuple[str, int, int | None], ...]
    comment: bytes
    information: Mapping[str, str] = field(default_factory=dict)

    @property
    def pages(self) -> tuple[str, ...]:
        return tuple(name for name, _, _ in self.page_facts)


MAX_QUICK_MEMBER_BYTES = 8 << 20


def read_cbz_quickly(
    descriptor: int, path: Path, names: Collection[str], limits: Limits
) -> QuickRead:
    """Tags and pages of the open CBZ: the tail, and one read for each member asked for.

    `names` are lower-case base names (`comicinfo.xml`); a member matches in any folder and case.

    Raises:
        EmptyArchive, DamagedArchive, EncryptedArchive, UnsupportedArchive, HostileArchive,
        OSError.
    """
    identity = FileIdentity.of_stat(os.fstat(descriptor))
    directory = read_directory(descriptor, limits, label=path)
    if directory.count == 0:
        raise EmptyArchive(f"{path}: the archive is empty")
    data = directory.records
    unpack = RECORD_FACTS.unpack_from
    position = 0
    facts: dict[str, tuple[str, int, int | None]] = {}
    wanted: list[ZipRecord] = []
    for _ in range(directory.count):
        if not data.startswith(RECORD_SIGNATURE, position) or position + RECORD.size > len(data):
            raise DamagedArchive(f"{path}: the central directory is damaged")
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
                raise EncryptedArchive(f"{path}: {name}: it needs a password")
            facts[name] = (name, size, crc)
        elif name[name.rfind("/") + 1 :].lower() in names:
            wanted.append(
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
        position = end
    members = {}
    for record in wanted:
        if record.size_bytes > MAX_QUICK_MEMBER_BYTES:
            raise HostileArchive(f"{path}: {record.name}: it is too large for metadata")
        members[record.name] = read_small(descriptor, record, label=path)
    ordered = tuple(facts[name] for name in in_reading_order(facts))
    return QuickRead(ArchiveFormat.CBZ, identity, members, ordered, directory.comment)

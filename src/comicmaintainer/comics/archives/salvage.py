"""What can be saved of a CBZ whose directory is damaged or cut off: its members, by their headers.

Each member has a header of its own in front of its data. Going through the file from the front, a
member counts as saved only if all of its content matches its checksum; nothing is guessed. What is
left of the directory is read too: it names members that are gone, and if it is whole, it says which
members belong to the archive at all. PKWARE APPNOTE 6.3.10, 4.3.
"""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from comicmaintainer.comics.archives.model import Limits
from comicmaintainer.comics.archives.page_names import is_page
from comicmaintainer.comics.archives.zip_directory import (
    END,
    END_SIGNATURE,
    FLAG_DESCRIPTOR,
    LOCAL_HEADER,
    LOCAL_SIGNATURE,
    MAX_32,
    RECORD,
    RECORD_FACTS,
    RECORD_SIGNATURE,
    Directory,
    ZipRecord,
    decoded_name,
)
from comicmaintainer.comics.archives.zip_layout import directory_record
from comicmaintainer.comics.archives.zip_members import DEFLATED, STORED, stream_member
from comicmaintainer.errors import ArchiveError, DamagedArchive, HostileArchive
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.os_errors import storage_errors

SIGNATURES = (LOCAL_SIGNATURE, RECORD_SIGNATURE)
DESCRIPTOR_SIGNATURE = b"PK\x07\x08"
DESCRIPTOR_BYTES = 16
SEARCH_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Listed:
    """What the remains of the directory say of a member."""

    size_bytes: int
    crc: int


class SalvagedZip:
    """The sound members of a damaged CBZ, with the face of an open archive to the writers.

    `records` are in the file's order, of several with one name the last sound one. `lost` are the
    names of members that are told of and not sound. `is_complete` says that a whole directory was
    found, so that no member is missing without being in `lost`.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        """Go through the whole file.

        Raises:
            HostileArchive: it has too many members, or they are too large.
            FileMissing, StorageFailed.
        """
        self._path = path
        self._limits = limits
        with storage_errors(path):
            self.descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            with storage_errors(path):
                status = os.fstat(self.descriptor)
                self.identity = FileIdentity.of_stat(status)
                self._size_bytes = status.st_size
                self._sound: dict[str, ZipRecord] = {}
                self._unsound: dict[str, None] = {}
                self.listed: dict[str, Listed] = {}
                self.is_complete = False
                self._total_bytes = 0
                self._scan()
        except BaseException:
            self.close()
            raise

    @property
    def records(self) -> tuple[ZipRecord, ...]:
        found = sorted(self._sound.values(), key=lambda record: record.offset)
        if self.is_complete:  # what it does not list was removed by somebody
            told = set(self.listed.values())
            found = [
                record
                for record in found
                if record.name in self.listed or Listed(record.size_bytes, record.crc) in told
            ]
        return tuple(record for record in found if not record.is_folder)

    @property
    def lost(self) -> tuple[str, ...]:
        names = list(self.listed if self.is_complete else {**self._unsound, **self.listed})
        contents = {Listed(record.size_bytes, record.crc) for record in self._sound.values()}
        return tuple(
            name
            for name in names
            if not name.endswith("/")
            and name not in self._sound
            and self.listed.get(name) not in contents
        )

    @property
    def directory(self) -> Directory:
        """An empty directory at the end of the file, for the writers' layout."""
        size = self._size_bytes
        return Directory(size, size, b"", 0, size, b"", is_zip64=False, shift=0)

    def close(self) -> None:
        os.close(self.descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _scan(self) -> None:
        position = 0
        while position < self._size_bytes:
            head = os.pread(self.descriptor, RECORD.size, position)
            if head.startswith(LOCAL_SIGNATURE) and len(head) >= LOCAL_HEADER.size:
                position = self._take_member(head, position)
            elif head.startswith(RECORD_SIGNATURE):
                position = self._take_directory(position)
            else:
                position = self._next_signature(position + 1)

    def _take_member(self, head: bytes, position: int) -> int:
        """Check the member whose header is at `position`; returns where to go on."""
        (_, _, flags, method, _, _, crc, compressed, size, name_bytes,
         extra_bytes) = LOCAL_HEADER.unpack_from(head)  # fmt: skip
        raw_name = os.pread(self.descriptor, name_bytes, position + LOCAL_HEADER.size)
        start = position + LOCAL_HEADER.size + int(name_bytes) + int(extra_bytes)
        name = decoded_name(raw_name, flags)
        if not name:
            return self._next_signature(start)
        if len(self._sound) + len(self._unsound) >= self._limits.max_entries:
            raise HostileArchive(f"{self._path}: more than {self._limits.max_entries} entries")
        if flags & FLAG_DESCRIPTOR and not size:
            found = self._measured(method, start)
            if found is None:
                return self._give_up(name, start)
            crc, compressed, size = found
        if MAX_32 in (compressed, size):
            return self._give_up(name, start)
        record = self._record(name, raw_name, flags, method, crc, compressed, size, position)
        if not self._is_sound(record):
            return self._give_up(name, start, start + compressed)
        self._sound[name] = record
        self._unsound.pop(name, None)
        return start + int(compressed)

    def _record(
        self,
        name: str,
        raw_name: bytes,
        flags: int,
        method: int,
        crc: int,
        compressed: int,
        size: int,
        offset: int,
    ) -> ZipRecord:
        raw = directory_record(
            name,
            method=method,
            crc=crc,
            compressed_bytes=compressed,
            size_bytes=size,
            offset=min(offset, MAX_32 - 1),  # the writers put the new one in
            modified_dos=int.from_bytes(os.pread(self.descriptor, 4, offset + 10), "little"),
        )
        # The name's own bytes, and the flags that say how it and the data are packed.
        fixed = bytearray(raw[: RECORD.size])
        fixed[8:10] = flags.to_bytes(2, "little")
        fixed[28:30] = len(raw_name).to_bytes(2, "little")
        raw = bytes(fixed) + raw_name
        return ZipRecord(name, flags, method, crc, compressed, size, offset, raw, raw_name)

    def _is_sound(self, record: ZipRecord) -> bool:
        limits = self._limits
        self._count(record.size_bytes)
        if record.size_bytes > limits.max_member_bytes:
            raise HostileArchive(f"{self._path}: {record.name}: its size is beyond the limits")
        if record.size_bytes > limits.ratio_from_bytes + record.compressed_bytes * limits.max_ratio:
            raise HostileArchive(f"{self._path}: {record.name}: it is a decompression bomb")
        try:
            for _ in stream_member(self.descriptor, record, label=self._path):
                pass
        except ArchiveError:
            return False
        return True

    def _count(self, size_bytes: int) -> None:
        """What was looked through; headers made to be looked through again and again end here."""
        self._total_bytes += size_bytes
        if self._total_bytes > self._limits.max_total_bytes:
            raise HostileArchive(f"{self._path}: its members are beyond the limits")

    def _give_up(self, name: str, start: int, end: int | None = None) -> int:
        """Note an unsound member; `end` is where its header says that its data end."""
        if name not in self._sound:
            self._unsound[name] = None
        if end is not None:
            if os.pread(self.descriptor, len(LOCAL_SIGNATURE), end) in SIGNATURES:
                return end
            if end > self._size_bytes and not is_page(name):
                return self._size_bytes  # an archive in the archive has headers of its own
        return self._next_signature(start)

    def _measured(self, method: int, start: int) -> tuple[int, int, int] | None:
        """CRC, packed and unpacked size of a member that only tells them behind its data."""
        if method == DEFLATED:
            return self._inflated(start)
        if method == STORED:
            return self._described(start)
        return None

    def _inflated(self, start: int) -> tuple[int, int, int] | None:
        decompressor = zlib.decompressobj(-15)
        crc = size = 0
        position = start
        while not decompressor.eof and size <= self._limits.max_member_bytes:
            pending = os.pread(self.descriptor, SEARCH_BYTES, position)
            if not pending:
                return None
            position += len(pending)
            while pending and not decompressor.eof:
                try:
                    chunk = decompressor.decompress(pending, SEARCH_BYTES)
                except zlib.error:
                    return None
                crc = zlib.crc32(chunk, crc)
                size += len(chunk)
                self._count(len(chunk))
                pending = decompressor.unconsumed_tail
        return crc, position - start - len(decompressor.unused_data), size

    def _described(self, start: int) -> tuple[int, int, int] | None:
        """Look for the description that fits the bytes before it."""
        position = self._find((DESCRIPTOR_SIGNATURE,), start)
        while position < self._size_bytes:
            described = os.pread(self.descriptor, DESCRIPTOR_BYTES, position)
            crc, compressed, size = (
                int.from_bytes(described[at : at + 4], "little") for at in (4, 8, 12)
            )
            if compressed == size == position - start:
                return crc, compressed, size
            self._count(position - start)
            position = self._find((DESCRIPTOR_SIGNATURE,), position + 1)
        return None

    def _take_directory(self, position: int) -> int:
        """Read records as long as they follow each other; a later directory counts alone."""
        self.listed = {}
        self.is_complete = False
        count = 0
        while True:
            record = os.pread(self.descriptor, RECORD.size, position)
            if not record.startswith(RECORD_SIGNATURE) or len(record) < RECORD.size:
                break
            flags, _, crc, _, size, name_bytes, extra_bytes, note_bytes, _ = (
                RECORD_FACTS.unpack_from(record)
            )
            raw_name = os.pread(self.descriptor, name_bytes, position + RECORD.size)
            self.listed[decoded_name(raw_name, flags)] = Listed(size, crc)
            position += RECORD.size + name_bytes + extra_bytes + note_bytes
            count += 1
        if record.startswith(END_SIGNATURE) and len(record) >= END.size:
            self.is_complete = END.unpack_from(record)[4] == count
        return self._next_signature(position if count else position + 1)

    def _next_signature(self, position: int) -> int:
        return self._find(SIGNATURES, position)

    def _find(self, signatures: tuple[bytes, ...], position: int) -> int:
        """Where one of the signatures is found next, the file's end if nowhere."""
        while position < self._size_bytes:
            block = os.pread(self.descriptor, SEARCH_BYTES, position)
            places = [at for at in (block.find(one) for one in signatures) if at >= 0]
            if places:
                return position + min(places)
            if len(block) < len(LOCAL_SIGNATURE):
                break
            position += len(block) - len(LOCAL_SIGNATURE) + 1
        return self._size_bytes


def open_salvaged(path: Path, limits: Limits) -> SalvagedZip:
    """Save what can be saved.

    Raises:
        DamagedArchive: not one member is sound.
        HostileArchive, FileMissing, StorageFailed.
    """
    found = SalvagedZip(path, limits)
    if not found.records:
        found.close()
        raise DamagedArchive(f"{path}: nothing of it can be saved")
    return found

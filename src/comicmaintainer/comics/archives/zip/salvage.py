"""What can be saved of a CBZ whose directory is damaged or cut off: its members, by their headers.

Each member has a header of its own in front of its data. Going through the file from the front, a
member counts as saved only if all of its content matches its checksum; nothing is guessed. What is
left of the directory is read too: it names members that are gone, and if it is whole, it says that
none is missing. PKWARE APPNOTE 6.3.10, 4.3.

A comic may hold another archive. The directory of that one is told from the comic's own by its
place: members lie in front of where its archive begins. Its members never take the place of the
comic's. What is chosen of what was found is the matter of salvage_choice.py.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Self

from comicmaintainer.comics.archives.edits.zip_layout import directory_record
from comicmaintainer.comics.archives.model import Limits
from comicmaintainer.comics.archives.zip.directory_run import Listed, read_run
from comicmaintainer.comics.archives.zip.salvage_choice import (
    FoundHeader,
    Listing,
    choose,
    has_all,
)
from comicmaintainer.comics.archives.zip.zip_directory import (
    FLAG_DESCRIPTOR,
    LOCAL_HEADER,
    LOCAL_SIGNATURE,
    MAX_32,
    RECORD,
    RECORD_SIGNATURE,
    Directory,
    ZipRecord,
    decoded_name,
    zip64_values,
)
from comicmaintainer.comics.archives.zip.zip_members import (
    DEFLATED,
    STORED,
    read_small,
    stream_member,
)
from comicmaintainer.errors import ArchiveError, DamagedArchive, HostileArchive
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.filesystem.regular_files import open_regular

SIGNATURES = (LOCAL_SIGNATURE, RECORD_SIGNATURE)
DESCRIPTOR_SIGNATURE = b"PK\x07\x08"
ANY_SIGNATURE = re.compile(b"|".join(map(re.escape, SIGNATURES)))
DESCRIPTOR_BYTES = 24  # with sizes of 64 bits
FIRST_BLOCK_BYTES = 4 << 10
SEARCH_BYTES = 1 << 20
MAX_PASSES = 8  # over the whole file, all that is tried taken together
MAX_PLACES = 4  # of headers with one name that are remembered

Guard = Callable[[], None]
"""Called again and again while a file is gone through; raises to stop it."""


def go_on() -> None:
    """The guard of a caller whom nobody stops."""


class SalvagedZip:
    """The sound members of a damaged CBZ, with the face of an open archive to the writers.

    `records`, `foreign`, `again` and `lost` are those of `salvage_choice.Choice`, `listing` is what
    is left of the directory. `is_complete` says that a whole one was found at the file's end, so
    that no member is missing without being in `lost`.
    """

    def __init__(self, path: Path, limits: Limits, *, guard: Guard = go_on) -> None:
        """Go through the whole file; `guard` is called for every member and block.

        Raises:
            HostileArchive: it has too many members, they are too large, or they are made to be
                looked for again and again.
            FileMissing, StorageFailed, and whatever `guard` raises.
        """
        self._path = path
        self._limits = limits
        self._guard = guard
        with storage_errors(path):
            self.descriptor = open_regular(path)
        try:
            with storage_errors(path):
                status = os.fstat(self.descriptor)
                self.identity = FileIdentity.of_stat(status)
                self._size_bytes = status.st_size
                self._headers: list[FoundHeader] = []
                self._places: dict[str, list[int]] = {}
                self._inner: set[int] = set()  # offsets of what belongs to an archive in this one
                self._cut_off_at: int | None = None  # where one begins whose end is missing
                self._is_listing_over = True
                self._is_listing_whole = False
                self._listed: list[Listed] = []
                self._comment = b""
                self.is_complete = False
                self._total_bytes = 0
                self._left_bytes = MAX_PASSES * self._size_bytes + SEARCH_BYTES
                self._block = (0, b"")
                self._descriptions: dict[int, tuple[int, int]] | None = None
                self._scan()
                self._choose_members()
        except BaseException:
            self.close()
            raise

    def _choose_members(self) -> None:
        """Choose between members of one name, and tell the comic's own from others."""
        listed = tuple(self._listed)
        self.listing = Listing(listed, self.is_complete, self.is_complete)
        places = self.listing.places
        headers = [
            header
            for header in self._headers
            # An archive in the archive has headers of its own.
            if self._cut_off_at is None
            or header.offset < self._cut_off_at
            or header.offset in places
        ]
        if self._is_listing_whole and not self.is_complete:
            # None of its offsets meets a header: they are what is damaged.
            own = [header for header in headers if header.offset not in self._inner]
            self.is_complete = has_all(own, listed)
            self.listing = Listing(listed, has_places=False, is_complete=self.is_complete)
        choice = choose(headers, self.listing, self._inner)
        self.records, self.foreign = choice.records, choice.foreign
        self.again, self.lost = choice.again, choice.lost

    @property
    def directory(self) -> Directory:
        """An empty directory at the end of the file, for the writers' layout."""
        size = self._size_bytes
        comment = self._comment if self.is_complete else b""
        return Directory(size, size, b"", 0, size, comment, is_zip64=False, shift=0)

    def read_record(self, record: ZipRecord) -> bytes:
        """The content of a saved member.

        Raises:
            DamagedArchive, StorageFailed.
        """
        with storage_errors(self._path):
            return read_small(self.descriptor, record, path=self._path)

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
        self._guard()
        head = os.pread(self.descriptor, name_bytes + extra_bytes, position + LOCAL_HEADER.size)
        raw_name, extra = head[:name_bytes], head[name_bytes:]
        start = position + LOCAL_HEADER.size + int(name_bytes) + int(extra_bytes)
        name = decoded_name(raw_name, flags)
        if not name:
            return self._next_signature(position + 1)
        if len(self._headers) >= self._limits.max_entries:
            raise HostileArchive(
                f"it has more than {self._limits.max_entries} entries", path=self._path
            )
        self._note_header(name, position)
        if MAX_32 in (compressed, size):
            size, compressed, _ = zip64_values(extra, size, compressed)
        if flags & FLAG_DESCRIPTOR and not size:
            found = self._measured(method, start)
            if found is None:
                return self._give_up(name, position, start)
            crc, compressed, size = found
        end = start + int(compressed)
        if end > self._size_bytes:
            return self._give_up(name, position, start, end)
        record = self._record(name, raw_name, flags, method, crc, compressed, size, position)
        if not self._is_sound(record):
            return self._give_up(name, position, start, end)
        self._headers.append(FoundHeader(name, position, record))
        return end

    def _note_header(self, name: str, position: int) -> None:
        places = self._places.setdefault(name, [])
        places.append(position)
        del places[:-MAX_PLACES]
        self._is_listing_over = True
        self._is_listing_whole = self.is_complete = False

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
            raise HostileArchive("its size exceeds the limits", path=self._path, member=record.name)
        if record.size_bytes > limits.ratio_from_bytes + record.compressed_bytes * limits.max_ratio:
            raise HostileArchive("it is a decompression bomb", path=self._path, member=record.name)
        self._spend(record.compressed_bytes)
        try:
            for _ in stream_member(self.descriptor, record, path=self._path):
                self._guard()
        except ArchiveError:
            return False
        return True

    def _count(self, size_bytes: int) -> None:
        """What was looked through; headers made to be looked through again and again end here."""
        self._total_bytes += size_bytes
        if self._total_bytes > self._limits.max_total_bytes:
            raise HostileArchive("its members exceed the limits", path=self._path)

    def _spend(self, count: int) -> None:
        """The same for what was read, sound or not."""
        self._left_bytes -= count
        if self._left_bytes < 0:
            raise HostileArchive("its headers lead to the same bytes too often", path=self._path)

    def _give_up(self, name: str, position: int, start: int, end: int | None = None) -> int:
        """Note an unsound member; `end` is where its header says that its data end."""
        self._headers.append(FoundHeader(name, position, None))
        if end is not None:
            if os.pread(self.descriptor, len(LOCAL_SIGNATURE), end) in SIGNATURES:
                return end
            begins = os.pread(self.descriptor, len(LOCAL_SIGNATURE), start)
            is_cut_off = end > self._size_bytes and begins == LOCAL_SIGNATURE
            if is_cut_off and self._cut_off_at is None:
                self._cut_off_at = start
        return self._next_signature(start)

    def _measured(self, method: int, start: int) -> tuple[int, int, int] | None:
        """CRC, packed and unpacked size of a member that only tells them behind its data."""
        if method == DEFLATED:
            return self._inflated(start)
        if method == STORED:
            if self._descriptions is None:
                self._descriptions = self._all_descriptions()
            found = self._descriptions.get(start)
            return None if found is None else (found[0], found[1], found[1])
        return None

    def _inflated(self, start: int) -> tuple[int, int, int] | None:
        decompressor = zlib.decompressobj(-15)
        crc = size = 0
        position = start
        block_bytes = FIRST_BLOCK_BYTES
        while not decompressor.eof and size <= self._limits.max_member_bytes:
            self._guard()
            pending = os.pread(self.descriptor, block_bytes, position)
            if not pending:
                return None
            self._spend(len(pending))
            block_bytes = min(2 * block_bytes, SEARCH_BYTES)
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

    def _all_descriptions(self) -> dict[int, tuple[int, int]]:
        """Where data begin → CRC and size, of everything described behind its stored data.

        One pass over the file, for all members: a description tells how far before it they begin.
        """
        found: dict[int, tuple[int, int]] = {}
        for position in range(0, self._size_bytes, SEARCH_BYTES):
            self._guard()
            block = os.pread(self.descriptor, SEARCH_BYTES + DESCRIPTOR_BYTES, position)
            at = block.find(DESCRIPTOR_SIGNATURE)
            while 0 <= at < SEARCH_BYTES:
                crc = int.from_bytes(block[at + 4 : at + 8], "little")
                for width in (4, 8):
                    sizes = block[at + 8 : at + 8 + 2 * width]
                    size = int.from_bytes(sizes[:width], "little")
                    if sizes[:width] == sizes[width:] and size <= position + at:
                        found.setdefault(position + at - size, (crc, size))
                at = block.find(DESCRIPTOR_SIGNATURE, at + 1)
            if len(found) > MAX_PLACES * self._limits.max_entries:
                raise HostileArchive(
                    f"it has more than {self._limits.max_entries} entries", path=self._path
                )
        return found

    def _take_directory(self, position: int) -> int:
        """Read records as long as they follow each other; a later directory counts alone."""
        self._guard()
        run = read_run(self.descriptor, position, self._size_bytes, self._limits.max_entries)
        if run is None:
            raise HostileArchive(
                f"it has more than {self._limits.max_entries} entries", path=self._path
            )
        if not run.listed:
            return self._next_signature(position + 1)
        shift = run.shift(self._places)
        if shift is not None and self._headers and shift > self._headers[0].offset:
            places = {each.offset + shift for each in run.listed}
            self._inner |= {at for name in self._places for at in self._places[name]} & places
            if self._cut_off_at is not None and shift >= self._cut_off_at:
                self._cut_off_at = None  # it is not cut off, only its size is wrong
            return self._next_signature(run.end)
        self._is_listing_whole = run.stored_offset is not None and run.ends_file
        self.is_complete = self._is_listing_whole and shift is not None
        if self.is_complete or self._is_listing_over:
            self._listed = []
            self._is_listing_over = False
        self._listed += [replace(each, offset=each.offset + (shift or 0)) for each in run.listed]
        self._comment = run.comment
        return self._next_signature(run.end)

    def _next_signature(self, position: int) -> int:
        """Where a header or record is found next, the file's end if nowhere."""
        while position < self._size_bytes:
            begin, block = self._block
            if not begin <= position <= begin + len(block) - len(LOCAL_SIGNATURE):
                self._guard()
                begin, block = position, os.pread(self.descriptor, SEARCH_BYTES, position)
                self._block = (begin, block)
            place = ANY_SIGNATURE.search(block, position - begin)
            if place is not None:
                return begin + place.start()
            if len(block) < SEARCH_BYTES:
                break
            position = begin + len(block) - len(LOCAL_SIGNATURE) + 1
        return self._size_bytes


def open_salvaged(path: Path, limits: Limits, *, guard: Guard = go_on) -> SalvagedZip:
    """Save what can be saved; `guard` is called while the file is gone through.

    Raises:
        DamagedArchive: not one member is sound.
        HostileArchive, FileMissing, StorageFailed, and whatever `guard` raises.
    """
    found = SalvagedZip(path, limits, guard=guard)
    if not found.records:
        found.close()
        raise DamagedArchive("nothing in it can be recovered", path=path)
    return found

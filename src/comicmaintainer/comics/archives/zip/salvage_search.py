"""The search for members and directories in a damaged ZIP, from the front of the file to its end.

Used by salvage.py. A member is sound only if all of its content matches its checksum.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from comicmaintainer.comics.archives.edits.zip_layout import directory_record
from comicmaintainer.comics.archives.zip.bounded_file import SIGNATURES, BoundedFile
from comicmaintainer.comics.archives.zip.described_sizes import DescribedSizes
from comicmaintainer.comics.archives.zip.directory_run import Listed, read_run
from comicmaintainer.comics.archives.zip.salvage_choice import FoundHeader
from comicmaintainer.comics.archives.zip.zip_directory import (
    FLAG_DESCRIPTOR,
    LOCAL_HEADER,
    LOCAL_SIGNATURE,
    MAX_32,
    RECORD,
    RECORD_SIGNATURE,
    ZipRecord,
    decoded_name,
    zip64_values,
)
from comicmaintainer.comics.archives.zip.zip_members import stream_member
from comicmaintainer.errors import ArchiveError, HostileArchive

MAX_PLACES = 4  # of headers with one name that are remembered


@dataclass(slots=True)
class FoundDirectory:
    """What was found of the comic's own directory so far.

    `is_whole` says that it ends the file as its end record states, `is_complete` that its offsets
    meet headers too; `is_over` that members came after it, so that a later one takes its place.
    """

    listed: list[Listed] = field(default_factory=list)
    comment: bytes = b""
    is_over: bool = True
    is_whole: bool = False
    is_complete: bool = False


class SalvageSearch:
    """Finds `headers` and the `directory`.

    `inner` are offsets of headers that belong to an archive in this one; `cut_off_at` is where one
    begins whose end is missing.
    """

    def __init__(self, file: BoundedFile) -> None:
        self.headers: list[FoundHeader] = []
        self.inner: set[int] = set()
        self.cut_off_at: int | None = None
        self.directory = FoundDirectory()
        self._file = file
        self._sizes = DescribedSizes(file)
        self._places: dict[str, list[int]] = {}

    def run(self) -> None:
        """Go through the whole file.

        Raises:
            HostileArchive, OSError, and whatever the guard raises.
        """
        position = 0
        while position < self._file.size_bytes:
            head = self._file.read(RECORD.size, position)
            if head.startswith(LOCAL_SIGNATURE) and len(head) >= LOCAL_HEADER.size:
                position = self._take_member(head, position)
            elif head.startswith(RECORD_SIGNATURE):
                position = self._take_directory(position)
            else:
                position = self._file.next_signature(position + 1)

    def _take_member(self, head: bytes, position: int) -> int:
        """Check the member whose header is at `position`; return where to continue."""
        (_, _, flags, method, _, _, crc, compressed, size, name_bytes,
         extra_bytes) = LOCAL_HEADER.unpack_from(head)  # fmt: skip
        self._file.guard()
        head = self._file.read(name_bytes + extra_bytes, position + LOCAL_HEADER.size)
        raw_name, extra = head[:name_bytes], head[name_bytes:]
        start = position + LOCAL_HEADER.size + int(name_bytes) + int(extra_bytes)
        name = decoded_name(raw_name, flags)
        if not name:
            return self._file.next_signature(position + 1)
        if len(self.headers) >= self._file.limits.max_entries:
            raise self._file.too_many_entries()
        self._note_header(name, position)
        if MAX_32 in (compressed, size):
            size, compressed, _ = zip64_values(extra, size, compressed)
        if flags & FLAG_DESCRIPTOR and not size:
            found = self._sizes.of(method, start)
            if found is None:
                return self._give_up(name, position, start)
            crc, compressed, size = found
        end = start + int(compressed)
        if end > self._file.size_bytes:
            return self._give_up(name, position, start, end)
        record = self._record(name, raw_name, flags, method, crc, compressed, size, position)
        if not self._is_sound(record):
            return self._give_up(name, position, start, end)
        self.headers.append(FoundHeader(name, position, record))
        return end

    def _note_header(self, name: str, position: int) -> None:
        places = self._places.setdefault(name, [])
        places.append(position)
        del places[:-MAX_PLACES]
        self.directory.is_over = True
        self.directory.is_whole = self.directory.is_complete = False

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
            offset=min(offset, MAX_32 - 1),  # the writers replace it
            modified_dos=int.from_bytes(self._file.read(4, offset + 10), "little"),
        )
        # The name's own bytes, and the flags that say how it and the data are packed.
        fixed = bytearray(raw[: RECORD.size])
        fixed[8:10] = flags.to_bytes(2, "little")
        fixed[28:30] = len(raw_name).to_bytes(2, "little")
        raw = bytes(fixed) + raw_name
        return ZipRecord(name, flags, method, crc, compressed, size, offset, raw, raw_name)

    def _is_sound(self, record: ZipRecord) -> bool:
        file, limits = self._file, self._file.limits
        file.count_content(record.size_bytes)
        if record.size_bytes > limits.max_member_bytes:
            raise HostileArchive("its size exceeds the limits", path=file.path, member=record.name)
        if record.size_bytes > limits.ratio_from_bytes + record.compressed_bytes * limits.max_ratio:
            raise HostileArchive("it is a decompression bomb", path=file.path, member=record.name)
        file.spend(record.compressed_bytes)
        try:
            for _ in stream_member(file.descriptor, record, path=file.path):
                file.guard()
        except ArchiveError:
            return False
        return True

    def _give_up(self, name: str, position: int, start: int, end: int | None = None) -> int:
        """Note a damaged member; `end` is the end of its data according to its header."""
        self.headers.append(FoundHeader(name, position, None))
        if end is not None:
            if self._file.read(len(LOCAL_SIGNATURE), end) in SIGNATURES:
                return end
            begins = self._file.read(len(LOCAL_SIGNATURE), start)
            is_cut_off = end > self._file.size_bytes and begins == LOCAL_SIGNATURE
            if is_cut_off and self.cut_off_at is None:
                self.cut_off_at = start
        return self._file.next_signature(start)

    def _take_directory(self, position: int) -> int:
        """Read consecutive records; a later directory replaces an earlier one."""
        file, directory = self._file, self.directory
        file.guard()
        run = read_run(file.descriptor, position, file.size_bytes, file.limits.max_entries)
        if run is None:
            raise file.too_many_entries()
        if not run.listed:
            return file.next_signature(position + 1)
        shift = run.shift(self._places)
        if shift is not None and self.headers and shift > self.headers[0].offset:
            places = {each.offset + shift for each in run.listed}
            self.inner |= {at for name in self._places for at in self._places[name]} & places
            if self.cut_off_at is not None and shift >= self.cut_off_at:
                self.cut_off_at = None  # it is not cut off, only its size is wrong
            return file.next_signature(run.end)
        directory.is_whole = run.stored_offset is not None and run.ends_file
        directory.is_complete = directory.is_whole and shift is not None
        if directory.is_complete or directory.is_over:
            directory.listed = []
            directory.is_over = False
        directory.listed += [
            replace(each, offset=each.offset + (shift or 0)) for each in run.listed
        ]
        directory.comment = run.comment
        return file.next_signature(run.end)

"""Reads CBR: listed from its headers, decoded by libarchive or, if it can't, by unar.

Stored members are read directly. However a member is decoded, its size and CRC are compared with
its header here. A member that refers to an earlier one (RAR 5 packs equal files once) has that
member's content.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import starmap
from operator import attrgetter
from pathlib import Path
from typing import Self

from comicmaintainer.comics.archives.archive_start import start_of
from comicmaintainer.comics.archives.joining import joined
from comicmaintainer.comics.archives.libarchive_reader import LibarchiveReader, decoded_comment
from comicmaintainer.comics.archives.model import ArchiveFormat, Entry, Limits
from comicmaintainer.comics.archives.page_names import in_reading_order, is_page
from comicmaintainer.comics.archives.rar.rar4_headers import list_rar4
from comicmaintainer.comics.archives.rar.rar5_headers import list_rar5
from comicmaintainer.comics.archives.rar.rar_listing import (
    RAR4_SIGNATURE,
    RAR5_SIGNATURE,
    MemberKind,
    RarMember,
    read_listing,
)
from comicmaintainer.comics.archives.rar.unar_pass import ADVICE, is_available, unar_pass
from comicmaintainer.errors import (
    DamagedArchive,
    EmptyArchive,
    EncryptedArchive,
    HostileArchive,
    UnsupportedArchive,
)
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.filesystem.regular_files import open_regular

CHUNK_BYTES = 1 << 20
MAX_COPIES = 1_000
KEPT_COPIED_BYTES = 32 << 20
PARSERS = {RAR5_SIGNATURE: list_rar5, RAR4_SIGNATURE: list_rar4}

Decoded = Iterator[tuple[RarMember, Iterator[bytes]]]


class _Kept:
    """Contents that will be needed again, by ordinal, within a memory limit."""

    def __init__(self, room_bytes: int) -> None:
        self.contents: dict[int, bytes] = {}
        self._room_bytes = room_bytes

    def keeping(self, member: RarMember, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The chunks, which are kept once all are read."""
        parts: list[bytes] | None = []
        left = self._room_bytes
        for chunk in chunks:
            left -= len(chunk)
            if left < 0:
                parts = None
            elif parts is not None:
                parts.append(chunk)
            yield chunk
        if parts is not None:
            self.contents[member.ordinal] = b"".join(parts)
            self._room_bytes = left


class RarReader:
    """A CBR open for reading. Implements `ComicArchive`."""

    format = ArchiveFormat.CBR

    def __init__(self, path: Path, limits: Limits) -> None:
        """Open the archive and list it.

        Raises:
            EmptyArchive, EncryptedArchive, DamagedArchive, UnsupportedArchive, HostileArchive,
            FileMissing, StorageFailed.
        """
        self._path = path
        self._limits = limits
        with storage_errors(path):
            self._descriptor = open_regular(path)
        try:
            with storage_errors(path):
                self._start = start_of(self._descriptor, self.format)
                self._listing = read_listing(self._descriptor, path, limits, PARSERS, self._start)
            self._members = tuple(
                member
                for member in self._listing.members
                if member.kind in (MemberKind.FILE, MemberKind.COPY)
            )
            if not self._members:
                raise EmptyArchive("the archive is empty", path=path)
            self._check_bounds()
            self._check_pages()
        except BaseException:
            self.close()
            raise

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(starmap(self._entry, enumerate(self._members)))

    @cached_property
    def pages(self) -> tuple[Entry, ...]:
        pages = (entry for entry in self.entries if is_page(entry.name))
        return tuple(in_reading_order(pages, attrgetter("name")))

    @cached_property
    def links(self) -> tuple[str, ...]:
        return tuple(m.name for m in self._listing.members if m.kind is MemberKind.LINK)

    @cached_property
    def comment(self) -> bytes:
        """The archive comment as UTF-8, empty if there is none or it can't be read."""
        comment = self._listing.comment
        return b"" if comment is None else decoded_comment(comment)

    @cached_property
    def _by_name(self) -> dict[str, RarMember]:
        return {member.name: member for member in self._members}

    def read(self, entry: Entry, max_bytes: int | None = None) -> bytes:
        limit = self._limits.max_member_bytes if max_bytes is None else max_bytes
        return joined(self.stream(entry), limit, path=self._path, member=entry.name)

    def stream(self, entry: Entry) -> Iterator[bytes]:
        return self._content(self._members[entry.place])

    def walk(self) -> Iterator[tuple[Entry, Iterator[bytes]]]:
        decoded = self._decoded(self._members)
        for entry, (member, chunks) in zip(self.entries, decoded, strict=True):
            yield entry, self._checked(member, chunks)

    def close(self) -> None:
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _entry(self, place: int, member: RarMember) -> Entry:
        whole = self._original(member)
        return Entry(member.name, whole.size_bytes, whole.packed_bytes, whole.crc, place)

    def _original(self, member: RarMember) -> RarMember:
        """The member with the data: this one, or the earlier one that it refers to."""
        for _ in range(MAX_COPIES):
            if member.kind is not MemberKind.COPY:
                return member
            original = self._by_name.get(member.copy_of)
            if original is None or original.ordinal >= member.ordinal:
                break
            member = original
        raise DamagedArchive(
            "the member that it is a copy of is missing", path=self._path, member=member.name
        )

    def _check_bounds(self) -> None:
        limits = self._limits
        copies = sum(member.kind is MemberKind.COPY for member in self._members)
        if copies > MAX_COPIES:
            raise HostileArchive(f"it has too many copies of members ({copies})", path=self._path)
        total = 0
        for entry in self.entries:
            size_bytes = entry.size_bytes or 0
            total += size_bytes
            if size_bytes > limits.max_member_bytes or total > limits.max_total_bytes:
                raise HostileArchive(
                    "its size exceeds the limits", path=self._path, member=entry.name
                )
        file_bytes = os.fstat(self._descriptor).st_size
        if total > limits.ratio_from_bytes + file_bytes * limits.max_ratio:
            raise HostileArchive("it is a decompression bomb", path=self._path)

    def _check_pages(self) -> None:
        for member in self._members:
            if member.is_encrypted and is_page(member.name):
                raise EncryptedArchive("it needs a password", path=self._path, member=member.name)

    def _content(self, member: RarMember) -> Iterator[bytes]:
        """One member, in a separate pass."""
        for original, chunks in self._decoded([self._original(member)]):
            yield from self._checked(original, chunks)

    def _decoded(self, members: Sequence[RarMember]) -> Decoded:
        """The members in order, not yet checked. Each must be read before the next.

        Members that others refer to are kept within the memory limit, to decode them only once.
        """
        packed = [m for m in members if m.kind is MemberKind.FILE and not m.is_stored]
        decoded = self._decoders(packed)
        referenced = {self._original(m).ordinal for m in members if m.kind is MemberKind.COPY}
        kept = _Kept(KEPT_COPIED_BYTES)
        for member in members:
            if member.is_encrypted:
                raise EncryptedArchive("it needs a password", path=self._path, member=member.name)
            if member.kind is MemberKind.COPY:
                whole = kept.contents.get(self._original(member).ordinal)
                yield member, self._content(member) if whole is None else iter((whole,))
                continue
            chunks = self._stored(member) if member.is_stored else next(decoded)[1]
            yield member, kept.keeping(member, chunks) if member.ordinal in referenced else chunks

    def _decoders(self, packed: Sequence[RarMember]) -> Decoded:
        """Packed members by libarchive, and by unar from where libarchive fails."""
        done = 0
        refusals: list[UnsupportedArchive] = []
        if self._listing.obstacle is not None:
            refusals.append(UnsupportedArchive(self._listing.obstacle, path=self._path))
        else:
            try:
                for member, chunks in self._by_libarchive(packed):
                    yield member, self._rescued(member, chunks, refusals)
                    done += 1
                    if refusals:
                        break
            except UnsupportedArchive as error:
                refusals.append(error)
        if done < len(packed):
            if not refusals:
                raise DamagedArchive(
                    "it was not found in the archive", path=self._path, member=packed[done].name
                )
            yield from self._by_unar(packed[done:], refusals[0])

    def _rescued(
        self, member: RarMember, chunks: Iterator[bytes], refusals: list[UnsupportedArchive]
    ) -> Iterator[bytes]:
        """A member by libarchive and, if that fails midway, the rest by unar."""
        sent_bytes = 0
        try:
            for chunk in chunks:
                sent_bytes += len(chunk)
                yield chunk
        except UnsupportedArchive as error:
            refusals.append(error)
            for _, whole in self._by_unar([member], error):
                for chunk in whole:
                    yield chunk[sent_bytes:]
                    sent_bytes = max(0, sent_bytes - len(chunk))

    def _by_libarchive(self, packed: Sequence[RarMember]) -> Decoded:
        remaining = iter(packed)
        member = next(remaining, None)
        if member is None:
            return
        reader = LibarchiveReader(self._path, ArchiveFormat.CBR, self._limits, start=self._start)
        headers = reader.walk_headers()
        for ordinal, (_, chunks) in enumerate(headers):
            if member is not None and ordinal == member.ordinal:
                yield member, chunks
                member = next(remaining, None)
                if member is None:
                    return

    def _by_unar(self, packed: Sequence[RarMember], refusal: UnsupportedArchive) -> Decoded:
        if not is_available():
            raise UnsupportedArchive(
                f"{refusal.message}. To read it, {ADVICE}",
                path=refusal.path,
                member=refusal.member,
            ) from refusal
        ordinals = [member.ordinal for member in packed]
        with unar_pass(self._descriptor, self._path, ordinals) as running:
            for member in packed:
                length = member.size_bytes
                if length is None:
                    raise DamagedArchive("its size is unknown", path=self._path, member=member.name)
                taken = running.take(length)
                yield member, taken
                for _ in taken:  # skip what the reader did not consume
                    pass

    def _stored(self, member: RarMember) -> Iterator[bytes]:
        position, end = member.data_offset, member.data_offset + member.packed_bytes
        with storage_errors(self._path):
            while position < end:
                block = os.pread(self._descriptor, min(CHUNK_BYTES, end - position), position)
                if not block:
                    return
                position += len(block)
                yield block

    def _checked(self, member: RarMember, chunks: Iterator[bytes]) -> Iterator[bytes]:
        whole = self._original(member)
        crc = size_bytes = 0
        for chunk in chunks:
            crc = zlib.crc32(chunk, crc)
            size_bytes += len(chunk)
            yield chunk
        if whole.size_bytes not in (None, size_bytes):
            raise DamagedArchive("it is cut off or damaged", path=self._path, member=member.name)
        if whole.crc not in (None, crc):
            raise DamagedArchive("its checksum is wrong", path=self._path, member=member.name)

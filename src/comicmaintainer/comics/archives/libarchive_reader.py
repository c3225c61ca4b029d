"""Reads CB7 and CBT through libarchive, one pass at a time, and decodes CBR for rar_reader.

These formats have no directory that is reliable or cheap to read, and solid archives can only be
read from the front: `walk` reads all members in one pass, and each `read` starts a new pass. Only
the format and filter that the file's signature indicates are enabled.
"""

from __future__ import annotations

import ctypes
import logging
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import Any, Self

import libarchive
from libarchive.exception import ArchiveError as LibarchiveError

from comicmaintainer.comics.archives.archive_start import FileFrom, start_of
from comicmaintainer.comics.archives.joining import joined
from comicmaintainer.comics.archives.model import ArchiveFormat, Entry, Limits
from comicmaintainer.comics.archives.page_names import in_reading_order, is_page
from comicmaintainer.comics.archives.rar.rar_listing import (
    RAR4_SIGNATURE,
    RAR5_SIGNATURE,
    PackedComment,
)
from comicmaintainer.errors import (
    ArchiveError,
    DamagedArchive,
    EmptyArchive,
    EncryptedArchive,
    HostileArchive,
    NotAnArchive,
    TooCostly,
    UnsupportedArchive,
)
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.filesystem.regular_files import open_regular

LOGGER = logging.getLogger(__name__)

CHUNK_BYTES = 256 << 10
KEPT_LINKED_BYTES = 32 << 20
MAX_LINK_PASSES = 100
RAR4_MAIN_HEADER = bytes.fromhex("cf907300000d00000000000000")
RAR4_END = bytes.fromhex("c43d7b00400700")
RAR4_TYPE_AT, RAR4_FILE, RAR4_SERVICE = 2, 0x74, 0x7A
TAR_FILTERS = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
# Words in libarchive's messages, in the order of the search.
MESSAGES: tuple[tuple[tuple[str, ...], type[ArchiveError], str], ...] = (
    (("ncrypt", "assphrase", "rypto"), EncryptedArchive, "it needs a password"),
    (("Unrecognized archive",), NotAnArchive, "its content is not an archive"),
    (("llocate", "of memory", "memory limit", "Memory usage"), TooCostly,
     "reading it takes too much memory"),
    (("unsupported", "Unsupported", "not supported", "unavailable"), UnsupportedArchive,
     "it uses something that can't be read"),
)  # fmt: skip


class LibarchiveReader:
    """A CB7 or CBT (a CBR only for its decoding) open for reading. Implements `ComicArchive`."""

    comment = b""

    def __init__(
        self, path: Path, kind: ArchiveFormat, limits: Limits, *, start: int | None = None
    ) -> None:
        """Look at the signature; members are listed on first use.

        The archive begins at the offset `start`, which is searched for if it is None.
        """
        self.format = kind
        self._path = path
        self._limits = limits
        with storage_errors(path):
            descriptor = open_regular(path)
            try:
                self._start = start_of(descriptor, kind) if start is None else start
                head = os.pread(descriptor, 8, self._start)
                self._file_bytes = os.fstat(descriptor).st_size
            finally:
                os.close(descriptor)
        self._format_name, self._filter_name = _decoder(kind, head)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The files of the archive.

        Raises:
            EmptyArchive, EncryptedArchive, DamagedArchive, UnsupportedArchive, HostileArchive.
        """
        entries = tuple(entry for entry, _ in self.walk())
        if not entries:
            raise EmptyArchive("the archive is empty", path=self._path)
        return entries

    @cached_property
    def pages(self) -> tuple[Entry, ...]:
        pages = (entry for entry in self.entries if is_page(entry.name))
        return tuple(in_reading_order(pages, attrgetter("name")))

    @cached_property
    def links(self) -> tuple[str, ...]:
        with self._opened() as archive, self._translated():
            return tuple(
                _name_of(header)
                for header in archive
                if not (header.isfile or header.isdir or header.islnk)
            )

    def read(self, entry: Entry, max_bytes: int | None = None) -> bytes:
        limit = self._limits.max_member_bytes if max_bytes is None else max_bytes
        return joined(self.stream(entry), limit, path=self._path, member=entry.name)

    def stream(self, entry: Entry) -> Iterator[bytes]:
        for at, (header, chunks) in enumerate(self.walk_headers()):
            if at == entry.place and header is not None:
                yield from chunks
                return
        raise DamagedArchive("it was not found in the archive", path=self._path, member=entry.name)

    def walk(self) -> Iterator[tuple[Entry, Iterator[bytes]]]:
        for entry, chunks in self.walk_headers():
            if entry is not None:
                yield entry, chunks

    def walk_headers(self) -> Iterator[tuple[Entry | None, Iterator[bytes]]]:
        """Like `walk`, but with (None, no chunks) for folders and links, to count headers.

        A hard link (in a tar, a second name of an earlier member) has that member's content.

        Raises:
            EncryptedArchive, DamagedArchive, UnsupportedArchive, HostileArchive.
        """
        budget = _Budget(self._path, self._limits, self._file_bytes)
        with self._opened() as archive, self._translated():
            targets: dict[str, Entry] = {}  # of hard links
            linked = _Linked(self)
            for place, header in enumerate(archive):
                budget.count_entry()
                name = _name_of(header)
                if header.islnk and _other_name_of(header) in targets:
                    other = targets[_other_name_of(header)]
                    chunks = self._again(other, linked, budget)
                    yield replace(other, name=name, place=place), chunks
                    continue
                if not header.isfile or header.islnk:
                    yield None, iter(())
                    continue
                entry = targets[name] = Entry(name, header.size, None, None, place)
                if _is_encrypted(header):
                    raise EncryptedArchive(
                        "it needs a password", path=self._path, member=entry.name
                    )
                yield entry, self._chunks(archive, entry, budget)

    def _again(self, target: Entry, linked: _Linked, budget: _Budget) -> Iterator[bytes]:
        """The content of an earlier member again, counted within this pass."""
        size_bytes = 0
        for block in linked.content(target):
            size_bytes += len(block)
            budget.count_bytes(len(block), size_bytes, target.name)
            yield block

    def linked_contents(self, most_bytes: int) -> dict[int, bytes]:
        """The contents that hard links refer to, by place, up to `most_bytes` in total.

        Takes two passes: one finds the members, the other reads them.
        """
        places: dict[str, int] = {}
        targets: set[int] = set()
        with self._opened() as archive, self._translated():
            for place, header in enumerate(archive):
                if header.islnk and _other_name_of(header) in places:
                    targets.add(places[_other_name_of(header)])
                elif header.isfile and not header.islnk:
                    places[_name_of(header)] = place
        contents: dict[int, bytes] = {}
        budget = _Budget(self._path, self._limits, self._file_bytes)
        with self._opened() as archive, self._translated():
            for place, header in enumerate(archive):
                size_bytes = header.size
                if place not in targets or size_bytes is None or size_bytes > most_bytes:
                    continue
                entry = Entry(_name_of(header), size_bytes, None, None, place)
                contents[place] = b"".join(self._chunks(archive, entry, budget))
                most_bytes -= size_bytes
        return contents

    def _chunks(self, archive: Any, entry: Entry, budget: _Budget) -> Iterator[bytes]:
        size_bytes = 0
        with self._translated(entry.name):
            for block in blocks_of(archive):
                size_bytes += len(block)
                budget.count_bytes(len(block), size_bytes, entry.name)
                yield block
        if entry.size_bytes is not None and size_bytes != entry.size_bytes:
            raise DamagedArchive("it is cut off", path=self._path, member=entry.name)

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        # By descriptor, because libarchive can't open every name that POSIX allows.
        with storage_errors(self._path):
            descriptor = open_regular(self._path)
        try:
            with self._translated(), self._decoder_of(descriptor) as archive:
                yield archive
        finally:
            os.close(descriptor)

    def _decoder_of(self, descriptor: int) -> Any:
        if not self._start:
            return libarchive.fd_reader(descriptor, self._format_name, self._filter_name)
        archive = FileFrom(descriptor, self._start)
        return libarchive.stream_reader(archive, self._format_name, self._filter_name, CHUNK_BYTES)

    @contextmanager
    def _translated(self, name: str | None = None) -> Iterator[None]:
        try:
            yield
        except LibarchiveError as error:
            raise meaning_of(error, self._path, name) from error

    def close(self) -> None:
        """Nothing stays open between passes."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class _Linked:
    """The contents that hard links refer to, all read together at the first link.

    With a pass for each, a small file with thousands of links would keep a processor busy for
    hours. Contents that are not kept are still read in a separate pass.
    """

    def __init__(self, reader: LibarchiveReader) -> None:
        self._reader = reader
        self._kept: dict[int, bytes] | None = None
        self._passes = 0

    def content(self, target: Entry) -> Iterator[bytes]:
        """Raises: HostileArchive, if too much has to be read again."""
        if self._kept is None:
            self._kept = self._reader.linked_contents(KEPT_LINKED_BYTES)
        if target.place in self._kept:
            yield self._kept[target.place]
            return
        self._passes += 1
        if self._passes > MAX_LINK_PASSES:
            raise HostileArchive(
                "too many links lead to members that are too large", member=target.name
            )
        yield from self._reader.stream(target)


class _Budget:
    """What is left of the limits of one pass."""

    def __init__(self, path: Path, limits: Limits, file_bytes: int) -> None:
        self._path = path
        self._limits = limits
        self._max_total_bytes = min(
            limits.max_total_bytes, limits.ratio_from_bytes + file_bytes * limits.max_ratio
        )
        self._entries = 0
        self._total_bytes = 0

    def count_entry(self) -> None:
        self._entries += 1
        if self._entries > self._limits.max_entries:
            raise HostileArchive(
                f"it has more than {self._limits.max_entries} entries", path=self._path
            )

    def count_bytes(self, count: int, member_bytes: int, name: str) -> None:
        self._total_bytes += count
        if member_bytes > self._limits.max_member_bytes:
            raise HostileArchive("its size exceeds the limits", path=self._path, member=name)
        if self._total_bytes > self._max_total_bytes:
            raise HostileArchive("it is a decompression bomb", path=self._path, member=name)


def meaning_of(error: LibarchiveError, path: Path, member: str | None = None) -> ArchiveError:
    """Our error for one of libarchive's about a file or a member."""
    message = str(error.msg or "")
    for words, kind, meaning in MESSAGES:
        if any(word in message for word in words):
            return kind(f"{meaning} ({message})", path=path, member=member)
    return DamagedArchive(f"it is damaged ({message})", path=path, member=member)


def decoded_comment(comment: PackedComment) -> bytes:
    """A RAR archive's comment as UTF-8, empty if it can't be read.

    RAR 3 and 4 compress a comment like a member, so it is decoded as the only member of an
    archive made for it.
    """
    text = comment.data
    if not comment.is_stored:
        if comment.header[RAR4_TYPE_AT] != RAR4_SERVICE:
            return b""
        try:
            text = _packed_text(comment)
        except LibarchiveError as error:
            LOGGER.warning("An archive comment can't be unpacked: %s", error)
            return b""
    if comment.is_utf16:
        text = text.decode("utf-16-le", "replace").encode()
    return text.rstrip(b"\0")


def _packed_text(comment: PackedComment) -> bytes:
    body = bytes([RAR4_FILE]) + comment.header[RAR4_TYPE_AT + 1 :]
    header = (zlib.crc32(body) & 0xFFFF).to_bytes(2, "little") + body
    archive = RAR4_SIGNATURE + RAR4_MAIN_HEADER + header + comment.data + RAR4_END
    parts: list[bytes] = []
    with libarchive.memory_reader(archive, "rar", "none") as opened:
        for _ in opened:
            parts.extend(blocks_of(opened))
            if sum(map(len, parts)) > comment.size_bytes:
                return b""
    return b"".join(parts)


def _decoder(kind: ArchiveFormat, head: bytes) -> tuple[str, str]:
    """libarchive's names for the format and the filter of a file that begins with `head`."""
    if kind is ArchiveFormat.CBR:
        return ("rar5" if head.startswith(RAR5_SIGNATURE) else "rar"), "none"
    if kind is ArchiveFormat.CB7:
        return "7zip", "none"
    for signature, name in TAR_FILTERS.items():
        if head.startswith(signature):
            return "tar", name
    return "tar", "none"


def blocks_of(archive: Any) -> Iterator[bytes]:
    """The data of the entry that was read last.

    A wrong CRC is only a warning to libarchive, and libarchive-c's `get_blocks` mistakes the
    warning's number for a length. Here it is an error.
    """
    pointer = archive._pointer  # noqa: SLF001 - libarchive-c has no name for this
    prototype = ctypes.CFUNCTYPE(
        ctypes.c_ssize_t, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t
    )
    read_data = prototype(("archive_read_data", libarchive.ffi.libarchive))
    buffer = ctypes.create_string_buffer(CHUNK_BYTES)
    while True:
        count = read_data(pointer, buffer, CHUNK_BYTES)
        if count == 0:
            return
        if count < 0:
            message = libarchive.ffi.error_string(pointer) or b"unknown error"
            raise LibarchiveError(message.decode("utf-8", "replace"), retcode=count)
        yield ctypes.string_at(buffer, count)


def _is_encrypted(header: Any) -> bool:
    pointer = ctypes.c_void_p(header._entry_p)  # noqa: SLF001 - libarchive-c has no name for this
    return bool(libarchive.ffi.libarchive.archive_entry_is_encrypted(pointer))


def _name_of(header: Any) -> str:
    return _as_posix(header.pathname)


def _other_name_of(header: Any) -> str:
    return _as_posix(header.linkpath)


def _as_posix(name: str | bytes | None) -> str:
    if isinstance(name, bytes):
        name = name.decode("utf-8", "replace")
    return str(name or "").replace("\\", "/")

"""Writes a new CBZ: streamed, synced, read back, and published without overwriting a file.

Used by conversion. Pages are stored uncompressed because images are compressed already. The file
gets its name only after every member has been read back with the right CRC.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from comicmaintainer.comics.archives.edits.edit import MemberChange
from comicmaintainer.comics.archives.edits.zip_layout import (
    directory_record,
    dos_time,
    end_records,
    local_member,
    packed_change,
)
from comicmaintainer.comics.archives.model import Limits
from comicmaintainer.comics.archives.zip.zip_directory import LOCAL_HEADER
from comicmaintainer.comics.archives.zip.zip_members import STORED
from comicmaintainer.comics.archives.zip.zip_reader import ZipReader
from comicmaintainer.errors import DamagedArchive, HostileArchive
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.filesystem.regular_files import open_regular
from comicmaintainer.filesystem.renames import rename_noreplace
from comicmaintainer.filesystem.siblings import SiblingFile

COMPRESSIBLE_SUFFIXES = (".xml", ".json", ".txt")
MAX_MEMBER_BYTES = (1 << 32) - 2  # a larger member needs Zip64 fields


@dataclass(frozen=True, slots=True)
class WrittenMember:
    """A written member, for comparison with its source."""

    name: str
    size_bytes: int
    crc: int


@dataclass(frozen=True, slots=True)
class WrittenComic:
    """A written CBZ: its identity, and its members in order."""

    identity: FileIdentity
    members: tuple[WrittenMember, ...]


def write_cbz(
    target: Path,
    members: Iterable[tuple[str, Iterable[bytes]]],
    *,
    guard: Callable[[], None],
    token: str | None = None,
    comment: bytes = b"",
    attributes_of: Path | None = None,
) -> WrittenComic:
    """Write (name, chunks) pairs as a CBZ at `target`; durable on return.

    Names are made safe (no absolute or upward paths) and unique. `guard` is called right before
    the file gets its name. Mode and owner are taken from `attributes_of`. On any error nothing
    is left at `target`.

    Raises:
        TargetExists: the name is taken.
        DamagedArchive: the content read back differs from the content written.
        HostileArchive: a member is larger than 4 GiB.
        DiskFull, ReadOnlyStorage, StorageFailed; whatever `members` and `guard` raise.
    """
    modified_dos = dos_time(*time.localtime()[:6])
    with SiblingFile.create(target, token=token) as new:
        written, records = _write_members(new, members, modified_dos)
        listing = b"".join(records)
        new.append(listing + end_records(len(records), len(listing), new.size_bytes, comment))
        with ExitStack() as stack:
            if attributes_of is not None:
                with storage_errors(attributes_of):
                    source = open_regular(attributes_of)
                stack.callback(os.close, source)
                new.keep_attributes_of(source)
        new.sync()
        _require_readable(new.path, written, target)
        guard()
        rename_noreplace(new.path, target)
        new.published()
    return WrittenComic(FileIdentity.of(target), tuple(written))


def safe_member_name(name: str, taken: set[str]) -> str:
    """`name` without absolute or upward parts, and distinct (ignoring case) from all in `taken`.

    Adds the result to `taken`, folded.
    """
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    safe = "/".join(parts).replace("\0", "") or "unnamed"
    dot = safe.rfind(".")
    stem, suffix = (safe[:dot], safe[dot:]) if dot > safe.rfind("/") else (safe, "")
    number = 2
    while safe.casefold() in taken:
        safe = f"{stem}~{number}{suffix}"
        number += 1
    taken.add(safe.casefold())
    return safe


def _write_members(
    new: SiblingFile, members: Iterable[tuple[str, Iterable[bytes]]], modified_dos: int
) -> tuple[list[WrittenMember], list[bytes]]:
    written = []
    records = []
    taken: set[str] = set()
    for original, chunks in members:
        name = safe_member_name(original, taken)
        offset = new.size_bytes
        if name.lower().endswith(COMPRESSIBLE_SUFFIXES):
            change = packed_change(name, b"".join(chunks))
            new.append(local_member(change, modified_dos))
            compressed_bytes = len(change.data or b"")
        else:
            change = _stream_stored(new, name, chunks, modified_dos)
            compressed_bytes = change.size_bytes
        written.append(WrittenMember(name, change.size_bytes, change.crc))
        records.append(
            directory_record(
                name,
                method=change.method,
                crc=change.crc,
                compressed_bytes=compressed_bytes,
                size_bytes=change.size_bytes,
                offset=offset,
                modified_dos=modified_dos,
            )
        )
    return written, records


def _stream_stored(
    new: SiblingFile, name: str, chunks: Iterable[bytes], modified_dos: int
) -> MemberChange:
    """Write a member of unknown size; its header is completed afterwards."""
    offset = new.size_bytes
    new.append(local_member(MemberChange(name, b"", STORED), modified_dos))
    crc = size_bytes = 0
    for chunk in chunks:
        crc = zlib.crc32(chunk, crc)
        size_bytes += len(chunk)
        if size_bytes > MAX_MEMBER_BYTES:
            raise HostileArchive("it is larger than 4 GiB", path=new.target, member=name)
        new.append(chunk)
    change = MemberChange(name, b"", STORED, crc, size_bytes)
    header = bytearray(local_member(change, modified_dos)[: LOCAL_HEADER.size])
    header[18:22] = size_bytes.to_bytes(4, "little")  # the compressed size of a stored member
    new.overwrite(offset, bytes(header))
    return change


def _require_readable(path: Path, written: list[WrittenMember], target: Path) -> None:
    limits = Limits(max_entries=max(1, len(written)), max_member_bytes=MAX_MEMBER_BYTES)
    with ZipReader(path, limits) as archive:
        members_read = [
            WrittenMember(entry.name, sum(map(len, chunks)), entry.crc or 0)
            for entry, chunks in archive.walk()
        ]
    if members_read != written:
        raise DamagedArchive("the content read back differs from the content written", path=target)

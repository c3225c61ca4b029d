"""Identifies the format of a file by its content, never by its suffix.

The suffix only decides where to look first: at the end of what calls itself a ZIP, else at the
first bytes.

Signatures: ZIP APPNOTE 4.3.7, RAR technote, 7zFormat.txt, POSIX ustar (at 257), ISO 32000.
"""

from __future__ import annotations

import os
from pathlib import Path

from comicmaintainer.comics.archives.archive_start import find_archive
from comicmaintainer.comics.archives.model import ArchiveFormat
from comicmaintainer.comics.archives.zip.zip_directory import (
    END,
    END_SIGNATURE,
    RECORD,
    RECORD_FACTS,
    RECORD_SIGNATURE,
)
from comicmaintainer.errors import EmptyArchive, NotAnArchive
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.filesystem.regular_files import open_regular

ZIP_SUFFIXES = frozenset({".cbz", ".zip"})
HEAD_BYTES = 1024
TAR_MAGIC_AT = 257
TAR_BLOCK_BYTES = 512
TAR_CHECKSUM = slice(148, 156)
END_RECORD = b"PK\x05\x06"
LOCAL_HEADER = b"PK\x03\x04"
PROGRAMS = (b"MZ", b"\x7fELF")
ZIP_TAIL_BYTES = 22 + 0xFFFF
RECOVERY_VOLUME = b"Rar!\x1aRev"
COMPRESSED_TARS = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd")


def identify(path: Path) -> ArchiveFormat:
    """The format of the file at `path`, from one or two small reads.

    Raises:
        EmptyArchive: the file has no bytes.
        NotAnArchive: its format is unknown.
        FileMissing, ReadOnlyStorage, StorageFailed.
    """
    with storage_errors(path):
        descriptor = open_regular(path)
        try:
            return identify_open(descriptor, path)
        finally:
            os.close(descriptor)


def identify_open(descriptor: int, path: Path) -> ArchiveFormat:
    """Like `identify`, for an open file; `path` is for the message."""
    if path.suffix.lower() in ZIP_SUFFIXES and _is_plain_zip(descriptor):
        return ArchiveFormat.CBZ
    head = os.pread(descriptor, HEAD_BYTES, 0)
    if not head:
        raise EmptyArchive("the file is empty (0 bytes)", path=path)
    if head.startswith(RECOVERY_VOLUME):
        raise NotAnArchive("it is a RAR recovery volume, which has no pages of its own", path=path)
    known = _by_head(head)
    if known is not None:
        return known
    # Anything may precede a ZIP, which is then recognised by its end. But a self-extracting RAR
    # may itself end with a ZIP.
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, ZIP_TAIL_BYTES, max(0, size - ZIP_TAIL_BYTES))
    is_zip = END_RECORD in tail
    if is_zip and not head.startswith(PROGRAMS):
        return ArchiveFormat.CBZ
    archive = find_archive(descriptor)
    if archive is not None and not (is_zip and _has_member_before(descriptor, archive[1])):
        return archive[0]
    if is_zip:
        return ArchiveFormat.CBZ
    raise NotAnArchive("the content is not a known archive format", path=path)


def _is_plain_zip(descriptor: int) -> bool:
    """Tell whether the end alone shows that this is a ZIP from the first byte on.

    Its directory ends right before an end record without comment, and places the first member at
    the first byte. Most comics are such; on a disk, the head would cost a seek of its own.
    """
    end_offset = os.fstat(descriptor).st_size - END.size
    end = os.pread(descriptor, END.size, max(0, end_offset))
    if not end.startswith(END_SIGNATURE) or len(end) < END.size:
        return False
    *_, length, offset, comment_length = END.unpack(end)
    if comment_length or offset + length != end_offset:
        return False
    record = os.pread(descriptor, RECORD.size, offset)
    if not record.startswith(RECORD_SIGNATURE) or len(record) < RECORD.size:
        return False
    return int(RECORD_FACTS.unpack_from(record)[-1]) == 0


def _has_member_before(descriptor: int, offset: int) -> bool:
    return LOCAL_HEADER in os.pread(descriptor, offset, 0)


def _by_head(head: bytes) -> ArchiveFormat | None:
    if head.startswith((LOCAL_HEADER, END_RECORD)):
        return ArchiveFormat.CBZ
    if head.startswith((b"Rar!\x1a\x07\x00", b"Rar!\x1a\x07\x01\x00")):
        return ArchiveFormat.CBR
    if head.startswith(b"7z\xbc\xaf\x27\x1c"):
        return ArchiveFormat.CB7
    if b"%PDF-" in head:
        return ArchiveFormat.PDF
    # Compressed tars with the suffix .cbt exist; their content shows when they are opened.
    if head.startswith(COMPRESSED_TARS):
        return ArchiveFormat.CBT
    if head[TAR_MAGIC_AT : TAR_MAGIC_AT + 5] == b"ustar" or _is_old_tar(head):
        return ArchiveFormat.CBT
    return None


def _is_old_tar(head: bytes) -> bool:
    """A tar older than POSIX has no magic number, but its first header has a valid checksum."""
    header = head[:TAR_BLOCK_BYTES]
    if len(header) < TAR_BLOCK_BYTES or not header[0]:
        return False
    stored = header[TAR_CHECKSUM].strip(b" \0")
    if not stored or stored.strip(b"01234567"):
        return False
    blanked = header[: TAR_CHECKSUM.start] + b" " * 8 + header[TAR_CHECKSUM.stop :]
    return sum(blanked) == int(stored, 8)

"""The doors to reading a comic: `open_archive` for everything in it, `read_metadata_members` for
tags and pages as fast as they can be had.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from comicmaintainer.comics.archives.identification import identify, identify_open
from comicmaintainer.comics.archives.model import ArchiveFormat, ComicArchive, Limits
from comicmaintainer.comics.archives.zip_reader import QuickRead, ZipReader, read_cbz_quickly
from comicmaintainer.errors import UnsupportedArchive
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.os_errors import translated

DEFAULT_LIMITS = Limits()


def open_archive(path: Path, limits: Limits = DEFAULT_LIMITS) -> ComicArchive:
    """Open the comic at `path` for reading, whatever its suffix says; use it in a `with` block.

    Raises:
        EmptyArchive, NotAnArchive, DamagedArchive, EncryptedArchive, HostileArchive,
        UnsupportedArchive, FileMissing, ReadOnlyStorage, StorageFailed.
    """
    kind = identify(path)
    if kind is ArchiveFormat.CBZ:
        return ZipReader(path, limits)
    raise UnsupportedArchive(f"{path}: {kind.upper()} files can be read later")


def read_metadata_members(
    path: Path, names: Collection[str], limits: Limits = DEFAULT_LIMITS
) -> QuickRead:
    """Small members by lower-case base name, page list and comment of the comic at `path`.

    Two system reads for a CBZ. Other formats go through `open_archive`.

    Raises:
        As `open_archive`.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            if identify_open(descriptor, path) is ArchiveFormat.CBZ:
                return read_cbz_quickly(descriptor, path, names, limits)
            identity = FileIdentity.of_stat(os.fstat(descriptor))
        finally:
            os.close(descriptor)
    except OSError as error:
        raise translated(error, path) from error
    return _read_slowly(path, identity, names, limits)


def _read_slowly(
    path: Path, identity: FileIdentity, names: Collection[str], limits: Limits
) -> QuickRead:
    with open_archive(path, limits) as archive:
        entries = {entry.name: entry for entry in archive.entries}
        wanted = [name for name in entries if name[name.rfind("/") + 1 :].lower() in names]
        members = {name: archive.read(name) for name in wanted}
        facts = tuple(
            (name, entries[name].size_bytes or 0, entries[name].crc) for name in archive.pages
        )
        return QuickRead(archive.format, identity, members, facts, archive.comment)

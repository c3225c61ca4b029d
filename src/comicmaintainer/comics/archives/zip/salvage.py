"""Salvages the members of a CBZ whose directory is damaged or cut off, by their headers.

Each member has a header in front of its data. The file is read from the front, and a member counts
as salvaged only if all of its content matches its checksum; nothing is guessed. The remains of the
directory are read too: they name lost members, and a whole directory shows that none is missing.
PKWARE APPNOTE 6.3.10, 4.3.

A comic may contain another archive, whose directory is recognised by its place: there are members
in front of the start of its archive. Its members never replace the comic's. salvage_choice.py
chooses among the found members.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

from comicmaintainer.comics.archives.model import Limits
from comicmaintainer.comics.archives.zip.bounded_file import BoundedFile, Guard
from comicmaintainer.comics.archives.zip.salvage_choice import Choice, Listing, choose, has_all
from comicmaintainer.comics.archives.zip.salvage_search import SalvageSearch
from comicmaintainer.comics.archives.zip.zip_directory import Directory, ZipRecord
from comicmaintainer.comics.archives.zip.zip_members import read_small
from comicmaintainer.errors import DamagedArchive
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.filesystem.regular_files import open_regular


def go_on() -> None:
    """The guard of a caller that is never stopped."""


class SalvagedZip:
    """The undamaged members of a damaged CBZ, with the interface of an open archive for writers.

    `records`, `foreign`, `again` and `lost` are those of `salvage_choice.Choice`, `listing` has the
    remains of the directory. `is_complete` is true if a whole directory was found at the file's
    end, so that every missing member is in `lost`.
    """

    def __init__(self, path: Path, limits: Limits, *, guard: Guard = go_on) -> None:
        """Read the whole file; `guard` is called for every member and block.

        Raises:
            HostileArchive: it has too many members, they are too large, or they are crafted to be
                searched repeatedly.
            FileMissing, StorageFailed, and whatever `guard` raises.
        """
        self._path = path
        with storage_errors(path):
            self.descriptor = open_regular(path)
        try:
            with storage_errors(path):
                self.identity = FileIdentity.of_stat(os.fstat(self.descriptor))
                file = BoundedFile(self.descriptor, self.identity.size_bytes, path, limits, guard)
                search = SalvageSearch(file)
                search.run()
                self.listing, choice = _chosen(search)
        except BaseException:
            self.close()
            raise
        self.records, self.foreign = choice.records, choice.foreign
        self.again, self.lost = choice.again, choice.lost
        self.is_complete = self.listing.is_complete
        self._comment = search.directory.comment if self.is_complete else b""

    @property
    def directory(self) -> Directory:
        """An empty directory at the end of the file, for the writers' layout."""
        size = self.identity.size_bytes
        return Directory(size, size, b"", 0, size, self._comment, is_zip64=False, shift=0)

    def read_record(self, record: ZipRecord) -> bytes:
        """The content of a salvaged member.

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


def _chosen(search: SalvageSearch) -> tuple[Listing, Choice]:
    """Choose between members of one name, and tell the comic's own from others."""
    directory = search.directory
    listed = tuple(directory.listed)
    listing = Listing(listed, directory.is_complete, directory.is_complete)
    places = listing.places
    headers = [
        header
        for header in search.headers
        # An archive in the archive has headers of its own.
        if search.cut_off_at is None or header.offset < search.cut_off_at or header.offset in places
    ]
    if directory.is_whole and not directory.is_complete:
        # None of its offsets meets a header: they are what is damaged.
        own = [header for header in headers if header.offset not in search.inner]
        listing = Listing(listed, has_places=False, is_complete=has_all(own, listed))
    return listing, choose(headers, listing, search.inner)


def open_salvaged(path: Path, limits: Limits, *, guard: Guard = go_on) -> SalvagedZip:
    """Salvage what can be salvaged; `guard` is called while the file is read.

    Raises:
        DamagedArchive: no member is undamaged.
        HostileArchive, FileMissing, StorageFailed, and whatever `guard` raises.
    """
    found = SalvagedZip(path, limits, guard=guard)
    if not found.records:
        found.close()
        raise DamagedArchive("nothing in it can be recovered", path=path)
    return found

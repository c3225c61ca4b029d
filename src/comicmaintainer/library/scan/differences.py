"""The differences between the listed folders of a root and the catalogue.

Filled by root_scan.py. recorder.py records what was found, losses.py forgets what was lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from comicmaintainer.library.catalogue.model import SeenFile
from comicmaintainer.library.scan.folder_listing import FolderListing
from comicmaintainer.library.scan.scan_rows import KnownFile, ScanRows


@dataclass(slots=True)
class Found:
    """Files to be recorded, and the folders that are up to date once they are.

    `renumbered` are files that only have another device or inode: (device, inode, path).
    """

    fresh: list[SeenFile] = field(default_factory=list)
    altered: list[SeenFile] = field(default_factory=list)
    renumbered: list[tuple[int, int, str]] = field(default_factory=list)
    listed: list[FolderListing] = field(default_factory=list)

    def compare(self, file: SeenFile, known: KnownFile | None) -> None:
        """Note how a file on disk differs from its row."""
        if known is None:
            self.fresh.append(file)
        elif (known.size_bytes, known.mtime_ns) != (file.size_bytes, file.mtime_ns):
            self.altered.append(file)
        elif (known.device, known.inode) != (file.device, file.inode):
            self.renumbered.append((file.device, file.inode, file.path))


@dataclass(slots=True)
class Lost:
    """Files and folders that the catalogue has and the disk has not.

    `listed` are the folders that are up to date once `files` are forgotten; `kept` are those whose
    files are not forgotten, because their disk may only be missing.
    """

    files: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    listed: list[FolderListing] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


class Differences:
    """What a scan has found and lost so far, by the rows of the catalogue."""

    def __init__(self, rows: ScanRows) -> None:
        self._rows = rows
        self.found = Found()
        self.lost = Lost()

    def take(self, listing: FolderListing) -> None:
        """Compare a folder whose digest is not the known one."""
        known = self._rows.files_of(listing.path)
        found, lost = self.found, self.lost
        for name, size_bytes, mtime_ns, inode in listing.files:
            path = f"{listing.path}/{name}"
            file = SeenFile(path, size_bytes, mtime_ns, listing.device, inode)
            found.compare(file, known.pop(name, None))
        if not known:
            found.listed.append(listing)
            return
        lost_device = next(iter(known.values())).device
        if not listing.files and not listing.folders and lost_device != listing.device:
            # The bare mount point of a filesystem that is not mounted.
            lost.kept.append(listing.path)
            return
        lost.files += [file.path for file in known.values()]
        lost.listed.append(listing)

    def hand_over_found(self) -> Found:
        """Return what is to be recorded now, and begin anew."""
        found, self.found = self.found, Found()
        return found

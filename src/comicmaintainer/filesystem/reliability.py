"""Tells how far the `fsync` and the locks of a path's filesystem can be trusted.

Used to choose between append and replace writes, for the directory of the database, and to decide
which folders are scanned although they are watched.
Numbers are the `f_type` values of `statfs(2)`.
"""

from __future__ import annotations

import ctypes
import os
import sys
from enum import StrEnum
from pathlib import Path

from comicmaintainer.filesystem.c_library import c_library
from comicmaintainer.filesystem.os_errors import translated
from comicmaintainer.settings import Settings


class FilesystemKind(StrEnum):
    """How reliable a filesystem's `fsync` and locks are."""

    JOURNALING = "journaling"  # local, and its fsync orders data before a later write
    NETWORK = "network"  # depends on another machine
    FUSE = "fuse"  # depends on a program: mergerfs, Unraid's shfs, sshfs, rclone
    MEMORY = "memory"  # lost at a reboot, so durability does not matter
    OTHER = "other"  # local, but not tested


MAGIC_NUMBERS: dict[int, tuple[str, FilesystemKind]] = {
    0xEF53: ("ext4", FilesystemKind.JOURNALING),
    0x58465342: ("xfs", FilesystemKind.JOURNALING),
    0x9123683E: ("btrfs", FilesystemKind.JOURNALING),
    0x2FC12FC1: ("zfs", FilesystemKind.JOURNALING),
    0x65735546: ("fuse", FilesystemKind.FUSE),
    0x6969: ("nfs", FilesystemKind.NETWORK),
    0x517B: ("smb", FilesystemKind.NETWORK),
    0xFF534D42: ("cifs", FilesystemKind.NETWORK),
    0xFE534D42: ("smb2", FilesystemKind.NETWORK),
    0x01021997: ("9p", FilesystemKind.NETWORK),
    0x00C36400: ("ceph", FilesystemKind.NETWORK),
    0x5346414F: ("afs", FilesystemKind.NETWORK),
    0x6B414653: ("kafs", FilesystemKind.NETWORK),
    0x73757245: ("coda", FilesystemKind.NETWORK),
    0x01161970: ("gfs2", FilesystemKind.NETWORK),
    0x7461636F: ("ocfs2", FilesystemKind.NETWORK),
    0x786F4256: ("vboxsf", FilesystemKind.NETWORK),
    0x01021994: ("tmpfs", FilesystemKind.MEMORY),
    0x858458F6: ("ramfs", FilesystemKind.MEMORY),
    0x794C7630: ("overlay", FilesystemKind.OTHER),
    0xF2F52010: ("f2fs", FilesystemKind.OTHER),
    0xCA451A4E: ("bcachefs", FilesystemKind.OTHER),
    0x2011BAB0: ("exfat", FilesystemKind.OTHER),
    0x4D44: ("vfat", FilesystemKind.OTHER),
    0x5346544E: ("ntfs", FilesystemKind.OTHER),
    0x7366746E: ("ntfs3", FilesystemKind.OTHER),
}

# struct statfs is 120 bytes on 64-bit Linux; f_type is its first word on every architecture.
STATFS_BUFFER_BYTES = 512


def filesystem_of(path: Path) -> tuple[str, FilesystemKind]:
    """Name and kind of the filesystem of the existing `path`.

    A type that is not in the table has its number as its name and is `OTHER`; so is everything on
    systems without Linux's `statfs`.

    Raises:
        FileMissing, StorageFailed.
    """
    if not sys.platform.startswith("linux"):
        return sys.platform, FilesystemKind.OTHER
    buffer = ctypes.create_string_buffer(STATFS_BUFFER_BYTES)
    if c_library().statfs(os.fsencode(path), buffer) != 0:
        number = ctypes.get_errno()
        raise translated(OSError(number, os.strerror(number)), path)
    magic = ctypes.c_long.from_buffer(buffer).value & 0xFFFFFFFF
    return MAGIC_NUMBERS.get(magic, (f"type 0x{magic:x}", FilesystemKind.OTHER))


def vouched_kinds(settings: Settings) -> frozenset[FilesystemKind]:
    """The kinds whose `fsync` the user vouches for, in addition to those trusted by default."""
    vouched = (
        (FilesystemKind.FUSE, settings.append_on_fuse),
        (FilesystemKind.NETWORK, settings.append_on_network),
    )
    return frozenset(kind for kind, is_vouched in vouched if is_vouched)


def is_network(path: Path) -> bool:
    """Whether file locks and shared memory may miss some processes that write."""
    return filesystem_of(path)[1] is FilesystemKind.NETWORK

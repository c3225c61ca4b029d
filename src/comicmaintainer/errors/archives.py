"""Errors of comics: an archive, its pages or its metadata can't be read or written."""

from __future__ import annotations

from comicmaintainer.errors.base import ComicMaintainerError


class ArchiveError(ComicMaintainerError):
    """A comic that can't be read or written as asked."""

    code = "archive_error"


class NotAnArchive(ArchiveError):
    """The content is not a known archive format, whatever the suffix says."""

    code = "not_an_archive"


class EmptyArchive(ArchiveError):
    """A sound archive without a single page, or an empty file."""

    code = "empty_archive"


class HoldsComics(ArchiveError):
    """The archive holds comics instead of pages."""

    code = "holds_comics"


class EncryptedArchive(ArchiveError):
    """The archive needs a password."""

    code = "encrypted_archive"


class DamagedArchive(ArchiveError):
    """The archive is cut off or its content does not match its checksums."""

    code = "damaged_archive"


class HostileArchive(ArchiveError):
    """The archive goes beyond a limit (entries, size, ratio, overlap) and is left alone."""

    code = "hostile_archive"


class UnsupportedArchive(ArchiveError):
    """A known format that does not support this, or not yet."""

    code = "unsupported_archive"


class TooCostly(ArchiveError):
    """Reading it exceeded the time or memory allowed, or crashed the process that read it."""

    code = "too_costly"


class SetAside(ArchiveError):
    """Worker processes crashed while they worked on it; it is left alone now."""

    code = "set_aside"


class MalformedMetadata(ArchiveError):
    """The archive's metadata can't be parsed; it is left as it is."""

    code = "malformed_metadata"


class NoCover(ArchiveError):
    """No cover can be made of this comic; the message says why."""

    code = "no_cover"

"""Heals damage: takes broken pages from a sound copy, or rebuilds a broken archive.

A page is taken only from a copy that has the same pages according to the catalogue, and only if its
size and CRC are those of the missing page. rebuilding.py rebuilds archives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path

from comicmaintainer.comics.archives.identification import identify
from comicmaintainer.comics.archives.model import ArchiveFormat, Limits
from comicmaintainer.comics.archives.page_names import is_page
from comicmaintainer.comics.archives.zip.zip_reader import ZipReader
from comicmaintainer.comics.pages.verify_report import VerifyReport
from comicmaintainer.errors import ArchiveError, DamagedArchive, FileMissing, StorageError
from comicmaintainer.library.catalogue.model import CatalogueFile
from comicmaintainer.operations.changes.file_change import FileChange, heal_change
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.planners.rebuilding import copies_of, plan_rebuilding, read_pages
from comicmaintainer.reading.comic_reader import ComicReader


class Damage(StrEnum):
    """Damage of a CBZ besides the content of its members."""

    NONE = "none"
    DIRECTORY = "directory"  # it can't be opened
    PLACES = "places"  # members are not where the directory says


def plan_healing(
    context: OperationContext,
    report: VerifyReport,
    known: CatalogueFile | None,
    guard: Callable[[], None],
) -> FileChange | None:
    """Return the change that heals the reported damage as far as possible, or None.

    `guard` is called while a damaged archive is read.

    Raises:
        HostileArchive, FileMissing, StorageError, and whatever `guard` raises.
    """
    damage = _damage_of(report.path)
    if damage is not Damage.NONE:
        rebuilt = plan_rebuilding(context, report.path, known, guard)
        # An archive that can still be opened must not lose anything.
        if damage is Damage.DIRECTORY or (rebuilt is not None and _loses_nothing(rebuilt)):
            return rebuilt
    if report.broken:
        return _pages_healed(context, report, known)
    return None


def _loses_nothing(rebuilt: FileChange) -> bool:
    return bool(rebuilt.summary["whole"]) and not rebuilt.summary["lost"]


def _damage_of(path: Path) -> Damage:
    try:
        if identify(path) is not ArchiveFormat.CBZ:
            return Damage.NONE
        archive = ZipReader(path, Limits())
    except DamagedArchive:
        return Damage.DIRECTORY
    except ArchiveError:
        return Damage.NONE
    with archive:
        try:
            archive.require_places()
        except DamagedArchive:
            return Damage.PLACES
    return Damage.NONE


def _pages_healed(
    context: OperationContext, report: VerifyReport, known: CatalogueFile | None
) -> FileChange | None:
    if report.format is not ArchiveFormat.CBZ or known is None or known.last_fingerprint is None:
        return None
    if not all(is_page(member.name) for member in report.broken):
        return None
    places = [member.place for member in report.broken]
    for copy in copies_of(context, known):
        pages = _pages_from(context.comics, copy, report.path, places)
        if pages is not None:
            edit = context.plan_edit(report.path, {}, dict(zip(places, pages, strict=True)))
            return heal_change([member.name for member in report.broken], copy, edit)
    return None


def _pages_from(
    comics: ComicReader, copy: Path, path: Path, places: Sequence[int]
) -> list[bytes] | None:
    """Return pages from `copy`, checked against the CRCs in the broken file's directory."""
    try:
        wanted = comics.members(path, ()).page_facts
        if len(comics.members(copy, ()).page_facts) != len(wanted):
            return None
        numbers = {place: number for number, (*_, place) in enumerate(wanted)}
        return read_pages(
            comics, copy, {numbers[place]: wanted[numbers[place]] for place in places}
        )
    except (ArchiveError, FileMissing, StorageError):
        return None  # no use as a source; another copy may be

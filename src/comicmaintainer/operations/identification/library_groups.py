"""The files that are matched together with a comic, from the catalogue; none of them is read.

Used by the identification. The groups of a folder are made once for a job, since the job itself
changes what the files say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from comicmaintainer.comics.filename.parser import parse_filename
from comicmaintainer.comics.metadata import ComicMetadata, from_dict
from comicmaintainer.errors import InvalidInput
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.model import CatalogueFile
from comicmaintainer.library.matches.kept_groups import Groups, KeptGroups
from comicmaintainer.library.roots import LibraryRoots, place_of
from comicmaintainer.matching.file_reading import file_facts
from comicmaintainer.matching.groups import group_files
from comicmaintainer.matching.model import FileFacts, FileGroup
from comicmaintainer.operations.identification.folder_notes import noted_series_ids

LARGE_FOLDER = 5_000
"""In a folder with more files, only those of the comic's own series are looked at."""


class LibraryGroups:
    """The groups of the files in `catalogue`. Safe to use from several threads at once."""

    def __init__(
        self, catalogue: Catalogue, roots: LibraryRoots, kept: KeptGroups | None = None
    ) -> None:
        self._catalogue = catalogue
        self._roots = roots
        self._kept = kept or KeptGroups()

    def of(
        self,
        path: Path,
        tags: ComicMetadata,
        page_count: int,
        job_id: str,
        known: CatalogueFile | None,
    ) -> FileGroup:
        """Return the group of the comic at `path`, which was read, with its row in the catalogue.

        A comic that is not in the catalogue is a group of its own.
        """
        if known is not None:
            group = self._group(known, job_id)
            if group is not None:
                return group
        facts = self._facts(path, tags, page_count, noted_series_ids(path.parent))
        (group,) = group_files([facts])
        return group

    def facts_of(self, file: CatalogueFile) -> FileFacts:
        """Return what a file says of itself in its name, its folders and its tags."""
        return self._facts(Path(file.path), _tags(file), file.last_page_count, {})

    def _group(self, file: CatalogueFile, job_id: str) -> FileGroup | None:
        folder = file.path.rpartition("/")[0]
        of_folder, of_series = (job_id, folder, None), (job_id, folder, file.series)
        kept = self._kept.get(of_folder, file.path) or self._kept.get(of_series, file.path)
        if kept is not None:
            return kept
        is_large = self._catalogue.count_in_folder(folder) > LARGE_FOLDER
        key = of_series if is_large else of_folder
        files = self._catalogue.in_folder(folder, series=key[2])
        made = self._groups(files, noted_series_ids(Path(folder)))
        self._kept.put(key, made)
        return made.get(file.path)

    def _groups(self, files: Iterable[CatalogueFile], noted: Mapping[str, str]) -> Groups:
        facts = [
            self._facts(Path(file.path), _tags(file), file.last_page_count, noted) for file in files
        ]
        return {file.key: group for group in group_files(facts) for file in group.files}

    def _facts(
        self, path: Path, tags: ComicMetadata, page_count: int | None, noted: Mapping[str, str]
    ) -> FileFacts:
        folders = place_of(self._roots, path).folders
        name = parse_filename(path.name, "/".join(folders))
        return file_facts(
            str(path), folders, name, tags, page_count or None, known_series_ids=noted
        )


def _tags(file: CatalogueFile) -> ComicMetadata:
    """The tags that the catalogue keeps; none if another version wrote them."""
    try:
        return from_dict(file.tags)
    except InvalidInput:
        return ComicMetadata()

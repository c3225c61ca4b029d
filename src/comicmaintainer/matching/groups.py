"""Groups the files of a folder by their series, so that they are matched together.

A folder for what is new has files of many series, which are as many groups. Files whose names give
different start years are of different series; those that give none join the only one there is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from comicmaintainer.comics.folders import read_folders
from comicmaintainer.matching.model import FileFacts, FileGroup
from comicmaintainer.matching.names import is_same_name, name_form


def group_files(files: Iterable[FileFacts]) -> tuple[FileGroup, ...]:
    """The groups in the order of their first files; every file is in one of them."""
    by_series: dict[tuple[str, str], list[FileFacts]] = defaultdict(list)
    for file in files:
        by_series[file.folder, name_form(file.series or "").key].append(file)
    return tuple(
        _group(folder, part)
        for (folder, _), members in by_series.items()
        for part in _by_start_year(members)
    )


def _by_start_year(files: list[FileFacts]) -> list[list[FileFacts]]:
    years = dict.fromkeys(file.start_year for file in files if file.start_year is not None)
    if len(years) < 2:
        return [files]
    parts: dict[int | None, list[FileFacts]] = defaultdict(list)
    for file in files:
        parts[file.start_year].append(file)
    return list(parts.values())


def _group(folder: str, files: list[FileFacts]) -> FileGroup:
    names = Counter(file.series for file in files if file.series)
    name = names.most_common(1)[0][0] if names else ""
    above = read_folders(tuple(folder.split("/"))) if folder else None
    series = above.series if above is not None else None
    year = above.year if above is not None else None
    volume = above.volume if above is not None else None
    if year is None and volume is not None and len(volume) == 4:
        year = volume
    is_named = series is None or not name or is_same_name(name, series)
    return FileGroup(
        folder=folder,
        name=name or series or "",
        files=tuple(files),
        folder_series=series,
        folder_year=int(year) if year is not None and is_named else None,
    )

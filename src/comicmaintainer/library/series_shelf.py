"""One series as it stands on a shelf: its volumes with their comics in order, and the gaps.

Used by the API. A place on the shelf is a number with the comics that have it; a run of numbers
that nobody has is an empty place. The rows come from one range of an index.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from comicmaintainer.database import Database
from comicmaintainer.errors import NotFound
from comicmaintainer.library.catalogue import sort_keys
from comicmaintainer.library.catalogue.model import FILE_COLUMNS, CatalogueFile, FileState
from comicmaintainer.library.catalogue.search_terms import MISSING_TAGS, tags_of_bits
from comicmaintainer.library.missing_issues import expected_numbers, missing_numbers
from comicmaintainer.library.volumes import by_volume
from comicmaintainer.matching.numbers import number_key

MAX_FILES = 5_000
"""Of a series with more files, only the first are shown."""


@dataclass(frozen=True, slots=True)
class ShelfFile:
    """A comic on the shelf. `lacks` are tags that are not in the file, from MISSING_TAGS.

    `copy_of` is the comic before it in its place that has the same pages.
    """

    file: CatalogueFile
    lacks: Sequence[str]
    copy_of: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A number with its comics; or, without comics, the missing numbers from `number` to `last`.

    `missing` is how many these are. `number` is None for comics that have none.
    """

    number: str | None
    files: Sequence[ShelfFile] = ()
    last: str | None = None
    missing: int = 0


@dataclass(frozen=True, slots=True)
class VolumeOnShelf:
    """The places of one volume. `volume` is None for comics that name none.

    If `is_of_volumes`, each of its comics is a volume, and the numbers are theirs.
    """

    volume: str | None
    places: Sequence[Place]
    is_of_volumes: bool = False

    @property
    def missing(self) -> int:
        """How many numbers are missing."""
        return sum(place.missing for place in self.places)


@dataclass(frozen=True, slots=True)
class SeriesShelf:
    """A series. `is_capped`: it has more files than are shown, and the figures are of these."""

    name: str
    volumes: Sequence[VolumeOnShelf]
    is_capped: bool

    @property
    def files(self) -> Sequence[ShelfFile]:
        """All comics in the order of the shelf."""
        return [file for volume in self.volumes for place in volume.places for file in place.files]

    def spellings(self) -> Mapping[str, int]:
        """Return how many files spell the series in which way, the most frequent first."""
        return _counted(each.file.series for each in self.files)

    def publishers(self) -> Mapping[str, int]:
        """Return how many files name which publisher, the most frequent first."""
        return _counted(each.file.publisher for each in self.files)

    def years(self) -> tuple[int, int] | None:
        """Return the first and the last year, None if no file has one."""
        years = [each.file.year for each in self.files if each.file.year is not None]
        return (min(years), max(years)) if years else None

    def lacking(self) -> Mapping[str, int]:
        """Return how many files that can be read lack which tag."""
        found = Counter(
            tag
            for each in self.files
            if each.file.state is not FileState.FAILED
            for tag in each.lacks
        )
        return {tag: found[tag] for tag in MISSING_TAGS if found[tag]}


class Shelves:
    """Reads series from the catalogue in `database`; shows at most `max_files` of each."""

    def __init__(self, database: Database, *, max_files: int = MAX_FILES) -> None:
        self._database = database
        self._max_files = max_files

    def name_of(self, series: str) -> str | None:
        """Return the usual spelling of a series, None if no file is of it."""
        key = sort_keys.series_key(series)
        row = self._database.row("SELECT name FROM series WHERE series_key = ?", (key,))
        return None if row is None else str(row["name"])

    def of_series(self, series: str) -> SeriesShelf:
        """Return a series, in any spelling of its name.

        Raises:
            NotFound: no file is of it.
        """
        name, key = self.name_of(series), sort_keys.series_key(series)
        if name is None:
            raise NotFound(f"No file is of the series {series!r}.")
        rows = self._database.rows(
            f"SELECT {FILE_COLUMNS}, f.missing FROM files f WHERE f.series_key = ? "
            "AND f.sort_key > ? AND f.sort_key < ? ORDER BY f.sort_key, f.file_id LIMIT ?",
            (
                key,
                key + sort_keys.SEPARATOR,
                key + sort_keys.AFTER_SEPARATOR,
                self._max_files + 1,
            ),
        )
        files = [
            ShelfFile(CatalogueFile.of_row(each), tags_of_bits(each["missing"]))
            for each in rows[: self._max_files]
        ]
        return SeriesShelf(name, _volumes(files), len(rows) > self._max_files)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The comics before and after one in its series, and its place among them from 1."""

    before: CatalogueFile | None
    after: CatalogueFile | None
    position: int
    of: int


def neighbours(shelf: SeriesShelf, file_id: int) -> Neighbours | None:
    """Return the neighbours of a comic on a shelf; None if it is not among those shown."""
    files = [each.file for each in shelf.files]
    for at, file in enumerate(files):
        if file.file_id == file_id:
            before = files[at - 1] if at else None
            after = files[at + 1] if at + 1 < len(files) else None
            return Neighbours(before, after, at + 1, len(files))
    return None


def _volumes(files: Sequence[ShelfFile]) -> Sequence[VolumeOnShelf]:
    numbered = by_volume((each.file.volume, each) for each in files if each.file.issue)
    others = [each for each in files if not each.file.issue]
    found = [
        VolumeOnShelf(volume, _places([(each.file.issue or "", each) for each in comics]))
        for volume, comics in numbered.items()
    ]
    whole = [(each.file.volume, each) for each in others if each.file.volume]
    if whole:
        found.append(VolumeOnShelf(None, _places(whole), is_of_volumes=True))
    rest = [each for each in others if not each.file.volume]
    if rest:
        found.append(VolumeOnShelf(None, [Place(None, _marked(rest))]))
    return found


def _places(comics: Sequence[tuple[str, ShelfFile]]) -> Sequence[Place]:
    """Return the places of comics with their numbers, and the empty ones between them."""
    have = [number for number, _ in comics]
    gaps = missing_numbers(have, expected_numbers(have))
    by_key = sorted(comics, key=lambda each: _order(*each))
    places = [
        (sort_keys.issue_key(group[0][0]), Place(group[0][0], _marked([file for _, file in group])))
        for _, found in groupby(by_key, key=lambda each: number_key(each[0]))
        for group in [list(found)]
    ]
    places += [(sort_keys.issue_key(gap.number), gap) for gap in _runs(gaps)]
    return [place for _, place in sorted(places, key=lambda each: each[0])]


def _order(number: str, comic: ShelfFile) -> tuple[str, str, bool, int, str]:
    """Order by number; of equal numbers, sound files come first, then the oldest."""
    file = comic.file
    is_lesser = file.state in (FileState.FAILED, FileState.DUPLICATE)
    return (
        sort_keys.issue_key(number),
        number_key(number),
        is_lesser,
        file.year or 0,
        file.name,
    )


def _runs(gaps: Sequence[str]) -> Iterator[Place]:
    """Yield the missing whole numbers as runs of consecutive ones."""
    numbers = sorted(map(int, gaps))
    for _, group in groupby(enumerate(numbers), key=lambda each: each[1] - each[0]):
        run = [number for _, number in group]
        yield Place(str(run[0]), (), str(run[-1]), len(run))


def _marked(comics: Sequence[ShelfFile]) -> Sequence[ShelfFile]:
    """Tell copies by their pages."""
    first: dict[bytes, int] = {}
    marked: list[ShelfFile] = []
    for each in comics:
        pages = each.file.fingerprint
        other = None if pages is None else first.setdefault(pages, each.file.file_id)
        is_copy = other is not None and other != each.file.file_id
        marked.append(ShelfFile(each.file, each.lacks, other if is_copy else None))
    return marked


def _counted(values: Any) -> Mapping[str, int]:
    return dict(Counter(value for value in values if value).most_common())

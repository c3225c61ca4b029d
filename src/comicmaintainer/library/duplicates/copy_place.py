"""Tells from a copy's path whether it is where its comic belongs. Pure.

Used by best_copy.py to choose among copies of a comic. The whole path counts: what is above the
library is the same for all copies, or tells their libraries apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import Self

from comicmaintainer.comics.folders import read_folders
from comicmaintainer.library.catalogue.sort_keys import folded, series_key

_UNSORTED = re.compile(
    r"[\W_]*(?:in-?box|unsorted|incoming|downloads?|(?:to|2)[\W_]?sort|sort[\W_]?me|temp|tmp"
    r"|duplicates?|dupes|copies|back-?ups?|misc(?:ellaneous)?)[\W_]*"
)
_COPY_NAME = re.compile(
    r"(?:copy|kopie|copie|copia)[\W_]+(?:\d+[\W_]+)?(?:of|von|de|di)\b.*"
    r"|.*[\W_](?:copy|kopie|copie|copia)(?:[\W_]*\d+[\W_]*)?"
    r"|.*\S\s?\(\d\)"
)
"""As file managers name copies: "Copy of X", "X - Copy (2)", "X (1)"."""

_FOLDERS_OF_SERIES = 3
"""Below the folder of a series are at most those of a volume and of a year."""


@dataclass(frozen=True, slots=True)
class CopyPlace:
    """What a path says about its file; `unsorted` is how many of its folders are for such files."""

    unsorted: int = 0
    is_named_as_copy: bool = False
    is_in_series_folder: bool = False

    @classmethod
    def of(cls, path: str, series: str | None) -> Self:
        """Read the path of a file of this series."""
        parts = PurePath(path).parts
        folders = parts[1:-1]
        return cls(
            unsorted=sum(_UNSORTED.fullmatch(folded(folder)) is not None for folder in folders),
            is_named_as_copy=_COPY_NAME.fullmatch(folded(PurePath(path).stem)) is not None,
            is_in_series_folder=_is_of_series(folders, series),
        )


def _is_of_series(folders: tuple[str, ...], series: str | None) -> bool:
    """Whether the innermost folder that names a series names this one."""
    named = read_folders(folders[-_FOLDERS_OF_SERIES:]).series
    return named is not None and series is not None and series_key(named) == series_key(series)

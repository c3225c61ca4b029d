"""How a series is spelled that a file name or a folder tells.

Used by the derivation. Names lose capitals and signs ("harbour_lights_002", "Spider Man 12"), and
those of files and folders cannot hold some ("Rain: Two", "S.H.E.L.F."). So the spelling of the
same letters and digits that tells most is taken, and never over what tags say.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from comicmaintainer.comics.naming.safe_names import safe_name


def respelled(series: str, folder: str | None, beside: Mapping[str, int]) -> str | None:
    """Return the spelling to use instead of `series`, None where it stays.

    `folder` is the series that the folder tells, `beside` how many files of the folder spell a
    series so. The folder is believed unless it writes all in one case what the name does not, or
    only lacks what a folder's name cannot hold. The files beside are where the name is all in one
    case and theirs is not, or where more of them agree than on the name's own spelling; so two
    files never take each other's.
    """
    key = _letters(series)
    is_shouted = _is_of_one_case(series)
    chosen = series
    if folder is None or folder == series or _letters(folder) != key or _is_kept_of(series, folder):
        chosen = _by_files(series, key, beside)
    elif is_shouted or not _is_of_one_case(folder):
        chosen = folder
    chosen = fuller(chosen, sorted(beside, key=lambda name: (-beside[name], name)))
    return None if chosen == series else chosen


def fuller(series: str, others: Iterable[str]) -> str:
    """Return the first of the other spellings that only a tag can hold, where `series` is what
    the name of a file or folder keeps of it; else `series`."""
    for other in others:
        if _is_kept_of(other, series):
            return other
    return series


def _by_files(series: str, key: str, beside: Mapping[str, int]) -> str:
    others = [
        (not _is_of_one_case(name), files, name)
        for name, files in beside.items()
        if name != series and _letters(name) == key and not _is_kept_of(series, name)
    ]
    if not others:
        return series
    is_mixed, files, name = max(others)
    is_shouted = _is_of_one_case(series)
    if is_mixed and is_shouted:
        return name
    is_outnumbered = files > beside.get(series, 0) + 1
    return name if is_outnumbered and (is_mixed or is_shouted) else series


def _is_kept_of(series: str, name: str) -> bool:
    """Whether `name` is what a file or folder can hold of a series that is spelled otherwise."""
    return name != series and safe_name(series) == name


def _letters(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(char for char in folded if char.isalnum())


def _is_of_one_case(text: str) -> bool:
    """Whether the text has letters of one case only; scripts without cases are not meant."""
    return text != text.swapcase() and (text == text.lower() or text == text.upper())

"""Chooses the spelling of a series that comes from a file name or a folder.

Used by the derivation. Names lose capitals and signs ("harbour_lights_002", "Spider Man 12"), and
files and folders cannot contain some signs ("Rain: Two", "S.H.E.L.F."). So among spellings with
the same letters and digits, the most complete one is used, but never against the tags.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from comicmaintainer.comics.naming.safe_names import safe_name


def respelled(series: str, folder: str | None, beside: Mapping[str, int]) -> str | None:
    """Return the spelling to use instead of `series`, None if it stays.

    `folder` is the folder's series, `beside` how many files in the folder use each spelling. The
    folder's spelling is used unless only it is all in one case, or it only lacks signs that a
    folder's name cannot contain. The files' spelling is used if only the name is all in one case,
    or if more of them agree on it than on the name's spelling; so two files never swap spellings.
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
    """Return the first of the other spellings that only a tag can contain, if a file or folder
    with it would be named `series`; else `series`."""
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
    """Whether `name` is the series with only the characters that a file name can contain."""
    return name != series and safe_name(series) == name


def _letters(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(char for char in folded if char.isalnum())


def _is_of_one_case(text: str) -> bool:
    """Whether all letters of the text have one case; False for scripts without cases."""
    return text != text.swapcase() and (text == text.lower() or text == text.upper())

"""How a series is spelled that a file name tells: as its folder does, or the files beside it.

Used by the rules. Names of files lose capitals and signs ("harbour_lights_002", "Spider Man 12");
only spellings of the same letters and digits are taken over, and never over what tags say.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping


def respelled(series: str, folder: str | None, beside: Mapping[str, int]) -> str | None:
    """Return the spelling to use instead of `series`, None where it stays.

    `folder` is the series that the folder tells, `beside` how many files of the folder spell a
    series so. The folder is believed unless it writes all in one case what the name does not. The
    files beside are where the name is all in one case and theirs is not, or where more of them
    agree than on the name's own spelling; so two files never take each other's.
    """
    key = _letters(series)
    is_shouted = _is_of_one_case(series)
    if folder is not None and folder != series and _letters(folder) == key:
        if is_shouted or not _is_of_one_case(folder):
            return folder
        return None
    own = beside.get(series, 0) + 1
    others = [
        (not _is_of_one_case(name), files, name)
        for name, files in beside.items()
        if name != series and _letters(name) == key
    ]
    if not others:
        return None
    is_mixed, files, name = max(others)
    if is_mixed and is_shouted:
        return name
    return name if files > own and (is_mixed or is_shouted) else None


def _letters(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(char for char in folded if char.isalnum())


def _is_of_one_case(text: str) -> bool:
    """Whether the text has letters of one case only; scripts without cases are not meant."""
    return text != text.swapcase() and (text == text.lower() or text == text.upper())

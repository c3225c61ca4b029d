"""Compares issue numbers as files and sources write them: "001", "1" and "#1" are one number.

Notes in square brackets that a source adds to tell issues apart ("2 [37]") do not count.
"""

from __future__ import annotations

import re
from functools import lru_cache

from comicmaintainer.comics.issue_numbers import read_issue

_NOTE = re.compile(r"\s*\[[^\[\]]*\]\s*$")
_SIGNS = re.compile(r"[\s.]+")


@lru_cache(maxsize=65_536)
def number_key(text: str) -> str:
    """The same text for the same number: "0.5", "½" and "1/2" are one."""
    bare = _NOTE.sub("", text) or text
    number = read_issue(bare)
    if number is None:
        return bare.strip().casefold()
    sign = "-" if number.is_negative else ""
    rest = _SIGNS.sub("", number.rest).casefold()
    after = f".{number.after_point}" if number.after_point else ""
    return f"{sign}{number.whole or '0'}{after}{rest}"

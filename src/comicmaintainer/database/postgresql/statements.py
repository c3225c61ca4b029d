"""Statements of the stores, as psycopg sends them to PostgreSQL.

Stores write SQLite's placeholders: `?`, `?2` and `:name`. SQLite's hints (INDEXED BY) are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from comicmaintainer.database.transaction import Parameters

_TOKEN = re.compile(
    r"""(?P<text>'(?:[^']|'')*'|"[^"]*")
    |(?P<comment>--[^\n]*)
    |(?P<hint>\b(?:NOT\ INDEXED|INDEXED\ BY\ \w+))
    |(?P<cast>::)
    |\?(?P<number>\d*)
    |:(?P<name>[A-Za-z_]\w*)
    |(?P<percent>%)""",
    re.VERBOSE,
)
_KEPT = 2048
"""Statements whose translation is kept: some stores build theirs from parts."""


def translated(sql: str, parameters: Parameters) -> tuple[str, Parameters]:
    """Return the statement and its parameters in psycopg's form."""
    text, is_numbered = _translation(sql)
    if not is_numbered or isinstance(parameters, Mapping):
        return text, parameters
    return text, numbered(parameters)


def numbered(parameters: Sequence[Any]) -> dict[str, Any]:
    """Return parameters by the names that numbered placeholders get."""
    return {f"p{number}": value for number, value in enumerate(parameters, start=1)}


@lru_cache(_KEPT)
def _translation(sql: str) -> tuple[str, bool]:
    """Return the statement, and whether its placeholders were numbered."""
    is_numbered = any(match["number"] for match in _TOKEN.finditer(sql))
    return _TOKEN.sub(_replacement(is_numbered=is_numbered), sql), is_numbered


def _replacement(*, is_numbered: bool) -> Callable[[re.Match[str]], str]:
    highest = 0

    def replacement(match: re.Match[str]) -> str:
        nonlocal highest
        if match["number"] is not None:
            if not is_numbered:
                return "%s"
            # As in SQLite, a plain one follows the highest number before it.
            number = int(match["number"]) if match["number"] else highest + 1
            highest = max(highest, number)
            return f"%(p{number})s"
        if match["name"] is not None:
            return f"%({match['name']})s"
        if match["hint"] is not None or match["comment"] is not None:
            return ""
        return match[0].replace("%", "%%")

    return replacement

"""Statements of the stores, as psycopg sends them to PostgreSQL.

Stores write SQLite's placeholders: `?`, `?2` and `:name`. Hints for SQLite's planner are left out:
INDEXED BY, and the CROSS in front of JOIN. Some words are called otherwise in PostgreSQL, a number
is no condition there, and functions that it lacks are made by its schema.
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
    |(?P<hint>\b(?:NOT\ INDEXED|INDEXED\ BY\ \w+|CROSS(?=\ JOIN)))
    |\bWHERE\ (?P<flag>outdated)(?=\ ORDER)
    |(?P<function>\b(?:ifnull|char)(?=\())
    |\b(?P<search>(?:\w+\.)?)file_search\ MATCH\ \?
    |(?P<cast>::)
    |\?(?P<number>\d*)
    |:(?P<name>[A-Za-z_]\w*)
    |(?P<percent>%)""",
    re.VERBOSE,
)
PLAIN_INSERT = re.compile(
    r"(?P<start>\s*INSERT INTO \w+ \([\w\s,]+\)\s+VALUES )(?P<values>\([?,\s\d]+\))\s*\Z"
)
"""An INSERT of nothing but parameters and numbers, which can as well insert many rows."""
_FUNCTIONS = {"ifnull": "coalesce", "char": "chr"}
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

    def mark(digits: str) -> str:
        nonlocal highest
        if not is_numbered:
            return "%s"
        # As in SQLite, a plain one follows the highest number before it.
        number = int(digits) if digits else highest + 1
        highest = max(highest, number)
        return f"%(p{number})s"

    def replacement(match: re.Match[str]) -> str:
        if match["number"] is not None:
            return mark(match["number"])
        if match["search"] is not None:
            return f"{match['search']}terms @@ search_expression({mark('')})"
        if match["flag"] is not None:
            return f"WHERE {match['flag']} <> 0"
        if match["function"] is not None:
            return _FUNCTIONS[match["function"]]
        if match["name"] is not None:
            return f"%({match['name']})s"
        if match["hint"] is not None or match["comment"] is not None:
            return ""
        return match[0].replace("%", "%%")

    return replacement

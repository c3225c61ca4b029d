"""Bounded JSON from outside: requests, import files, options and page keys.

A plain value can be processed level by level, stored and written out again: it is not nested too
deep, and contains no half characters, no NUL, and no NaN or infinity.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, NoReturn

DEEPEST = 100
"""How many lists and objects may be nested."""


def parse_plain(text: str | bytes) -> Any:
    """Return the value of a JSON text that passes `require_plain`.

    Raises:
        ValueError: it is not valid; the message says why, without a full stop.
    """
    value = parse(text)
    require_plain(value)
    return value


def parse(text: str | bytes) -> Any:
    """Return the value of a JSON text that is not nested too deep; its parts are not checked.

    Raises:
        ValueError: it is not valid; the message says why, without a full stop.
    """
    try:
        value = _DECODER.decode(text if isinstance(text, str) else text.decode())
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not valid JSON ({error})") from error
    require_shallow(value)
    return value


def require_plain(value: Any) -> None:
    """Return if a parsed value is plain.

    Raises:
        ValueError: it is not; the message says why.
    """
    for level in _levels(value):
        for each in level:
            if isinstance(each, str):
                _require_whole(each)
            elif isinstance(each, float):
                if not math.isfinite(each):
                    raise ValueError(f"{each} is not a number that JSON knows")
            elif isinstance(each, dict):
                for name in each:
                    _require_whole(name)


def require_shallow(value: Any) -> None:
    """Return if a parsed value is not nested too deep, whatever else it contains.

    Raises:
        ValueError: it is.
    """
    for _ in _levels(value):
        pass


def _levels(value: Any) -> Iterator[list[Any]]:
    """Yield the values of each level, the outermost first."""
    level, depth = [value], 0
    while level:
        if depth > DEEPEST:
            raise ValueError(_TOO_DEEP)
        yield level
        deeper: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                deeper += each.values()
            elif isinstance(each, list):
                deeper += each
        level, depth = deeper, depth + 1


def _require_whole(text: str) -> None:
    if "\0" in text:
        raise ValueError("there is a NUL character in a text")
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("there is half a character in a text")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number that JSON knows")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
_TOO_DEEP = f"its lists and objects are more than {DEEPEST} levels deep"

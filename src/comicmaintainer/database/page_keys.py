"""Page keys as text: what clients send to continue a list, each form written and read here.

Clients may hold a key for long, so no form ever changes.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from comicmaintainer import json_input
from comicmaintainer.errors import InvalidInput

_FOREIGN = "The page key does not come from this list."


def path_of(key: str | None) -> str:
    """Return the path that a key is, empty for no key.

    Raises:
        InvalidInput: it is not a path.
    """
    if key is not None and not key.startswith("/"):
        raise InvalidInput(_FOREIGN)
    return key or ""


def bytes_of(key: str | None) -> bytes:
    """Return the bytes that a key spells in hexadecimal, none for no key.

    Raises:
        InvalidInput: it is not hexadecimal.
    """
    try:
        return bytes.fromhex(key or "")
    except ValueError as error:
        raise InvalidInput(_FOREIGN) from error


def number_of(key: str | None) -> int:
    """Return the row number that a key spells, 0 for no key.

    Raises:
        InvalidInput: it is not a row number.
    """
    if key is None:
        return 0
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        raise InvalidInput(_FOREIGN)
    return int(key)


def timed(at: float | None, name: str) -> str:
    """Return the key of a row that is ordered by a time, then by its name."""
    return f"{at!r}~{name}"


def time_and_name_of(key: str | None) -> tuple[float, str] | None:
    """Return what `timed` made a key of, or None for no key.

    Raises:
        InvalidInput: it is no such key.
    """
    if key is None:
        return None
    at, separator, name = key.partition("~")
    try:
        if not separator:
            raise ValueError
        return float(at), name
    except ValueError:
        raise InvalidInput("'after' is not a page key of this list.", field="after") from None


def sorted_by(order: str, value: str | float, row_id: int) -> str:
    """Return the key of a row that is ordered by `value`, then by its id."""
    return _packed(order, value, row_id)


def value_and_id_of(key: str | None, order: str, kind: type) -> list[Any] | None:
    """Return the value, which is a `kind`, and the id that `sorted_by` made a key of, or None.

    Raises:
        InvalidInput: it is no such key, or one of another order.
    """
    if key is None:
        return None
    keyed_order, value, row_id = _three(key)
    if keyed_order != order or not isinstance(value, kind) or type(row_id) is not int:
        raise InvalidInput("The page key belongs to another sort order.")
    if not 0 <= row_id < 1 << 63:
        raise InvalidInput(_FOREIGN)
    return [value, row_id]


def valued(order: str, value: str | float, name: str) -> str:
    """Return the key of a row that is ordered by `value`, then by its name."""
    return _packed(order, value, name)


def value_and_text_of(key: str | None, order: str, kind: type) -> tuple[Any, str] | None:
    """Return the value, which is a `kind`, and the name that `valued` made a key of, or None.

    Raises:
        InvalidInput: it is no such key, or one of another order.
    """
    if key is None:
        return None
    keyed_order, value, name = _three(key)
    if keyed_order != order or type(value) is not kind or not isinstance(name, str):
        raise InvalidInput("The page key belongs to another sort order.")
    return value, name


def _packed(*parts: str | float) -> str:
    key = json.dumps(parts, ensure_ascii=False)
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _three(key: str) -> list[Any]:
    try:
        padded = key.encode() + b"=" * (-len(key) % 4)
        first, second, third = json_input.parse_plain(base64.urlsafe_b64decode(padded))
    except (ValueError, TypeError, binascii.Error) as error:
        raise InvalidInput(_FOREIGN) from error
    return [first, second, third]

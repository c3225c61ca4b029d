"""Reading values of rows that another version or a manual edit may have written.

A row that this version cannot read must not make its whole list unreadable.
"""

from __future__ import annotations

import json
from enum import Enum
from typing import Any, TypeVar

E = TypeVar("E", bound=Enum)


def stored_object(text: Any, *, unreadable_as: str = "text") -> dict[str, Any]:
    """Return the JSON object in `text`; anything else is put under the key `unreadable_as`."""
    value = stored_json(text)
    return value if isinstance(value, dict) else {unreadable_as: value}


def stored_json(text: Any) -> Any:
    """Return the JSON value in `text`, or `text` itself if it is not JSON."""
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return text


def known_member(kind: type[E], value: Any, otherwise: E) -> E:
    """Return the member of `kind` with that value, or `otherwise` if this version has none."""
    try:
        return kind(value)
    except ValueError:
        return otherwise

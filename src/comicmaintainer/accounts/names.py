"""Names of users and keys: what is allowed."""

from __future__ import annotations

from comicmaintainer.errors import InvalidInput

LONGEST_NAME = 64


def checked_name(text: str) -> str:
    """Return a name that can be displayed and used as one part of an address.

    Raises:
        InvalidInput: it can't; the message says why.
    """
    name = text.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise InvalidInput(f"A name has 1 to {LONGEST_NAME} visible characters.", field="name")
    if name in (".", "..") or "/" in name or "\\" in name:
        raise InvalidInput(
            f"The name {name!r} can't be part of an address: it must not contain / or \\, and "
            "must not be . or ..",
            field="name",
        )
    return name

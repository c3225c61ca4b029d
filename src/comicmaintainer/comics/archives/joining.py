"""Joins the chunks of a member, within a limit."""

from __future__ import annotations

from collections.abc import Iterable

from comicmaintainer.errors import HostileArchive, StrPath


def joined(
    chunks: Iterable[bytes], max_bytes: int, *, member: str, path: StrPath | None = None
) -> bytes:
    """Return the chunks as one; `member` and `path` are for the errors.

    Raises:
        HostileArchive: they exceed `max_bytes`; reading stops there.
        Whatever reading the chunks raises.
    """
    parts = []
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > max_bytes:
            raise HostileArchive(f"it is larger than {max_bytes} bytes", path=path, member=member)
        parts.append(chunk)
    return b"".join(parts)

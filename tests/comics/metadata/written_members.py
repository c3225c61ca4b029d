"""The members of a tag write that stay or come, for a reader."""

from __future__ import annotations

from collections.abc import Mapping


def written(members: Mapping[str, bytes | None]) -> dict[str, bytes]:
    """Leave out the members that are taken away."""
    return {name: content for name, content in members.items() if content is not None}

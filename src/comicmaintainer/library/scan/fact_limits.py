"""Limits on the texts and tags of a file that the catalogue stores.

Applied before a transaction opens, so that writes have a bounded size and no file can block the
other writers for long, and no text is too long for an index.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from comicmaintainer.library.catalogue.sort_keys import bounded

MAX_TAGS_LENGTH = 64 << 10
"""Characters of all tags of a file as JSON. A large collected edition has about 20,000."""


def shortened(text: str | None) -> str | None:
    """Return `text` cut to the limit of a column, 1,000 bytes of UTF-8."""
    return None if text is None else bounded(text)


def kept_tags(tags: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tags, without the longest ones if they are too long in total."""
    lengths = {name: len(json.dumps(value, ensure_ascii=False)) for name, value in tags.items()}
    left = sum(lengths.values())
    kept = dict(tags)
    for name in sorted(lengths, key=lengths.__getitem__, reverse=True):
        if left <= MAX_TAGS_LENGTH:
            break
        left -= lengths[name]
        del kept[name]
    return kept

"""How much the catalogue keeps of what a file says about itself.

Applied before a transaction opens: what is written inside one has a bounded size, so no file can
hold up the other writers. Lengths in characters.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

MAX_COLUMN_LENGTH = 1_000
MAX_TAGS_LENGTH = 64 << 10
"""Of all tags of a file as JSON. The tags of a large collected edition have some 20,000."""


def shortened(text: str | None) -> str | None:
    """Return `text` as a column of the catalogue holds it."""
    return None if text is None else text[:MAX_COLUMN_LENGTH]


def kept_tags(tags: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tags without the longest ones, where all together are too long."""
    lengths = {name: len(json.dumps(value, ensure_ascii=False)) for name, value in tags.items()}
    left = sum(lengths.values())
    kept = dict(tags)
    for name in sorted(lengths, key=lengths.__getitem__, reverse=True):
        if left <= MAX_TAGS_LENGTH:
            break
        left -= lengths[name]
        del kept[name]
    return kept

"""Names that are not valid UTF-8: how they are shown, and what to do about them.

Linux takes any bytes for a name. No database, no answer in JSON and no page can hold these, so that
scans leave such files alone and tell of them; nothing else ever sees them.
"""

from __future__ import annotations

import os

MAX_NAMED = 100
"""So many names of a root are told; all are counted."""

ADVICE = (
    "Programs with another character set gave these names. Rename them, for example with "
    "`convmv -f cp1252 -t utf8 -r FOLDER` (cp437, cp932 or koi8-r where cp1252 reads wrong): it "
    "shows what it would do, and does it with --notest. The next scan finds the comics."
)


def shown(name: str) -> str:
    r"""Return the name as text that can be stored and printed: `caf\xe9.cbz`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")

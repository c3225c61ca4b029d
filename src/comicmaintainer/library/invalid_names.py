"""Shows names that are not valid UTF-8, with advice on repairing them.

Linux allows any bytes in a name. Databases, JSON answers and pages can't contain such names, so
scans skip and report these files, and nothing else ever sees them.
"""

from __future__ import annotations

import os

MAX_NAMED = 100
"""The number of names of a root that are listed; all are counted."""

ADVICE = (
    "Programs with another character set gave these names. Rename them, for example with "
    "`convmv -f cp1252 -t utf8 -r FOLDER` (cp437, cp932 or koi8-r where cp1252 reads wrong): it "
    "shows what it would do, and does it with --notest. The next scan finds the comics."
)


def shown(name: str) -> str:
    r"""Return the name as storable and printable text: `caf\xe9.cbz`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")

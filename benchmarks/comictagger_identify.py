"""Identifies comics with ComicTagger's command line, against a replay server; the rival of
identify.py. Its settings and the answers that it keeps are in a folder of their own.
"""

from __future__ import annotations

import os
import re
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path

MOST_AT_ONCE = 200
_ISSUE_ID = re.compile(rb"\[Issue ID (\d+)\]")


def identify(python: Path, paths: Sequence[Path], address: str, settings: Path) -> None:
    """Let ComicTagger identify and tag the comics; what it is not sure of, it leaves."""
    command = [str(python.with_name("comictagger")), "--config", str(settings)]
    command += ["--cv-url", f"{address}/", "--cv-api-key", "k", "--nosummary"]
    command += ["-s", "-o", "-f", "-t", "CR"]
    for at in range(0, len(paths), MOST_AT_ONCE):
        subprocess.run(
            [*command, *map(str, paths[at : at + MOST_AT_ONCE])],
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": "", "HOME": str(settings)},
        )


def issue_of(path: Path) -> str | None:
    """Return the id that ComicTagger has written into a comic; None if it has written none."""
    with zipfile.ZipFile(path) as archive:
        if "ComicInfo.xml" not in archive.namelist():
            return None
        found = _ISSUE_ID.search(archive.read("ComicInfo.xml"))
    return None if found is None else found[1].decode()

"""The helper process that makes cover thumbnails, so that no web worker loads an image library.

Started by covers.py as `python -m comicmaintainer.web.cover_process`. Each line on standard input
is a JSON object with `path` (the comic), `target` (the file to make) and `side_px`; the answer is a
line with `reason` (no cover can be made of this comic) and `failure` (not now), null where it was
made. It ends with its input, so it never outlives the web worker.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path

from comicmaintainer.comics.images import page_thumbnail
from comicmaintainer.errors import ArchiveError, ComicMaintainerError
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.web.no_cover import keep_reason

MEMORY_BYTES = 2 << 30
NICENESS = 5
FILES_PER_FOLDER = 400
"""Some 100,000 covers over all folders; beyond it the ones not looked at for longest go."""


def main() -> None:
    """Answer requests until the input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    os.nice(NICENESS)
    for line in sys.stdin:
        request = json.loads(line)
        target = Path(request["target"])
        answer: dict[str, str | None] = {"reason": None, "failure": None}
        try:
            _make(Path(request["path"]), target, request["side_px"])
        except ArchiveError as error:
            answer["reason"] = str(error)
            keep_reason(target, str(error))
        except ComicMaintainerError as error:
            answer["failure"] = str(error)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _make(comic: Path, target: Path, side_px: int) -> None:
    content = page_thumbnail(comic, max_side_px=side_px)
    temporary = target.with_name(f"{target.name}.{os.getpid()}")
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(target)
    _thin_out(target.parent)


def _thin_out(folder: Path) -> None:
    entries = [(entry.stat().st_atime, entry.path) for entry in os.scandir(folder)]
    if len(entries) > FILES_PER_FOLDER:
        for _, path in sorted(entries)[: FILES_PER_FOLDER // 4]:
            Path(path).unlink(missing_ok=True)


if __name__ == "__main__":
    main()

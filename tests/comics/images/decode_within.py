"""Decodes images in a process of limited memory: `decode_within.py MEBIBYTES FILE...`.

Prints for each file what came of checking it and of making it small.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from comicmaintainer.comics.images.decoding import check_image, thumbnail
from comicmaintainer.errors import ArchiveError


def outcome(work: Callable[[], object]) -> str:
    try:
        work()
    except ArchiveError as error:
        return error.code
    return "ok"


def main() -> None:
    limit = int(sys.argv[1]) << 20
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    for name in sys.argv[2:]:
        content = Path(name).read_bytes()
        checked = outcome(partial(check_image, content))
        small = outcome(partial(thumbnail, content, max_side_px=320))
        print(Path(name).name, checked, small)


if __name__ == "__main__":
    main()

"""Virtual environments of the rivals, and the comics that all engines are measured with.

Each rival is installed by its published name into an environment of its own, since some are GPL
and all bring their own dependencies; none of them is part of this project.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

RIVALS = ("comicbox", "darkseid", "comictagger")
DRIVER = Path(__file__).with_name("archive_driver.py")
SOURCE = Path(__file__).parent.parent / "src"
PAGE_BYTES = 1_000_000
XML = b"""<?xml version="1.0" encoding="utf-8"?>
<ComicInfo><Title>The Beginning</Title><Series>Old</Series><Number>7</Number><Volume>1</Volume>
<Summary>A drawn comic for measurements, with a summary of the usual length, which tells in a few
sentences what happens to whom, and where, without giving away the end of the story.</Summary>
<Year>1950</Year><Month>12</Month><Writer>A. Writer</Writer><Penciller>B. Penciller</Penciller>
<Publisher>Nobody</Publisher><Genre>Adventure</Genre><PageCount>24</PageCount></ComicInfo>
"""


def python_of(rival: str, folder: Path) -> Path:
    """Return the interpreter of the rival's environment under `folder`, made at first use."""
    python = folder / rival / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder / rival)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", rival], check=True)
    return python


def run_driver(engine: str, operation: str, paths: list[Path], rivals: Path) -> dict[str, Any]:
    """Run one engine and return its figures; its log is discarded."""
    owner = engine.split("-", maxsplit=1)[0]
    python = python_of(owner, rivals) if owner in RIVALS else Path(sys.executable)
    done = subprocess.run(
        [str(python), str(DRIVER), engine, operation, *map(str, paths)],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": "" if owner in RIVALS else str(SOURCE)},
    )
    if done.returncode != 0:
        raise SystemExit(f"{engine} failed:\n{done.stderr[-2_000:]}")
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report


def draw_comic(path: Path, size_bytes: int, *, layout: str = "last", pages: int = 0) -> None:
    """Draw a CBZ of about `size_bytes` with its ComicInfo.xml first, last or absent (`none`)."""
    count = pages or max(10, size_bytes // PAGE_BYTES)
    source = random.Random(path.name)
    with zipfile.ZipFile(path, "w") as archive:
        if layout == "first":
            archive.writestr("ComicInfo.xml", XML, zipfile.ZIP_DEFLATED)
        for number in range(1, count + 1):
            archive.writestr(f"Drawn 007 - p{number:03}.jpg", source.randbytes(size_bytes // count))
        if layout == "last":
            archive.writestr("ComicInfo.xml", XML, zipfile.ZIP_DEFLATED)

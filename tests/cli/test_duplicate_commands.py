"""Copies on the command line: groups are listed, and the one to keep may be named."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

from PIL import Image

from tests.cli.conftest import CommandLine


def scan_of(path: Path, *, side: int, pages: int = 10) -> Path:
    """Write a comic of the same story in pages of that size."""
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(pages):
            small = Image.frombytes("L", (8, 8), random.Random(number).randbytes(64))
            content = io.BytesIO()
            small.resize((side, side), Image.Resampling.BICUBIC).save(content, "PNG")
            archive.writestr(f"{number:02}.png", content.getvalue())
    return path


def test_groups_with_the_same_pages_are_listed(run: CommandLine) -> None:
    first, second = run.comic("a.cbz", pages=3), run.comic("b.cbz", pages=3)
    assert "No two files" in run("duplicates").err
    assert run("scan").code == 0
    listed = run("duplicates")
    assert listed.code == 0, listed.err
    assert listed.out.splitlines()[0].startswith(f"{first} (")
    assert listed.out.splitlines()[1] == f"  {second}"


def test_similar_files_are_listed_and_trashed_only_with_a_copy_to_keep(run: CommandLine) -> None:
    small = scan_of(run.library / "small.cbz", side=40)
    large = scan_of(run.library / "large.cbz", side=80)
    assert run("scan").code == 0
    assert "Nothing has been compared yet" in run("duplicates", "--near").err
    compared = run("duplicates", "--all", "--near", "--action", "trash")
    assert compared.code == 0, compared.err
    # Whichever was looked at last tells it.
    pairs = ((small, large), (large, small))
    lines = [f"{one}: looks like {other} (8 of 8 pages alike)" for one, other in pairs]
    assert any(each in compared.out for each in lines)
    assert small.exists()
    assert large.exists()
    listed = run("duplicates", "--near", "--json").value
    assert [file["path"] for file in listed[0]["files"]] == [str(large), str(small)]
    assert "its pages are larger" in run("duplicates", "--near").out
    chosen = ("--near", "--action", "trash", "--keep", small)
    assert run("duplicates", large, *chosen).code == 0
    assert small.exists()
    assert not large.exists()

"""Files are announced to the kernel before they are read, and nothing else happens to them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from comicmaintainer.filesystem.read_ahead import END_BYTES, announce


@pytest.mark.parametrize("size", [0, 100, END_BYTES + 100])
def test_the_end_of_a_file_is_announced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    path = tmp_path / "a.cbz"
    path.write_bytes(bytes(size))
    before = path.stat()
    announced: list[tuple[int, int, int]] = []
    monkeypatch.setattr(os, "posix_fadvise", lambda _, *rest: announced.append(rest))
    announce(path)
    assert announced == [(max(0, size - END_BYTES), END_BYTES, os.POSIX_FADV_WILLNEED)]
    assert path.stat() == before


def test_what_is_no_file_is_passed_over_without_waiting(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.cbz"
    os.mkfifo(pipe)
    open_files = len(os.listdir("/proc/self/fd"))
    for path in (pipe, tmp_path, tmp_path / "gone.cbz"):
        announce(path)
    assert len(os.listdir("/proc/self/fd")) == open_files

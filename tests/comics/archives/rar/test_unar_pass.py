"""The second reader's process: held within limits, ended with its pass."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from comicmaintainer.comics.archives.rar.unar_pass import is_available, unar_pass, version
from comicmaintainer.errors import DamagedArchive

MakeProgram = Callable[[str], None]


@pytest.fixture
def make_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeProgram:
    """Put a script called unar before all other programs."""

    def make(script: str) -> None:
        program = tmp_path / "unar"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    return make


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "-o comic\n.cbr"
    path.write_bytes(b"content")
    return path


def output(path: Path, length: int = 1000, **options: float) -> bytes:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        with unar_pass(descriptor, path, [0, 2], **options) as running:
            return b"".join(running.take(length))
    finally:
        os.close(descriptor)


def test_the_program_receives_the_open_file_and_never_its_name(
    make_program: MakeProgram, archive: Path
) -> None:
    make_program('echo "$@"; cat "$7"')
    words, _, content = output(archive).partition(b"\n")
    assert words.startswith(b"-no-recursion -forks skip -output-directory - -indexes /dev/fd/")
    assert words.endswith(b" 0 2")
    assert content == b"content"


def test_a_program_without_progress_is_ended(make_program: MakeProgram, archive: Path) -> None:
    make_program("echo $$; exec sleep 600")
    descriptor = os.open(archive, os.O_RDONLY)
    try:
        with unar_pass(descriptor, archive, [0], standstill_s=0.2) as running:
            process_id = int(next(running.take(20)))
            with pytest.raises(DamagedArchive, match="made no progress"):
                list(running.take(1))
    finally:
        os.close(descriptor)
    assert not Path(f"/proc/{process_id}").exists()


def test_the_program_can_write_no_file(
    make_program: MakeProgram, archive: Path, tmp_path: Path
) -> None:
    target = tmp_path / "written"
    make_program(f"trap '' XFSZ; echo much > {target}; echo done")
    assert output(archive) == b"done\n"
    assert target.read_bytes() == b""


def test_memory_of_the_program_is_limited(make_program: MakeProgram, archive: Path) -> None:
    make_program("ulimit -v; ulimit -t")
    assert output(archive).split() == [b"1048576", b"600"]


def test_the_program_does_not_get_our_environment(
    make_program: MakeProgram, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_program("env")
    monkeypatch.setenv("NOTIFY_URLS", "secret")
    assert b"secret" not in output(archive)


def test_missing_program_is_detected(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not is_available()
    assert version() is None


def test_version_of_the_program_is_returned(make_program: MakeProgram) -> None:
    make_program("echo v1.10.1")
    assert version() == "1.10.1"

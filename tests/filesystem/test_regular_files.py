"""Only regular files are opened, and nobody is waited for."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest

from comicmaintainer.errors import NotAComicPath
from comicmaintainer.filesystem.regular_files import open_regular


def test_a_regular_file_is_opened_for_reading_and_writing(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    for flags in (os.O_RDONLY, os.O_RDWR, os.O_RDONLY | os.O_NOFOLLOW):
        descriptor = open_regular(path, flags)
        assert os.pread(descriptor, 9, 0) == b"abc"
        assert not os.get_inheritable(descriptor)
        os.close(descriptor)


@pytest.mark.parametrize("flags", [os.O_RDONLY, os.O_WRONLY, os.O_RDWR])
def test_a_pipe_a_socket_and_a_device_are_refused_at_once(tmp_path: Path, flags: int) -> None:
    os.mkfifo(tmp_path / "pipe.cbz")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fspath(tmp_path / "socket.cbz"))
        for path in (tmp_path / "pipe.cbz", tmp_path / "socket.cbz", Path("/dev/null")):
            with pytest.raises(NotAComicPath, match="regular file"):
                open_regular(path, flags)


def test_refusal_leaves_no_descriptor_open(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.cbz")
    before = set(os.listdir("/proc/self/fd"))
    for path in (tmp_path / "pipe.cbz", tmp_path):
        with pytest.raises((NotAComicPath, IsADirectoryError)):
            open_regular(path)
    assert set(os.listdir("/proc/self/fd")) == before


def stale_times(times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is opened be stale this often, as a file that another host has replaced on NFS."""
    left, fstat = [times], os.fstat

    def status(descriptor: int) -> os.stat_result:
        if left[0]:
            left[0] -= 1
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
        return fstat(descriptor)

    monkeypatch.setattr(os, "fstat", status)


def test_a_file_that_was_just_replaced_on_another_host_is_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    before = set(os.listdir("/proc/self/fd"))
    stale_times(1, monkeypatch)
    descriptor = open_regular(path)
    assert os.pread(descriptor, 9, 0) == b"abc"
    os.close(descriptor)
    stale_times(3, monkeypatch)
    with pytest.raises(OSError, match="Stale"):
        open_regular(path)
    assert set(os.listdir("/proc/self/fd")) == before

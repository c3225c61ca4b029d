"""Folders as several hosts see them: each host has its own mount of one folder, at the same path.

A host is a mount namespace with a FUSE mount, so inodes are its own and locks reach no other host.
Needs root, FUSE, a C compiler and libfuse 3; tests that need it are skipped elsewhere.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.kit.waiting import wait_until

HEADERS = Path("/usr/include/fuse3")
SOURCE = Path(__file__).with_name("foreign_mount.c")


def compiled(folder: Path) -> Path:
    """Return the program that mounts a folder; skips the test where it can't be made or used."""
    needed = ("cc", "unshare", "nsenter", "umount")
    if os.geteuid() != 0 or not Path("/dev/fuse").exists() or not all(map(shutil.which, needed)):
        pytest.skip("nothing can be mounted here")
    if not HEADERS.is_dir():
        pytest.skip("libfuse 3 is not installed (Debian: apt-get install libfuse3-dev)")
    program = folder / "foreign_mount"
    flags = ["-O1", "-D_FILE_OFFSET_BITS=64", f"-I{HEADERS}"]
    subprocess.run(["cc", *flags, "-o", program, SOURCE, "-lfuse3"], check=True)
    return program


class MountedHost:
    """A host that sees `folder` at the empty folder `at`, until it is closed."""

    def __init__(
        self, program: Path, folder: Path, at: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.at = at
        ready = folder.parent / f"{os.urandom(4).hex()}.ready"
        script = '"$0" "$1" "$2" && touch "$3" && exec sleep infinity'
        self._process = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", script, program, folder, at, ready],
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
        wait_until(lambda: ready.exists() or self._process.poll() is not None)
        if self._process.poll() is not None:
            pytest.skip("nothing can be mounted here")

    def within(self, command: Sequence[str]) -> list[str]:
        """Return the command that runs `command` on this host, in the present folder."""
        return [
            "nsenter",
            f"--mount=/proc/{self._process.pid}/ns/mnt",
            f"--wdns={Path.cwd()}",
            *command,
        ]

    def close(self) -> None:
        """Unmount, which ends the program that serves the mount."""
        subprocess.run(self.within(["umount", "--lazy", str(self.at)]), check=False)
        self._process.kill()
        self._process.wait()

"""Folders as several hosts see them: each host has its own mount of one folder, at the same path.

A host is a mount namespace with a FUSE mount, so inodes are its own and locks reach no other host.
Needs root, FUSE, a C compiler and libfuse 3; tests that need it are skipped elsewhere. HOSTS_MOUNT
names another program that mounts a folder at a place, such as nfs_mount.sh.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.kit.waiting import wait_until

HEADERS = Path("/usr/include/fuse3")
SOURCE = Path(__file__).with_name("foreign_mount.c")
CHOSEN = os.environ.get("HOSTS_MOUNT")


_LEAVE_OTHERS = (
    f"awk -v base={shlex.quote(tempfile.gettempdir())}/ 'index($5, base) == 1 {{print $5}}'"
    " /proc/self/mountinfo | sort -r | xargs -r umount --lazy"
)
"""A new namespace has every mount of the old one, and keeps it alive after it has been unmounted
there: a disk of another test would come back in the state in which it was left."""


def why_not() -> str | None:
    """Return why nothing can be mounted here, or None."""
    needed = ("cc", "unshare", "nsenter", "umount")
    if os.geteuid() != 0 or not Path("/dev/fuse").exists() or not all(map(shutil.which, needed)):
        return "nothing can be mounted here"
    if not HEADERS.is_dir():
        return "libfuse 3 is not installed (Debian: apt-get install libfuse3-dev)"
    return None


def compiled(folder: Path) -> Path:
    """Return the program that mounts a folder; skips the test where it can't be made or used."""
    if CHOSEN is not None:
        return Path(CHOSEN).resolve()
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    program = folder / "foreign_mount"
    flags = ["-O1", "-D_FILE_OFFSET_BITS=64", f"-I{HEADERS}"]
    subprocess.run(["cc", *flags, "-o", program, SOURCE, "-lfuse3"], check=True)
    return program


class MountedHost:
    """A host that sees each of `folders` at an empty folder, until it is closed.

    `folders` are by the place where they are seen. With `has_network` its network is its own.
    """

    def __init__(
        self,
        program: Path,
        folders: Mapping[Path, Path],
        environment: Mapping[str, str] | None = None,
        *,
        has_network: bool = False,
    ) -> None:
        self._places = list(folders)
        self._namespaces = ["mount", "net"] if has_network else ["mount"]
        ready = self._places[0].parent / f"{os.urandom(4).hex()}.ready"
        mounts = " && ".join(
            shlex.join([str(program), str(folder), str(at)]) for at, folder in folders.items()
        )
        script = f"{_LEAVE_OTHERS}; {mounts} && touch {shlex.quote(str(ready))}"
        script += " && exec sleep infinity"
        self._process = subprocess.Popen(
            ["unshare", *(f"--{name}" for name in self._namespaces), "sh", "-c", script],
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
        wait_until(lambda: ready.exists() or self._process.poll() is not None)
        if self._process.poll() is not None:
            pytest.skip("nothing can be mounted here")

    def within(self, command: Sequence[str]) -> list[str]:
        """Return the command that runs `command` on this host, in the present folder."""
        files = {"mount": "mnt", "net": "net"}
        own = f"/proc/{self.pid}/ns"
        entered = [f"--{name}={own}/{files[name]}" for name in self._namespaces]
        return ["nsenter", *entered, f"--wdns={Path.cwd()}", *command]

    @property
    def pid(self) -> int:
        """The process that holds its namespaces."""
        return self._process.pid

    def close(self) -> None:
        """Unmount, which ends the program that serves the mount."""
        subprocess.run(self.within(["umount", "--lazy", *map(str, self._places)]), check=False)
        self._process.kill()
        self._process.wait()

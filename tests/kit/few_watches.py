"""Programs in a user namespace of their own, where the kernel gives as little as asked for."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest


def can_limit() -> bool:
    """Whether this machine lets us make a user namespace and lower its limits."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return False
    command = "echo 9 > /proc/sys/user/max_inotify_watches"
    return (
        subprocess.run(
            [unshare, "-U", "-r", "sh", "-c", command], capture_output=True, check=False
        ).returncode
        == 0
    )


needs_limits = pytest.mark.skipif(not can_limit(), reason="no user namespace can be made here")


def limited(script: list[str], limits: Mapping[str, int], pid_file: Path) -> list[str]:
    """`script` under limits of /proc/sys/user; the id of its process goes into `pid_file`."""
    lines = [f"echo {value} > /proc/sys/user/{name}" for name, value in limits.items()]
    whole = "; ".join([*lines, 'echo $$ > "$0"; exec "$@"'])
    return ["unshare", "-U", "-r", "sh", "-c", whole, str(pid_file), *script]


def set_limit(pid_file: Path, name: str, value: int) -> None:
    """Change a limit of the namespace of a running program."""
    pid = pid_file.read_text("ascii").strip()
    command = f"echo {value} > /proc/sys/user/{name}"
    subprocess.run(
        ["nsenter", "-U", "--preserve-credentials", "-t", pid, "sh", "-c", command], check=True
    )

"""The network between hosts and the database server, as namespaces joined by a bridge.

Each host has a network namespace with one cable to a bridge, which is in the server's namespace. A
cable that is pulled loses what is sent, and nobody is told. Needs root and iproute2. Everything is
gone when the processes that hold the namespaces have ended.
"""

from __future__ import annotations

import ipaddress
import os
import shutil
import subprocess
from collections.abc import Sequence

SUBNET = ipaddress.ip_network("10.77.0.0/24")
SERVER = SUBNET[1]
_BRIDGE = "hosts"


class Network:
    """A bridge in a namespace of its own, in which the server runs, until it is closed."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "echo && exec sleep infinity"], stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        with self._process.stdout as ready:
            ready.readline()
        self._hosts = 0
        self._run("ip", "link", "add", _BRIDGE, "type", "bridge")
        self._run("ip", "addr", "add", f"{SERVER}/{SUBNET.prefixlen}", "dev", _BRIDGE)
        self._run("ip", "link", "set", _BRIDGE, "up")

    def within(self, command: Sequence[str]) -> list[str]:
        """Return the command that runs `command` in the server's namespace."""
        return ["nsenter", f"--net=/proc/{self._process.pid}/ns/net", *command]

    def cable(self, pid: int) -> Cable:
        """Join the network namespace of a process to the bridge."""
        self._hosts += 1
        name, address = f"host{self._hosts}", SUBNET[1 + self._hosts]
        far = ("peer", "name", "eth0", "netns", str(pid))
        self._run("ip", "link", "add", name, "type", "veth", *far)
        inside = ("nsenter", f"--net=/proc/{pid}/ns/net", "ip")
        self._run(*inside, "addr", "add", f"{address}/{SUBNET.prefixlen}", "dev", "eth0")
        self._run(*inside, "link", "set", "eth0", "up")
        cable = Cable(self.within(["ip", "link", "set", name]))
        cable.plug()
        return cable

    def close(self) -> None:
        """Remove it."""
        self._process.kill()
        self._process.wait()

    def _run(self, *command: str) -> None:
        subprocess.run(self.within(command), check=True)


class Cable:
    """The way of one host to the server; `set_link` starts the command that changes it."""

    def __init__(self, set_link: Sequence[str]) -> None:
        self._set_link = set_link

    def plug(self) -> None:
        """Let everything through."""
        subprocess.run([*self._set_link, "master", _BRIDGE, "up"], check=True)

    def pull(self) -> None:
        """Lose what is sent, without a word to either side."""
        subprocess.run([*self._set_link, "nomaster"], check=True)


def can_be_made() -> bool:
    """Tell whether this process may make network namespaces."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("ip", "unshare", "nsenter"))):
        return False
    trial = ["unshare", "--net", "ip", "link", "add", _BRIDGE, "type", "bridge"]
    return subprocess.run(trial, check=False, capture_output=True).returncode == 0

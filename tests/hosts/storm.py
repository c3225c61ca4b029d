"""Hosts on a network of their own, and all that befalls them at once.

Where network namespaces and FUSE can be used each host has its own network, mounts and clock. Else
a relay is each host's way to the server, and all see the same folders.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests.hosts import mounts, network
from tests.hosts.mounts import MountedHost
from tests.hosts.network import Network
from tests.hosts.relay import Relay
from tests.kit import postgresql
from tests.kit.processes import is_stopped

NAMES = ("nas", "pc", "mini", "attic", "shed", "desk", "lab", "loft", "barn", "den")
CLOCKS_AHEAD_S = (300, -300, 0)
ROOTS = ("a", "b", "c")
ROOTS_OF_EACH = 2
RAN = "ran"
PROCESSES = 2
"""On each host."""
KILLED_INSTEAD = 0.2
"""How many of those that have stopped themselves are killed."""
# The server writes to its disk what it has acknowledged: it is going to be killed.
_DURABLE = ("synchronous_commit=on", "autovacuum=on", "max_connections=100")


class Way(Protocol):
    """The way of a host to the server."""

    def pull(self) -> None:
        """Let nothing through, and nobody know."""

    def plug(self) -> None:
        """Let everything through again."""


@dataclass(slots=True)
class Host:
    """A host: how a command runs there, what its processes are told, and those that run."""

    name: str
    roots: frozenset[str]
    way: Way
    folder: Path
    variables: Mapping[str, str]
    ahead_s: float
    mount: MountedHost | None = None
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *, calm: bool = False) -> None:
        """Start a worker process; a calm one does not stop itself."""
        variables = {"STOPPED": "0"} if calm else {}
        self.running.append(self._started("tests.hosts.storm_host", variables=variables))

    def read_catalogue(self) -> None:
        """Read all comics of its roots into the catalogue."""
        assert self._started("tests.hosts.copy_host", "catalogue").wait() == 0

    def _started(
        self, *arguments: str, variables: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        shifted = ("tests.hosts.wrong_clock", str(self.ahead_s))
        command = [sys.executable, "-m", *shifted, *arguments]
        with (self.folder / "output").open("ab") as output:
            return subprocess.Popen(
                command if self.mount is None else self.mount.within(command),
                env={**os.environ, **self.variables, **(variables or {})},
                stdout=output, stderr=output,
            )  # fmt: skip

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill one of its processes."""
        self.running.remove(process)
        process.kill()
        process.wait()

    def close(self) -> None:
        """End everything."""
        for process in list(self.running):
            self.kill(process)
        if self.mount is not None:
            self.mount.close()

    def ran(self) -> Iterator[tuple[str, str]]:
        """Yield the kind and path of each item that was run there."""
        log = self.folder / RAN
        lines = log.read_text().splitlines() if log.exists() else []
        for line in lines:
            kind, _, item = line.partition("\t")
            yield kind, item


@dataclass(frozen=True, slots=True)
class Site:
    """The hosts, their server, and the folder in which tests see the roots of all."""

    hosts: Sequence[Host]
    server: postgresql.Server
    url: str
    shelf: Path
    library: Path


@contextmanager
def built(folder: Path, count: int, lease_s: float, stopped: float) -> Iterator[Site]:
    """Build `count` hosts, each with two of the roots."""
    programs = postgresql.programs()
    assert programs is not None
    has_namespaces = network.can_be_made() and mounts.why_not() is None
    shelf = folder / "shelf"
    library = folder / "library" if has_namespaces else shelf
    for root in ROOTS:
        for place in (shelf, library):
            (place / root).mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        options, within = list(_DURABLE), list[str]()
        bridge: Network | None = None
        program = Path()
        if has_namespaces:
            bridge = Network()
            stack.callback(bridge.close)
            program = mounts.compiled(folder)
            within = bridge.within([])
            options.append("listen_addresses=*")
        server = stack.enter_context(postgresql.running(programs, options, within))
        database = postgresql.TEMPLATE
        hosts: list[Host] = []
        for number, name in enumerate(NAMES[:count]):
            own = folder / name
            own.mkdir()
            roots = [ROOTS[(number + step) % len(ROOTS)] for step in range(ROOTS_OF_EACH)]
            mount: MountedHost | None = None
            way: Way
            if bridge is None:
                way = Relay(own / "way", server.folder)
                address = server.url(database, own / "way")
            else:
                folders = {library / root: shelf / root for root in roots}
                mount = MountedHost(program, folders, has_network=True)
                way = bridge.cable(mount.pid)
                address = server.url(database, str(network.SERVER))
            variables = {
                "CONFIG_DIR": str(own / "config"),
                "DATABASE_URL": address,
                "HOST_NAME": name,
                "LEASE_S": str(lease_s),
                "MAX_WORKERS": "2",
                "RAN": str(own / RAN),
                "STOPPED": str(stopped),
                "WATCHED_DIR": ":".join(str(library / root) for root in roots),
            }
            ahead_s = CLOCKS_AHEAD_S[number % len(CLOCKS_AHEAD_S)]
            hosts.append(Host(name, frozenset(roots), way, own, variables, ahead_s, mount))
            stack.callback(hosts[-1].close)
        yield Site(hosts, server, server.url(database), shelf, library)


class Storm:
    """Everything that goes wrong; `lease_s` says how fast."""

    def __init__(self, site: Site, lease_s: float) -> None:
        self._site = site
        self._lease_s = lease_s
        self._chance = random.Random(13)
        self._goes_on_at: dict[int, float] = {}
        self._plugged_at: dict[str, float] = {}
        self._due: dict[str, float] = {}
        self.counts = {"kills": 0, "server kills": 0, "cuts": 0, "stops": 0}

    def go_on(self) -> None:
        """Do what is due."""
        for host in self._site.hosts:
            self._look_after(host)
        if self._is_due("kill", 0.3 * self._lease_s, 0.7 * self._lease_s):
            host = self._chance.choice(self._site.hosts)
            process = self._chance.choice(host.running)
            if not is_stopped(process.pid):
                host.kill(process)
                self.counts["kills"] += 1
        if self._is_due("cut", self._lease_s, 3 * self._lease_s) and not self._plugged_at:
            host = self._chance.choice(self._site.hosts)
            host.way.pull()
            self._plugged_at[host.name] = time.monotonic() + 4 * self._lease_s
            self.counts["cuts"] += 1
        if self._is_due("server", 5.0, 5.0 + 7 / 3 * self._lease_s):
            self._site.server.kill()
            self._site.server.start()
            self.counts["server kills"] += 1

    def calm(self) -> None:
        """Let all hosts go on with processes that do not stop themselves."""
        for host in self._site.hosts:
            host.way.plug()
            for process in list(host.running):
                host.kill(process)
            host.start(calm=True)

    def _is_due(self, name: str, soonest_s: float, latest_s: float) -> bool:
        now = time.monotonic()
        if now < self._due.setdefault(name, now + self._chance.uniform(soonest_s, latest_s)):
            return False
        del self._due[name]
        return True

    def _look_after(self, host: Host) -> None:
        now = time.monotonic()
        if now > self._plugged_at.get(host.name, now):
            host.way.plug()
            del self._plugged_at[host.name]
        for process in list(host.running):
            if process.poll() is not None:
                host.running.remove(process)
            elif is_stopped(process.pid):
                self._let_go_on(host, process)
        while len(host.running) < PROCESSES:
            host.start()

    def _let_go_on(self, host: Host, process: subprocess.Popen[bytes]) -> None:
        now = time.monotonic()
        pause_s = self._chance.uniform(0.5, 3) * self._lease_s
        if now < self._goes_on_at.setdefault(process.pid, now + pause_s):
            return
        del self._goes_on_at[process.pid]
        self.counts["stops"] += 1
        if self._chance.random() < KILLED_INSTEAD:
            host.kill(process)
        else:
            process.send_signal(signal.SIGCONT)

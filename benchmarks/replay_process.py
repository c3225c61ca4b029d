"""The replay server of the tests as a process of its own, which may be killed and started again."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fast_services import FastClock

ROOT = Path(__file__).parents[1]
_VOLUMES = re.compile(r"filter=volume%3A([0-9%C]+)&")


class ReplayProcess:
    """A replay server whose log of requests outlives it. `root` is its address."""

    def __init__(self, log: Path, clock: FastClock, arguments: Sequence[str] = ()) -> None:
        self._log = log
        self._command = [sys.executable, "-m", "tests.kit.replay_server", *arguments]
        self._command += ["--log", str(log), "--speed", str(clock.speed)]
        self._command += ["--began", str(clock.began)]
        self._port = "0"
        self._counts: Counter[str] = Counter()
        self._counted_bytes = 0
        self._process = self._start()

    @property
    def comicvine(self) -> str:
        """The address to set for ComicVine."""
        return f"{self.root}/comicvine/api"

    def kill(self) -> None:
        """Kill the server in the middle of its work."""
        self._process.kill()
        self._process.wait()

    def start_again(self) -> None:
        """Start the killed server at its old address."""
        self._process = self._start()

    def stop(self) -> None:
        """Stop the server."""
        self._process.terminate()
        self._process.wait()

    def cover(self, issue: object) -> bytes:
        """Return the cover that the server draws for an issue."""
        with urllib.request.urlopen(f"{self.root}/covers/{issue}.jpg") as answer:
            drawn: bytes = answer.read()
            return drawn

    def steer(self, **knobs: object) -> None:
        """Change knobs of the server."""
        body = json.dumps(knobs).encode()
        urllib.request.urlopen(f"{self.root}/replay/knobs", body).close()

    def requests(self, since: int = 0) -> list[dict[str, Any]]:
        """Return the requests that were logged, without the first `since`."""
        lines = self._log.read_text(encoding="utf-8").splitlines() if self._log.exists() else []
        return [json.loads(line) for line in lines[since:]]

    def counts(self) -> Counter[str]:
        """Return how many requests were made of each resource; only new lines are read."""
        if self._log.exists():
            with self._log.open("rb") as file:
                file.seek(self._counted_bytes)
                whole = file.read().rpartition(b"\n")[0]
            self._counted_bytes += len(whole) + 1 if whole else 0
            self._counts.update(json.loads(line)["resource"] for line in whole.splitlines())
        return self._counts.copy()

    def _start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*self._command, "--port", self._port], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        self.root = process.stdout.readline().strip()
        if not self.root:
            raise SystemExit("the replay server did not start")
        self._port = self.root.rpartition(":")[2]
        return process


def paid_twice(requests: Sequence[dict[str, Any]]) -> list[str]:
    """Return the addresses that were answered again, once for each further answer.

    A request for the lists of several series counts if it brought nothing new.
    """
    seen: set[str] = set()
    again = []
    for each in requests:
        if each["status"] in (200, 404):
            parts = set(_parts(each["address"]))
            if parts <= seen:
                again.append(each["address"])
            seen |= parts
    return again


def _parts(address: str) -> list[str]:
    """The addresses of the lists that a request asks for, or its own."""
    several = _VOLUMES.search(address)
    if several is None:
        return [address]
    return [_VOLUMES.sub(f"volume={id_}&", address) for id_ in several[1].split("%7C")]

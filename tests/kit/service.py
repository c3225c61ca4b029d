"""The product's real processes, over folders and a port of their own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from tests.kit.waiting import PATIENCE_S, wait_until


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


ONE_PROCESS_EACH = {"GUNICORN_WORKERS": "1", "WORKER_PROCESSES": "1"}
"""More of them take seconds of every test that starts a service."""


class ServiceProcess:
    """`serve`, or another command that answers over HTTP, as its user runs it.

    `variables` are settings, where one web worker and one worker are not enough, say. What is
    printed goes to the file `log`.
    """

    def __init__(
        self, folder: Path, *, library: Path | None = None, config: Path | None = None,
        base_path: str = "",
        variables: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.library = library or folder / "library"
        self.library.mkdir(parents=True, exist_ok=True)
        self.config = config or folder / "config"
        self.log = folder / "service.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}{base_path}"
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "HOME": str(folder),
            "CONFIG_DIR": str(self.config),
            "WATCHED_DIR": str(self.library),
            "WEB_HOST": "127.0.0.1",
            "WEB_PORT": str(self.port),
            "BASE_PATH": base_path,
            **ONE_PROCESS_EACH,
            **(variables or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "it was not started"
        return self._process

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def output(self) -> str:
        """All that was printed so far."""
        return self.log.read_text("utf-8")

    def launch(self, command: str = "serve", **variables: str) -> subprocess.Popen[bytes]:
        """Start it, in a process group of its own, without waiting."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "comicmaintainer", command],
                env=self.environment | variables,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self._process

    def wait_until_ready(self, path: str = "/health/ready") -> None:
        """Wait until `path` is answered with 200."""

        def is_ready() -> bool:
            assert self.is_running, self.output
            return self.status_of(path) == 200

        wait_until(is_ready, f"an answer of {self.url}{path}")

    def status_of(self, path: str) -> int:
        """Return the status that `path` is answered with, 0 where nobody answers."""
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=5) as answer:
                status: int = answer.status
                return status
        except OSError:
            return 0

    def run(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run another command over the same folders to its end."""
        return subprocess.run(
            [sys.executable, "-m", "comicmaintainer", *map(str, arguments)],
            env=self.environment,
            check=False,
            text=True,
            capture_output=True,
            timeout=PATIENCE_S,
        )

    def stop(self) -> None:
        """End it as an administrator does."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE_S)
            self._process = None

    def kill(self) -> None:
        """End it whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

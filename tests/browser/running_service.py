"""A service in processes of its own, over a library of drawn comics, for a browser to look at."""

from __future__ import annotations

import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.error import URLError

from PIL import Image, ImageDraw

from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import ENDED, JobRequest
from comicmaintainer.services import Services
from comicmaintainer.settings import Settings

PATIENCE_S = 40.0
USER, PASSWORD = "ada", "lanterns at low tide"
COLOURS = ("#6a9fb5", "#f08a5d", "#b56576", "#35477d")


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    """Look again and again until it is so; fail after a long while."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come about in {PATIENCE_S:.0f} s")
        time.sleep(0.05)


def draw_comic(path: Path, *, pages: int = 2, seed: int = 0, tags: str = "") -> Path:
    """Write a comic of small drawn pages; `tags` are elements of a ComicInfo.xml."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(pages):
            image = Image.new("RGB", (120, 180), COLOURS[(seed + number) % len(COLOURS)])
            side = 20 + 12 * ((seed + number) % 5)
            ImageDraw.Draw(image).ellipse((30, 40, 30 + side, 40 + side), fill="#fbf7ee")
            content = io.BytesIO()
            image.save(content, "PNG")
            archive.writestr(f"{number + 1:03}.png", content.getvalue())
        if tags:
            archive.writestr("ComicInfo.xml", f"<ComicInfo>{tags}</ComicInfo>")
    return path


class RunningService:
    """The commands `serve`, or `web` without a worker, as their user runs them."""

    def __init__(self, folder: Path, *, base_path: str = "", **variables: str) -> None:
        self.comics = folder / "comics"
        self.comics.mkdir(parents=True, exist_ok=True)
        self._output = folder / "output"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}{base_path}"
        self.environment: Mapping[str, str] = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "HOME": str(folder),
            "CONFIG_DIR": str(folder / "config"),
            "WATCHED_DIR": str(self.comics),
            "WEB_HOST": "127.0.0.1",
            "WEB_PORT": str(port),
            "BASE_PATH": base_path,
            "WATCH_MODE": "off",
        } | variables
        self.session: object = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, command: str = "serve") -> RunningService:
        """Start it and wait until it answers."""
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "comicmaintainer", command],
                env=self.environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        path = "/health/ready" if command == "serve" else "/health/live"
        wait_until(lambda: self._answers(path), f"{command} at {self.url}{path}")
        return self

    def add_user(self) -> RunningService:
        """Let USER sign in with PASSWORD."""
        command = ["user", "create", USER, "--password", PASSWORD]
        subprocess.run(
            [sys.executable, "-m", "comicmaintainer", *command],
            env=self.environment,
            check=True,
            capture_output=True,
        )
        return self

    def scan(self) -> RunningService:
        """Scan the comics, and wait until that has ended."""
        services = Services.build(Settings.from_environment(self.environment))
        job = services.manager.submit(JobRequest("scan", [str(self.comics)]))
        self.wait_for_job(services.manager, job.job_id)
        services.database.close()
        return self

    def setup_link(self) -> str:
        """Return the link that was printed at the first start."""
        printed = self._output.read_text("utf-8")
        found = re.search(r"http\S+/setup/\S+", printed)
        assert found, f"no setup link in: {printed}"
        return found.group()

    def wait_for_job(self, manager: JobManager, job_id: str) -> None:
        """Wait until a job has ended."""
        wait_until(lambda: manager.get(job_id).status in ENDED, f"the end of job {job_id}")

    def stop(self) -> None:
        """End it as its user does."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(PATIENCE_S)

    def _answers(self, path: str) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._output.read_text("utf-8")
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=5) as response:
                return bool(response.status == 200)
        except (URLError, OSError):
            return False

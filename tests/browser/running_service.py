"""A service in processes of its own, over a library of drawn comics, for a browser to look at."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

from PIL import Image, ImageDraw

from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import ENDED, JobRequest
from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from tests.kit.service import ServiceProcess
from tests.kit.waiting import wait_until

PATIENCE_S = 40.0
USER, PASSWORD = "ada", "lanterns at low tide"
COLOURS = ("#6a9fb5", "#f08a5d", "#b56576", "#35477d")


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


class RunningService(ServiceProcess):
    """The commands `serve`, or `web` without a worker, as their user runs them."""

    def __init__(self, folder: Path, *, base_path: str = "", **variables: str) -> None:
        self.comics = folder / "comics"
        variables = {"WATCH_MODE": "off"} | variables
        super().__init__(folder, library=self.comics, base_path=base_path, variables=variables)
        self.session: object = None

    @property
    def origin(self) -> str:
        """The scheme, host and port of its pages."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, command: str = "serve") -> RunningService:
        """Start it and wait until it answers."""
        self.launch(command)
        self.wait_until_ready("/health/ready" if command == "serve" else "/health/live")
        return self

    def add_user(self) -> RunningService:
        """Let USER sign in with PASSWORD."""
        services = Services.build(Settings.from_environment(self.environment))
        services.accounts.create_user(USER, PASSWORD)
        services.database.close()
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
        printed = self.output
        found = re.search(r"http\S+/setup/\S+", printed)
        assert found, f"no setup link in: {printed}"
        return found.group()

    def wait_for_job(self, manager: JobManager, job_id: str) -> None:
        """Wait until a job has ended."""
        wait_until(lambda: manager.get(job_id).status in ENDED, f"the end of job {job_id}")

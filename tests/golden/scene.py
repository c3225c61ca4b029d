"""A small library with one comic of each sort, and the engine that works on it.

Names, bytes and file times are the same in every run.
"""

from __future__ import annotations

import io
import os
import tarfile
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from comicmaintainer.jobs.model import ENDED, Job, JobRequest
from comicmaintainer.services import Services
from comicmaintainer.services.worker_tools import WorkerTools
from comicmaintainer.settings import Settings
from tests.kit.comics import picture

MADE_AT = 1_600_000_000
TIDE = "<Series>Tide Warden</Series><Number>3</Number><Writer>Ada Finch</Writer><Year>2021</Year>"
METRON = (
    '<?xml version="1.0"?><MetronInfo><Series><Name>Tide Warden</Name></Series>'
    "<Number>4</Number></MetronInfo>"
)


@dataclass(frozen=True)
class Scene:
    """A library, its configuration, and the services over both."""

    base: Path

    @property
    def library(self) -> Path:
        return self.base / "library"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "WATCHED_DIR": str(self.library),
            "CONFIG_DIR": str(self.base / "config"),
            "WORKER_PROCESSES": "1",
            "MAX_WORKERS": "1",
            "TZ": "UTC",
        }

    @cached_property
    def settings(self) -> Settings:
        return Settings.from_environment(self.environment)

    @cached_property
    def services(self) -> Services:
        return Services.build(self.settings)

    def run(
        self,
        kind: str,
        items: Sequence[Path | str],
        params: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> Job:
        """Submit a job and return it as it ended."""
        request = JobRequest(kind, [str(item) for item in items], params or {}, **more)
        return self.finish(self.services.manager.submit(request, once=False).job_id)

    def finish(self, job_id: str) -> Job:
        """Work on a stored job until it has ended."""
        tools = WorkerTools.build(self.services)
        worker = tools.worker(only_job=job_id)
        worker.start()
        try:
            while (job := self.services.manager.get(job_id)).status not in ENDED:
                time.sleep(0.02)
        finally:
            worker.stop()
        return job


def draw(base: Path) -> Scene:
    """Draw the library below `base`."""
    library = base / "library"
    comic(library / "Tide Warden" / "Tide Warden 001 (2021).cbz")
    comic(library / "Tide Warden" / "Tide Warden 002 (2021).cbz")
    comic(library / "Tide Warden" / "Tide Warden #0003 (2021).cbz", ComicInfo=TIDE)
    comic(library / "Tide Warden" / "four.cbz", MetronInfo=METRON)
    comic(library / "Tide Warden" / "copy of 1.cbz", seed="Tide Warden 001 (2021).cbz")
    comic(library / "Owl" / "Owl v01 c002.cbz")
    tar(library / "Harbour" / "Harbour 02 (2019).cbt")
    broken = library / "Harbour" / "Harbour 03 (2019).cbz"
    broken.write_bytes(b"PK\3\4 this is no archive")
    for path in sorted(library.rglob("*"), reverse=True):
        os.utime(path, (MADE_AT, MADE_AT))
    return Scene(base)


def comic(path: Path, *, seed: str = "", **documents: str) -> Path:
    """A CBZ of three drawn pages and the given documents (`ComicInfo="<Series>…"`)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in pages(seed or path.name).items():
            archive.writestr(zipfile.ZipInfo(name), content)
        for name, xml in documents.items():
            text = xml if xml.startswith("<?xml") else f"<{name}>{xml}</{name}>"
            archive.writestr(zipfile.ZipInfo(f"{name}.xml"), text)
    return path


def tar(path: Path) -> Path:
    """A CBT of three drawn pages."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as archive:
        for name, content in pages(path.name).items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def pages(seed: str) -> dict[str, bytes]:
    """Three small pictures that differ from those of any other seed, by name."""
    return {f"p{number:02}.png": picture(f"{seed} {number}", side=16) for number in (1, 2, 3)}

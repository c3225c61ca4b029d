"""The whole service in processes of its own, over a library of small comics, asked over HTTP."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path
from typing import Any

import httpx2
from PIL import Image

from comicmaintainer.accounts import Accounts
from comicmaintainer.database import SqliteDatabase
from tests.kit.service import ServiceProcess
from tests.kit.waiting import wait_until

PATIENCE_S = 60.0


def comic(path: Path, seed: int = 0) -> Path:
    """Write a comic of two pages that no other seed gives."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for page in range(2):
            with archive.open(f"{page}.png", "w") as member:
                Image.new("RGB", (4, 4), (seed % 251, seed // 251, page)).save(member, "PNG")
    return path


class Service(ServiceProcess):
    """`serve`, and a key to it."""

    def __init__(self, folder: Path, *, web_workers: int = 4) -> None:
        self.duplicates = folder / "duplicates"
        self.duplicates.mkdir()
        super().__init__(
            folder,
            variables={
                "DUPLICATE_DIR": str(self.duplicates),
                "GUNICORN_WORKERS": str(web_workers),
                "STABLE_AFTER_S": "1",
            },
        )
        self.client = self.new_client()

    def new_client(self) -> httpx2.Client:
        """Make a key in the database that is there now, and a client that has it."""
        database = SqliteDatabase(self.config / "jobs.db")
        key = Accounts(database).create_key(f"test {time.monotonic_ns()}")
        database.close()
        return httpx2.Client(
            base_url=self.url,
            headers={"X-Api-Key": key},
            timeout=30,
            trust_env=False,
        )

    def start(self) -> None:
        """Start it and wait until it is ready."""
        self.launch()
        self.wait_until_ready()

    def stop(self) -> None:
        """End it as an administrator does."""
        self.client.close()
        super().stop()

    def get(self, address: str) -> Any:
        return self.client.get(address).json()

    def post(self, address: str, body: Any = None) -> Any:
        answer = self.client.post(address, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def ended(self, job_id: str) -> Any:
        """Wait until a job has ended, and return it."""
        return wait_until(
            lambda: (
                (job := self.get(f"/api/jobs/{job_id}"))["status"]
                in ("completed", "cancelled", "failed")
                and job
            )
        )

    def watched_items(self) -> list[list[str]]:
        """The names of the files of each job that the watcher made, the newest first."""
        jobs = self.get("/api/jobs?limit=100")["jobs"]
        mine = [self.ended(job["job_id"]) for job in jobs if job["trigger"] == "watcher"]
        return [[Path(result["item"]).name for result in job["results"]] for job in mine]
